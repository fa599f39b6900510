package provider

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

// installVendorsProvider lets Terraform run the stand-in for the vendor's provider beside this one.
func installVendorsProvider(w *acctest.Workspace) {
	w.T.Helper()
	plugins := filepath.Join(w.Directory, ".plugins")
	binary, err := os.Readlink(filepath.Join(plugins, acctest.PluginName))
	if err != nil {
		w.T.Fatal(err)
	}
	vendors := filepath.Join(w.Directory, ".vendors")
	if err := os.Mkdir(vendors, 0o700); err != nil {
		w.T.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(vendors, acctest.PluginName+"_v"+acctest.VendorVersion)); err != nil {
		w.T.Fatal(err)
	}
	w.Write("terraformrc", strings.Replace(w.Read("terraformrc"), "dev_overrides {\n", "dev_overrides {\n    \"posthog/posthog\" = \""+vendors+"\"\n", 1))
}

// A moved block changes the provider and the address at once. The state of the vendor's provider may have UUIDs in upper case.
func TestMoveState_fromTheVendorsProvider(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.8.0", "")
	for name, spell := range map[string]func(string) string{"as PostHog writes": strings.ToLower, "in upper case": strings.ToUpper} {
		for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
			t.Run(name+" "+refresh, func(t *testing.T) {
				t.Parallel()
				bed := fake(t)
				id := bed.hog.Join(bed.role, bed.user).ID
				spelled := *bed
				spelled.organization, spelled.role, spelled.user = spell(bed.organization), spell(bed.role), spell(bed.user)
				state := vendorState(t, &spelled, spell(id), bed.email(0), "2025-03-01T12:00:00.120000Z")
				w := acctest.NewWorkspace(t, map[string]string{
					"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user) +
						"moved {\n  from = posthog_role_membership.old\n  to   = posthog_role_membership.one\n}\n",
					"terraform.tfstate": strings.NewReplacer("/posthog-rbac/posthog", "/posthog/posthog", `"name":"one"`, `"name":"old"`).Replace(state),
				})
				installVendorsProvider(w)
				result := w.Must(0, "apply", "-auto-approve", refresh)
				if !acctest.Message("0 added, 0 changed, 0 destroyed").MatchString(result.Stdout) {
					t.Errorf("the move changes something: %s", result)
				}
				w.Must(0, "plan", "-detailed-exitcode", "-refresh=false")
				w.Must(0, "plan", "-detailed-exitcode")
				bed.hog.ExpectRequests(t, "POST role_memberships", 0)
				bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
				w.Must(0, "destroy", "-auto-approve")
				if bed.hog.IsMember(bed.role, bed.user) {
					t.Error("the user is still in the role")
				}
			})
		}
	}
}

func TestMoveState_sources(t *testing.T) {
	t.Parallel()
	const id = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	for name, test := range map[string]struct {
		provider, kind string
		version        int64
		organization   string
		refused        string
		identified     bool
	}{
		"Terraform's registry": {provider: "registry.terraform.io/posthog/posthog", organization: strings.ToUpper(id), identified: true},
		"OpenTofu's registry":  {provider: "registry.opentofu.org/posthog/posthog", organization: id, identified: true},
		"@current":             {provider: "registry.terraform.io/posthog/posthog", organization: "@current"},
		"another provider":     {provider: "registry.terraform.io/acme/posthog", organization: id, refused: "Unable to Move Resource State"},
		"another resource":     {provider: "registry.terraform.io/posthog/posthog", kind: "posthog_role", organization: id, refused: "Unable to Move Resource State"},
		"a later schema":       {provider: "registry.terraform.io/posthog/posthog", version: 1, organization: id, refused: "Unable to move resource"},
	} {
		t.Run(name, func(t *testing.T) {
			kind := test.kind
			if kind == "" {
				kind = "posthog_role_membership"
			}
			state, err := json.Marshal(map[string]any{"id": id, "organization_id": test.organization, "role_id": strings.ToUpper(id), "user_uuid": id, "unknown": 1})
			if err != nil {
				t.Fatal(err)
			}
			c := newCore(t, fake(t))
			answer, err := tfserver.New(newTestProvider()).MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
				SourceProviderAddress: test.provider, SourceTypeName: kind, SourceSchemaVersion: test.version,
				SourceState: &tfprotov6.RawState{JSON: state}, TargetTypeName: "posthog_role_membership",
			})
			if err != nil {
				t.Fatal(err)
			}
			if test.refused != "" {
				if len(answer.Diagnostics) != 1 || answer.Diagnostics[0].Summary != test.refused {
					t.Errorf("it is not refused: %+v", answer.Diagnostics)
				}
				return
			}
			if len(answer.Diagnostics) > 0 {
				t.Fatalf("it fails: %+v", answer.Diagnostics[0])
			}
			moved := terraformcore.GoValue(terraformcore.Decode(c.Schema(one).ValueType(), answer.TargetState)).(map[string]any)
			if moved["role_id"] != id || moved["organization_id"] != strings.ToLower(test.organization) {
				t.Errorf("the state is another: %v", moved)
			}
			if identified := answer.TargetIdentity != nil; identified != test.identified {
				t.Errorf("it has an identity: %t, want %t", identified, test.identified)
			}
		})
	}
}
