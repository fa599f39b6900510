package provider

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// After an import, however the role is named, the plan is empty, whether people are named by email or by UUID.
func TestRoleMembers_import(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.hog.RenameRole(w.role, "Admins")
	w.joined(0, 1, 2)
	byUUID := []string{w.hog.User(2).UUID, w.hog.User(0).UUID, w.hog.User(1).UUID}
	config := acctest.Requirements + w.provider()
	for i, id := range []string{w.role, w.organization + "/" + w.role, "admins", "hogflix/Admins"} {
		users := byUUID
		if i%2 == 0 {
			users = w.emails(0, 3)
		}
		w.Write("main.tf", config+whole(w.role, users)+fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", wholeAddress, id))
		if result := w.Must(0, "apply", "-auto-approve"); !acctest.Message("1 imported, 0 added, 0 changed, 0 destroyed").MatchString(result.Stdout) {
			t.Errorf("%s: the import does more than it should: %s", id, result)
		}
		w.Must(0, "state", "rm", wholeAddress)
	}
	w.hog.ExpectRequests(t, "POST role_memberships", 0)
}

func TestRoleMembers_badImportIDs(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	for id, want := range map[string][]string{
		"a/b/c":                      {"Invalid import id", "it has more than two parts", "An import id of role members is one of"},
		"/" + bed.role:               {"Invalid import id", "remove the slash at the beginning"},
		strings.ToUpper(bed.role):    {"Invalid import id", "lower case with hyphens", bed.role},
		"Support":                    {"Role not found"},
		bed.hog.User(0).UUID:         {"Role not found", "There is nothing to import"},
		"!/" + bed.role:              {"Invalid import id", "the organization_id in it"},
		bed.organization + "/" + " ": {"Invalid import id", "it names no role"},
	} {
		if result := newCore(t, bed).Import(oneWhole, id); !acctest.Message(want...).MatchString(result.Errors()) {
			t.Errorf("%s: the message is another: %s", id, result)
		}
	}
}

func TestRoleMembers_importByIdentity(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.12.0", "1.12.0")
	w := wholeRoleOf(t)
	w.joined(0, 1, 2)
	for _, identity := range []string{fmt.Sprintf("organization_id = %q\nrole_id = %q", w.organization, w.role), fmt.Sprintf("role_id = %q", w.role)} {
		w.Write("main.tf", acctest.Requirements+w.provider()+whole(w.role, w.emails(0, 3))+fmt.Sprintf(
			"import {\n  to = posthog_role_members.whole\n  identity = {\n%s\n}\n}\n", identity))
		if result := w.Must(0, "apply", "-auto-approve"); !acctest.Message("1 imported, 0 added, 0 changed, 0 destroyed").MatchString(result.Stdout) {
			t.Errorf("the import does more than it should: %s", result)
		}
		w.Must(0, "plan", "-detailed-exitcode")
		w.Must(0, "state", "rm", wholeAddress)
	}
}

// A query brings an organization's roles under Terraform, as configuration that has emails, sorted.
func TestRoleMembersQuery(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.14.0", "")
	const roles, users = 5, 20
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.MembersEach(users))
	bed.hog.AddRole("", "Z nobody")
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf":           acctest.Requirements + bed.provider(),
		"roles.tfquery.hcl": "list \"posthog_role_members\" \"all\" {\n  provider = posthog\n}\n",
	})
	result := w.Must(0, "query", "-generate-config-out=generated.tf")
	for role := range roles {
		if !strings.Contains(result.Stdout, fmt.Sprintf("Role %d", role)) {
			t.Errorf("the query does not name role %d: %s", role, result)
		}
	}
	bed.hog.ExpectRequests(t, "GET roles", 1)
	bed.hog.ExpectRequests(t, "GET role", roles+1)
	bed.hog.ExpectRequests(t, "", roles+3) // One reads the level of the key.
	generated := w.Read("generated.tf")
	for _, list := range regexp.MustCompile(`(?s)\susers\s+= \[[^]]*\]`).FindAllString(generated, -1) {
		if names := regexp.MustCompile(`[^"]+@example\.com`).FindAllString(list, -1); !slices.IsSorted(names) {
			t.Errorf("the emails are not sorted: %s", names)
		}
	}
	if n := strings.Count(generated, "@example.com"); n != roles*users || strings.Contains(generated, "members ") {
		t.Errorf("the configuration has %d emails, want %d: %.3000s", n, roles*users, generated)
	}
	bed.hog.ForgetRequests()
	if applied := w.Must(0, "apply", "-auto-approve"); !strings.Contains(applied.Stdout, fmt.Sprintf("Resources: %d imported, 0 added, 0 changed, 0 destroyed.", roles+1)) {
		t.Errorf("the apply does more than it should: %s", applied)
	}
	w.Must(0, "plan", "-detailed-exitcode")
	bed.hog.ExpectRequests(t, "POST role_memberships", 0)
}

// The same over the protocol, on every version: the roles by name, as many as are wanted, and read only when asked for.
func TestRoleMembersList(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(4), fakeposthog.MembersEach(3))
	for _, test := range []struct {
		config             map[string]string
		limit              int64
		include            bool
		want, roles, reads int
	}{
		{nil, 0, false, 4, 1, 0},
		{nil, 0, true, 4, 1, 4},
		{nil, 2, true, 2, 1, 2},
		{map[string]string{"role_id": bed.hog.Role(2)}, 0, true, 1, 0, 1},
	} {
		bed.hog.ForgetRequests()
		results := newProtocol(t, bed).listsOf("posthog_role_members", test.limit, test.include, test.config)
		if len(results) != test.want {
			t.Errorf("%+v: %d results", test, len(results))
		}
		for i, result := range results {
			if len(result.Diagnostics) > 0 || test.config == nil && result.DisplayName != fmt.Sprintf("Role %d", i) || (result.Resource != nil) != test.include {
				t.Errorf("%+v: result %d is %+v", test, i, result)
			}
		}
		bed.hog.ExpectRequests(t, "GET roles", test.roles)
		bed.hog.ExpectRequests(t, "GET role", test.reads)
		levels := 0 // whether the key sees all members
		if test.include {
			levels = 1
		}
		bed.hog.ExpectRequests(t, "", test.roles+test.reads+levels)
	}
	for name, test := range map[string]struct {
		config map[string]string
		want   string
	}{
		"a role that is not there":          {map[string]string{"role_id": bed.hog.User(0).UUID}, "Role not found"},
		"an organization that is not there": {map[string]string{"organization_id": bed.hog.User(0).UUID}, "Unable to list roles"},
	} {
		results := newProtocol(t, bed).listsOf("posthog_role_members", 0, false, test.config)
		if len(results) != 1 || len(results[0].Diagnostics) != 1 || results[0].Diagnostics[0].Summary != test.want {
			t.Errorf("%s: %+v", name, results)
		}
	}
}
