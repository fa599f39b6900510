package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// stateOf returns a state in which the users are in the testbed's role, under the keys of everybody.
func (b *testbed) stateOf(t *testing.T, prefix string, ids ...string) string {
	t.Helper()
	var instances []string
	for i, id := range ids {
		instances = append(instances, fmt.Sprintf(`{"index_key": %q, "schema_version": 0, "sensitive_attributes": [], "attributes": {
			"id": %q, "organization_id": %q, "role_id": %q, "user_uuid": %q, "user_email": %q}}`,
			fmt.Sprintf("%s%d", prefix, i), id, b.organization, b.role, b.hog.User(i).UUID, b.email(i)))
	}
	return fmt.Sprintf(`{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "6c1f5b0e-8a5d-4d0e-9a39-0d8a4a2c7f11",
		"outputs": {}, "resources": [{"mode": "managed", "type": "posthog_role_membership", "name": "all",
		"provider": "provider[\"%s/posthog-rbac/posthog\"]", "instances": [%s]}]}`, acctest.ProviderHost(), strings.Join(instances, ", "))
}

// somebodys are membership ids that PostHog has not.
func somebodys(n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("018f401e-9a6b-7a00-8b00-%012d", i))
	}
	return ids
}

// Memberships that are gone are destroyed without asking for each what became of it.
func TestRequests_destroyOfWhatIsGone(t *testing.T) {
	t.Parallel()
	const n = 100
	bed := fake(t, fakeposthog.Users(n))
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": bed.everybody("", n), "terraform.tfstate": bed.stateOf(t, "", somebodys(n)...)})
	w.Must(0, "destroy", "-auto-approve", "-refresh=false")
	bed.hog.ExpectRequests(t, "DELETE role_membership", n)
	if reads := bed.hog.CountRequests("GET role"); reads > 12 {
		t.Errorf("the role was read %d times, want at most 12", reads)
	}
	bed.hog.ExpectRequests(t, "", n+bed.hog.CountRequests("GET role"))
}

// A role that was deleted is asked for once, however many memberships it had, and is no obstacle to a destroy.
func TestRequests_planOfARoleThatIsGone(t *testing.T) {
	t.Parallel()
	const n = 60
	bed := fake(t, fakeposthog.Users(n))
	var ids []string
	for i := range n {
		ids = append(ids, bed.hog.Join(bed.role, bed.hog.User(i).UUID).ID)
	}
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": bed.everybody("", n), "terraform.tfstate": bed.stateOf(t, "", ids...)})
	bed.hog.DeleteRole(bed.role)
	result := w.Must(0, "plan")
	if !acctest.Message("Warning: Role was deleted", "does not exist any more").MatchString(result.Stdout) {
		t.Errorf("the plan does not warn: %s", result)
	}
	if requests := bed.hog.CountRequests(""); requests > 2 {
		t.Errorf("the plan made %d requests, want at most 2", requests)
	}
	if result := w.Must(1, "apply", "-auto-approve"); !acctest.Message("Role not found").MatchString(result.Stderr) {
		t.Errorf("the apply does not say what is wrong: %s", result)
	}
	w.Write("terraform.tfstate", bed.stateOf(t, "", ids...))
	w.Must(0, "destroy", "-auto-approve")
}

// Forty people who are not in the role are to be imported: that is one thing to find out.
func TestRequests_importsThatFail(t *testing.T) {
	t.Parallel()
	const n = 40
	bed := fake(t, fakeposthog.Users(n))
	imports := fmt.Sprintf("import {\n  for_each = posthog_users\n  to = posthog_role_membership.all[each.key]\n  id = \"%s/${each.value}\"\n}\n", bed.role)
	imports = strings.ReplaceAll(imports, "posthog_users", "local.users")
	var users []string
	for i := range n {
		users = append(users, fmt.Sprintf("%d = %q", i, bed.hog.User(i).UUID))
	}
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + imports + fmt.Sprintf(`
		locals { users = { %s } }
		resource "posthog_role_membership" "all" {
			for_each  = local.users
			role_id   = %q
			user_uuid = each.value
		}`, strings.Join(users, "\n"), bed.role)})
	result := w.Must(1, "plan")
	if failed := strings.Count(result.Stderr, "Error: No such member to import"); failed == 0 {
		t.Errorf("the imports do not fail: %s", result)
	}
	if requests := bed.hog.CountRequests(""); requests > 2 {
		t.Errorf("the plan made %d requests, want at most 2", requests)
	}
}
