package provider

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// roleByName returns the id of the role with a name at PostHog, "" if there is none.
func (b *testbed) roleByName(name string) string {
	for id, roleName := range b.hog.RoleNames("") {
		if roleName == name {
			return id
		}
	}
	return ""
}

// roleBlock returns a posthog_role named “one”.
func roleBlock(name string, arguments ...string) string {
	return fmt.Sprintf("\nresource \"posthog_role\" \"one\" {\n  name = %q\n  %s\n}\n", name, strings.Join(arguments, "\n  "))
}

// ofRole returns a posthog_role_membership of posthog_role.one for a user.
func ofRole(name, email string) string {
	return fmt.Sprintf("\nresource \"posthog_role_membership\" %q {\n  role_id = posthog_role.one.id\n  user_email = %q\n}\n", name, email)
}

// A role with memberships is created in one apply, renamed, protected while it has other members, and destroyed after its memberships.
func TestRole_lifeInTerraform(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	provider := acctest.Requirements + bed.provider()
	memberships := ofRole("first", bed.email(0)) + ofRole("second", bed.email(1))
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": provider + roleBlock("Support") + memberships})
	w.Apply()
	id := bed.roleByName("Support")
	if len(bed.hog.Members(id)) != 2 {
		t.Fatalf("the role has %d members", len(bed.hog.Members(id)))
	}

	w.Write("main.tf", provider+roleBlock("Customer Support")+memberships)
	if planned := w.Must(0, "plan"); !acctest.Message("1 to change, 0 to destroy").MatchString(planned.Stdout) || !acctest.Message(`"Support" -> "Customer Support"`).MatchString(planned.Stdout) {
		t.Errorf("the plan is not a rename: %s", planned)
	}
	w.Apply()
	if bed.hog.RoleNames("")[id] != "Customer Support" || len(bed.hog.Members(id)) != 2 {
		t.Errorf("the roles are %v", bed.hog.RoleNames(""))
	}

	bed.hog.Join(id, bed.hog.User(2).UUID)
	w.Write("main.tf", provider)
	refused := w.Must(1, "apply", "-auto-approve")
	if !acctest.Message("Error: Role has members", "because it has 1 member:", bed.email(2), "force_destroy = true").MatchString(refused.Stderr) {
		t.Errorf("the error is another: %s", refused)
	}
	if members := bed.hog.Members(id); len(members) != 1 || len(instancesOf(w)) != 1 {
		t.Errorf("the role has %d members: its memberships are destroyed first", len(members))
	}
	w.Write("main.tf", provider+roleBlock("Customer Support", "force_destroy = true"))
	w.Apply()
	w.Must(0, "destroy", "-auto-approve")
	if bed.hog.RoleNames("")[id] != "" {
		t.Error("the role is still there")
	}
}

func TestRole_importInTerraform(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	id := bed.hog.AddRoleBy("", "Support", bed.user)
	bed.hog.AddRole("", "A / B")
	for name, from := range map[string]string{"by name": "support", "by UUID": id, "with an organization": "hogflix/Support"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t, map[string]string{
				"main.tf": acctest.Requirements + bed.provider() + roleBlock("Support") + fmt.Sprintf("import {\n  to = posthog_role.one\n  id = %q\n}\n", from),
			})
			if applied := w.Must(0, "apply", "-auto-approve"); !acctest.Message("1 imported, 0 added, 0 changed, 0 destroyed").MatchString(applied.Stdout) {
				t.Errorf("the import changes something: %s", applied)
			}
			w.Must(0, "plan", "-detailed-exitcode")
		})
	}
	t.Run("as documented", func(t *testing.T) {
		t.Parallel()
		bed := fake(t)
		id := bed.hog.AddRole("", "Support")
		for _, name := range []string{"import-by-string-id.tf", "import-by-identity.tf"} {
			if name == "import-by-identity.tf" {
				acctest.RequireTerraform(t, "1.12.0", "1.12.0")
			}
			example, err := os.ReadFile("../../examples/resources/posthog_role/" + name)
			if err != nil {
				t.Fatal(err)
			}
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": strings.Replace(string(example), "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d", id, 1)})
			for variable, value := range map[string]string{envHost: bed.host, envAPIKey: bed.key, envOrganizationID: bed.organization} {
				w.Setenv(variable, value)
			}
			if applied := w.Must(0, "apply", "-auto-approve"); !acctest.Message("1 imported, 0 added, 0 changed, 0 destroyed").MatchString(applied.Stdout) {
				t.Errorf("%s: the import changes something: %s", name, applied)
			}
			w.Must(0, "plan", "-detailed-exitcode")
		}
	})
}

// A new role and all its members are one apply, also after the role was deleted in PostHog.
func TestRole_withItsMembers(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	example, err := os.ReadFile("../../examples/resources/posthog_role/resource.tf")
	if err != nil {
		t.Fatal(err)
	}
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": string(example)})
	for variable, value := range map[string]string{envHost: bed.host, envAPIKey: bed.key, envOrganizationID: bed.organization} {
		w.Setenv(variable, value)
	}
	bed.hog.AddUser("", "alice@example.com")
	// The role is unknown, and a misspelled email fails the plan.
	if refused := w.Must(1, "plan"); !acctest.Message("Error: User not found", `"bob@example.com"`).MatchString(refused.Stderr) {
		t.Errorf("the error is another: %s", refused)
	}
	bed.hog.AddUser("", "bob@example.com")
	if planned := w.Must(0, "plan"); strings.Contains(planned.Stdout, "Warning: Members") {
		t.Errorf("the plan warns about the members of a new role: %s", planned)
	}
	w.Apply()
	expect := func() {
		t.Helper()
		if members := bed.hog.Members(bed.roleByName("Support")); len(members) != 2 {
			t.Errorf("the role has %d members", len(members))
		}
	}
	expect()
	bed.hog.DeleteRole(bed.roleByName("Support"))
	w.Apply()
	expect()
	w.Must(0, "destroy", "-auto-approve")
	if bed.roleByName("Support") != "" {
		t.Error("the role is still there")
	}
}

