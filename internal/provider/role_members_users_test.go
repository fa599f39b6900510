package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// roles returns a configuration with a whole role for each of the arguments, which says the rest of it.
func (w wholeRoleTest) roles(arguments map[string]string) string {
	config := acctest.Requirements + w.provider()
	for name, rest := range arguments {
		config += fmt.Sprintf("\nresource \"posthog_role_members\" %q {\n  role_id = %q\n  %s\n}\n", name, w.hog.AddRole("", name), rest)
	}
	return config
}

// expectErrors fails the test when Terraform does not print each of the messages, or more than those.
func (w wholeRoleTest) expectErrors(result acctest.Outcome, want map[string][]string) {
	w.t().Helper()
	for name, parts := range want {
		if !acctest.Message(append([]string{"Error: " + parts[0], name}, parts[1:]...)...).MatchString(result.Stderr) {
			w.t().Errorf("%s: the message is another: %s", name, result)
		}
	}
	if n := strings.Count(result.Stderr, "Error:"); n != len(want) {
		w.t().Errorf("there are %d errors, want %d: %s", n, len(want), result)
	}
}

// Errors that do not depend on PostHog are reported without a request.
func TestRoleMembers_badInput(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	uuid := w.hog.User(0).UUID
	w.Write("main.tf", w.roles(map[string]string{
		"no_email":  `users = ["alice@"]`,
		"neither":   `users = ["alice"]`,
		"upper":     fmt.Sprintf("users = [%q]", strings.ToUpper(uuid)),
		"null":      `users = ["alice@example.com", null]`,
		"twice":     `users = ["alice@example.com", "bob@example.com", "ALICE@example.com"]`,
		"both":      "users = [\"alice@example.com\", \"bob@example.com\"]\n  ignored_users = [\"Bob@example.com\"]",
		"removals":  "users = []\n  max_removals = -1",
		"fraction":  "users = []\n  max_removals = 1.5",
		"ignored":   "users = []\n  ignored_users = [\"bob\"]",
		"no_users":  "",
		"well":      fmt.Sprintf("users = [%q, \"x@example.com\"]\n  ignored_users = []\n  max_removals = 0", uuid),
		"no_uuid":   `organization_id = "ORG 1"` + "\n  users = []",
		"not_users": `users = null`,
	}))
	w.expectErrors(w.Must(1, "validate"), map[string][]string{
		"no_email":  {"Invalid users", `users[0] must be an email address such as "alice@example.com", not "alice@"`},
		"neither":   {"Invalid users", `must be an email address such as "alice@example.com" or a user's UUID, not "alice"`},
		"upper":     {"Invalid users", fmt.Sprintf("write %q instead of %q", uuid, strings.ToUpper(uuid))},
		"null":      {"Invalid users", "users[1] must be an email or a UUID, not null"},
		"twice":     {"User listed twice", `users[2] names the same user as users[0]: "ALICE@example.com".`},
		"both":      {"User listed in users and ignored_users", "bob@example.com is both in users and in ignored_users"},
		"removals":  {"Invalid max_removals", "max_removals must be a whole number, zero or more, not -1."},
		"fraction":  {"Invalid max_removals", "max_removals must be a whole number, zero or more, not 1.5."},
		"ignored":   {"Invalid ignored_users", `not "bob"`},
		"no_users":  {"Missing required argument"},
		"no_uuid":   {"Invalid organization_id"},
		"not_users": {"Missing Configuration for Required Attribute"},
	})
	w.hog.ExpectRequests(t, "", 0)
}

// What PostHog knows better fails the plan, each at the entry to blame.
func TestRoleMembers_whomPostHogDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	twin := w.hog.AddUser("", strings.ToUpper(w.email(1)))
	w.Write("main.tf", w.roles(map[string]string{
		"nobody":  fmt.Sprintf("users = [%q, %q]", w.email(0), "usr0@example.com"),
		"several": `users = ["User1@example.com"]`,
		"twice":   fmt.Sprintf("users = [%q, %q]", w.email(2), w.hog.User(2).UUID),
		"both":    fmt.Sprintf("users = [%q]\n  ignored_users = [%q]", w.email(3), w.hog.User(3).UUID),
		"well":    fmt.Sprintf("users = [%q, %q]\n  ignored_users = [%q]", w.hog.User(1).UUID, twin.UUID, w.email(4)),
	}))
	w.expectErrors(w.Must(1, "plan"), map[string][]string{
		"nobody":  {"User not found", "These entries of users match no user of role nobody", "or its organization", `"usr0@example.com" Did you mean ` + w.email(0) + "?"},
		"several": {"Several users have this email", twin.UUID, "Use the UUID of one of them"},
		"twice":   {"User listed twice", "users[1] names the same user as users[0]: " + w.email(2) + " (" + w.hog.User(2).UUID + ")"},
		"both":    {"User listed in users and ignored_users", w.email(3)},
	})
	w.hog.ExpectRequests(t, "POST role_memberships", 0)
}

// Who has left the organization, and a role that was deleted, are warnings of a plan: a destroy begins with one.
func TestRoleMembers_whatIsGone(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.declare(w.emails(0, 3))
	w.Apply()
	email := w.email(1)
	w.hog.LeaveOrganization("", w.hog.User(1).UUID)
	if result := w.Must(0, "plan"); !acctest.Message("Warning: User has left", email+" is not in role", "cannot be added again: user not found.").MatchString(result.Stdout) {
		t.Errorf("the plan does not warn: %s", result)
	}
	if result := w.Must(1, "apply", "-auto-approve"); !acctest.Message("User not found", email).MatchString(result.Stderr) {
		t.Errorf("the apply says something else: %s", result)
	}
	w.Must(0, "destroy", "-auto-approve", "-refresh=false")
	w.expect()

	w.declare([]string{w.email(0), w.hog.User(2).UUID})
	w.Apply()
	w.hog.DeleteRole(w.role)
	if result := w.Must(0, "plan"); !acctest.Message("Warning: Role was deleted", "does not exist any more").MatchString(result.Stdout) {
		t.Errorf("the plan does not warn: %s", result)
	}
	w.Must(0, "destroy", "-auto-approve")
}

// A key that may not look for people can do what needs no look.
func TestRoleMembers_withoutTheScope(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.key = w.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}})
	w.declare([]string{w.hog.User(0).UUID, w.hog.User(1).UUID})
	if change, _ := w.plans(); len(membersIn(change.After)) != 0 || len(change.AfterUnknown.(map[string]any)["members"].(map[string]any)) != 2 {
		t.Errorf("the plan has %v, want two whose emails are not known", change.AfterUnknown)
	}
	w.Must(0, "apply", "saved.tfplan")
	w.declare(w.emails(0, 2))
	w.Must(0, "plan", "-detailed-exitcode")
	w.declare(w.emails(0, 3))
	if result := w.Must(1, "plan"); !acctest.Message("Unable to find user", "organization_member:read").MatchString(result.Stderr) {
		t.Errorf("the message is another: %s", result)
	}
}
