package provider

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

// The roles are listed with one request, and what is listed is what an import reads.
func TestRoleList(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]fakeposthog.Option{"newest": nil, "older": {fakeposthog.Older()}} {
		t.Run(name, func(t *testing.T) {
			bed := fake(t, append(options, fakeposthog.Roles(3), fakeposthog.MembersEach(4))...)
			bed.hog.RenameRole(bed.hog.Role(1), "Engineering")
			other := bed.hog.AddOrganization("Other")
			bed.hog.AddUserWith(other, bed.hog.Owner())
			bed.hog.AddRole(other, "Elsewhere")
			for _, include := range []bool{false, true} {
				p := newProtocol(t, bed)
				results := p.listsOf("posthog_role", 100, include, nil)
				if got := strings.Join(displayNames(results), ", "); got != "Engineering, Role 0, Role 2" || problems(results) != "" {
					t.Fatalf("it lists %s; %s", got, problems(results))
				}
				bed.hog.ExpectRequests(t, "", 1)
				bed.hog.ForgetRequests()
				if !include {
					continue
				}
				kind := p.schemas.ResourceSchemas["posthog_role"].ValueType()
				for _, result := range results {
					c := newCore(t, bed)
					listed := terraformcore.GoValue(terraformcore.Decode(kind, result.Resource)).(map[string]any)
					c.Declare(roleOne, map[string]any{"name": listed["name"]})
					c.Must(c.Import(roleOne, map[string]any{"organization_id": bed.organization, "id": listed["id"]}))
					if state := c.State[roleOne].Attributes; fmt.Sprint(state) != fmt.Sprint(listed) {
						t.Errorf("the state is %v, want %v", state, listed)
					}
					c.ExpectNoChanges()
				}
				bed.hog.ForgetRequests()
			}
			p := newProtocol(t, bed)
			if results := p.listsOf("posthog_role", 2, false, nil); len(results) != 2 {
				t.Errorf("it lists %d, want 2", len(results))
			}
			if results := p.listsOf("posthog_role", 0, true, map[string]string{"organization_id": "other"}); strings.Join(displayNames(results), "") != "Elsewhere" {
				t.Errorf("it lists %v; %s", displayNames(results), problems(results))
			}
			bed.hog.RevokeKey(bed.key)
			p = newProtocol(t, bed)
			if text := problems(p.listsOf("posthog_role", 0, true, nil)); !strings.Contains(text, "Unable to list roles") {
				t.Errorf("it says: %s", text)
			}
		})
	}
}

func TestRoleList_query(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.14.0", "")
	bed := fake(t, fakeposthog.Roles(5), fakeposthog.MembersEach(2))
	example, err := os.ReadFile("../../examples/list-resources/posthog_role/list-resource.tfquery.hcl")
	if err != nil {
		t.Fatal(err)
	}
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider(), "roles.tfquery.hcl": string(example)})
	result := w.Must(0, "query", "-generate-config-out=generated.tf")
	bed.hog.ExpectRequests(t, "", 1)
	generated := w.Read("generated.tf")
	if n := strings.Count(generated, `resource "posthog_role"`); n != 5 || !strings.Contains(generated, `= "Role 3"`) {
		t.Errorf("the configuration has %d roles: %s%s", n, generated, result)
	}
	if applied := w.Must(0, "apply", "-auto-approve"); !strings.Contains(applied.Stdout, "5 imported, 0 added, 0 changed, 0 destroyed") {
		t.Errorf("the apply changes something: %s", applied)
	}
	w.Must(0, "plan", "-detailed-exitcode")
}

func TestRole_moveStateSources(t *testing.T) {
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
		"another resource":     {provider: "registry.terraform.io/posthog/posthog", kind: "posthog_role_membership", organization: id, refused: "Unable to Move Resource State"},
		"a later schema":       {provider: "registry.terraform.io/posthog/posthog", version: 1, organization: id, refused: "Unable to move resource"},
	} {
		t.Run(name, func(t *testing.T) {
			kind := "posthog_role"
			if test.kind != "" {
				kind = test.kind
			}
			c := newCore(t, fake(t))
			answer, err := tfserver.New(newTestProvider()).MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
				SourceProviderAddress: test.provider, SourceTypeName: kind, SourceSchemaVersion: test.version, TargetTypeName: "posthog_role",
				SourceState: &tfprotov6.RawState{JSON: []byte(fmt.Sprintf(
					`{"id":%q,"organization_id":%q,"name":"Support","created_at":"2025-03-01T12:00:00.120000Z","created_by":null,"unknown":1}`,
					strings.ToUpper(id), test.organization))},
			})
			if err != nil {
				t.Fatal(err)
			}
			if test.refused != "" {
				if len(answer.Diagnostics) != 1 || answer.Diagnostics[0].Summary != test.refused {
					t.Errorf("it is not refused: %+v", answer.Diagnostics)
				}
				if test.version > 0 && !acctest.Message("schema version 1, which this provider cannot read", "import the role at the new address").MatchString(answer.Diagnostics[0].Detail) {
					t.Errorf("it says %s", answer.Diagnostics[0].Detail)
				}
				return
			}
			if len(answer.Diagnostics) > 0 {
				t.Fatalf("it fails: %+v", answer.Diagnostics[0])
			}
			moved := terraformcore.GoValue(terraformcore.Decode(c.Schema(roleOne).ValueType(), answer.TargetState)).(map[string]any)
			if moved["id"] != id || moved["organization_id"] != strings.ToLower(test.organization) || moved["name"] != "Support" {
				t.Errorf("the state is another: %v", moved)
			}
			if identified := answer.TargetIdentity != nil; identified != test.identified {
				t.Errorf("it has an identity: %t, want %t", identified, test.identified)
			}
		})
	}
}

// A state of the vendor's provider has fewer attributes and no identity. The plan is empty, with and without a refresh.
func TestRole_vendorsState(t *testing.T) {
	t.Parallel()
	for _, byUser := range []bool{false, true} { // The vendor's provider cannot read a role with a created_by.
		bed := fake(t)
		id := bed.hog.AddRole("", "Support")
		if byUser {
			id = bed.hog.AddRoleBy("", "Sales", bed.user)
		}
		c := newCore(t, bed)
		name := bed.hog.RoleNames("")[id]
		c.Declare(roleOne, map[string]any{"name": name})
		c.SetState(roleOne, map[string]any{"id": id, "organization_id": bed.organization, "name": name, "created_at": "2025-03-01T12:00:00.12Z", "created_by": nil})
		c.ExpectNoChanges()
		c.Declare(roleOne, map[string]any{"name": "Other"})
		c.MustApply()
		c.Must(c.Destroy())
		if bed.hog.RoleNames("")[id] != "" {
			t.Error("the role is still there")
		}
	}
}