// The removals of a role that is unknown until apply are a warning, unless each such role can be one that the plan creates.
func TestRole_warnsOfUnknownMembers(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	unknown := fmt.Sprintf(`
resource "terraform_data" "role" {
  input = %q
}

resource "posthog_role_members" "unknown" {
  role_id = terraform_data.role.output
  users   = []
}
`, bed.role)
	created := roleBlock("Support") + "\nresource \"posthog_role_members\" \"created\" {\n  role_id = posthog_role.one.id\n  users   = []\n}\n"
	named := strings.Replace(created, `name = "Support"`, "name = terraform_data.name.output", 1) +
		"\nresource \"terraform_data\" \"name\" {\n  input = \"Support\"\n}\n"
	for name, test := range map[string]struct {
		config string
		adopt  bool
		warns  bool
	}{
		"created": {created, true, false}, "unknown": {unknown, false, true}, "both": {unknown + created, false, true},
		"unknown name": {named, false, false}, "unknown name that may be adopted": {named, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider(fmt.Sprintf("adopt_existing = %t", test.adopt)) + test.config})
			planned := w.Must(0, "plan")
			if warns := strings.Contains(planned.Stdout, "Warning: Members will be removed from the role"); warns != test.warns {
				t.Errorf("it warns: %t, want %t: %s", warns, test.warns, planned)
			}
		})
	}
}

// A moved block changes the provider and the address at once. A role with a created_by breaks the vendor's provider, and not this one.
func TestRole_movedFromTheVendorsProvider(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.8.0", "")
	bed := fake(t)
	id := bed.hog.AddRoleBy("", "Support", bed.user)
	for name, moved := range map[string]string{"moved": "moved {\n  from = posthog_role.old\n  to   = posthog_role.one\n}\n", "replace-provider": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, old := "/posthog/posthog", "old"
			if moved == "" {
				address, old = "/posthog-rbac/posthog", "one"
			}
			w := acctest.NewWorkspace(t, map[string]string{
				"main.tf": acctest.Requirements + bed.provider() + roleBlock("Support") + moved,
				"terraform.tfstate": fmt.Sprintf(`{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"6c1f5b0e-8a5d-4d0e-9a39-0d8a4a2c7f11","outputs":{},
					"resources":[{"mode":"managed","type":"posthog_role","name":%q,"provider":"provider[\"%s%s\"]","instances":[{"schema_version":0,
					"attributes":{"id":%q,"organization_id":%q,"name":"Support","created_at":"2025-03-01T12:00:00.120000Z","created_by":null},
					"sensitive_attributes":[]}]}]}`, old, acctest.ProviderHost(), address, id, bed.organization),
			})
			installVendorsProvider(w)
			if planned := w.Must(0, "plan", "-refresh=false"); !acctest.Message("No changes").MatchString(planned.Stdout) && !acctest.Message("0 to add, 0 to change, 0 to destroy").MatchString(planned.Stdout) {
				t.Errorf("the plan changes something: %s", planned)
			}
			if applied := w.Must(0, "apply", "-auto-approve"); !acctest.Message("0 added, 0 changed, 0 destroyed").MatchString(applied.Stdout) {
				t.Errorf("the move changes something: %s", applied)
			}
			w.Must(0, "plan", "-detailed-exitcode")
			if created := instancesOf(w)["posthog_role.one"].Attributes["created_by"]; created != bed.user {
				t.Errorf("created_by is %v", created)
			}
		})
	}
}

// With create_before_destroy a name is taken. With adopt_existing the new object adopts the role, which is not deleted.
func TestRole_createBeforeDestroy(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(1))
	const before = "lifecycle {\n    create_before_destroy = true\n  }"
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + roleBlock("Support", "force_destroy = true", before)})
	w.Apply()
	id := bed.roleByName("Support")
	if refused := w.Must(1, "apply", "-auto-approve", "-replace=posthog_role.one"); !acctest.Message("Error: Role name is taken", "remove create_before_destroy").MatchString(refused.Stderr) {
		t.Errorf("the error is another: %s", refused)
	}
	config := acctest.Requirements + bed.provider("adopt_existing = true") + roleBlock("Support", "force_destroy = true", before)
	w.Write("main.tf", config) // The failed replacement has left a deposed object, which would be destroyed.
	if refused := w.Must(1, "apply", "-auto-approve"); !acctest.Message("Error: Role moves to another address").MatchString(refused.Stderr) {
		t.Errorf("the error is another: %s", refused)
	}
	w.Must(0, "state", "rm", "posthog_role.one")
	w.Must(0, "import", "posthog_role.one", "Support")
	w.Apply()
	w.Must(0, "apply", "-auto-approve", "-replace=posthog_role.one")
	if bed.roleByName("Support") != id {
		t.Error("the role is deleted")
	}
	w.Must(0, "plan", "-detailed-exitcode")
}
