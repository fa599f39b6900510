package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
)

// later returns a resource of Terraform's whose output will be known only after apply, anew with each generation.
func later(generation int, value string) string {
	return fmt.Sprintf("\nresource \"terraform_data\" \"later\" {\n  input = %q\n  triggers_replace = %d\n}\n", value, generation)
}

// An unknown role may turn out to be the same one, so no user is removed because of it. That protects deactivated users
// as well: PostHog would refuse to add them again.
func TestRoleMembers_roleKnownAfterApply(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	config := func(generation int) string {
		return acctest.Requirements + w.provider() + later(generation, w.role) + strings.ReplaceAll(whole(w.role, []string{w.email(0), w.hog.User(1).UUID}, "max_removals = 0"),
			fmt.Sprintf("role_id = %q", w.role), "role_id = terraform_data.later.output")
	}
	w.joined(5)
	w.Write("main.tf", config(1))
	if result := w.Must(0, "plan"); !acctest.Message("Warning: Members will be removed from the role", "not known until apply", "Set max_removals to limit the number").MatchString(result.Stdout) {
		t.Errorf("the plan does not warn: %s", result)
	}
	w.hog.Leave(w.role, w.hog.User(5).UUID)
	w.Must(0, "apply", "-auto-approve")
	w.hog.DeactivateUser(w.hog.User(1).UUID)
	w.hog.ForgetHistory()
	w.Write("main.tf", config(2))
	w.Apply()
	if history := w.hog.History(w.role); len(history) > 0 {
		t.Errorf("somebody was touched: %+v", history)
	}
	// Another role is known in the apply. A user who cannot be added there keeps everybody in the old role.
	other := w.hog.AddRole("", "Other")
	w.Write("main.tf", strings.ReplaceAll(config(3), fmt.Sprintf("input = %q", w.role), fmt.Sprintf("input = %q", other)))
	w.Must(1, "apply", "-auto-approve")
	w.expect(0, 1)
	w.hog.ExpectRequests(t, "DELETE role_membership", 0)
}

// posthog_role_members has a new address, which no plan can detect while the role is unknown. Each user is in the role in the end.
// A destroy that comes between the plan and the apply of the create fails, because the create could fail too.
func TestRoleMembers_renamedInTheDark(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.declare(w.emails(0, 10))
	w.Apply()
	w.Write("main.tf", acctest.Requirements+w.provider()+later(1, w.role)+strings.NewReplacer(
		fmt.Sprintf("role_id = %q", w.role), "role_id = terraform_data.later.output", `"whole"`, `"another"`).Replace(whole(w.role, w.emails(0, 10))))
	result := w.Run("apply", "-auto-approve")
	w.expect(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	if result.Code != 0 {
		if !acctest.Message("Another resource of this configuration declares", "terraform state rm").MatchString(result.Stderr) {
			t.Errorf("the message is another: %s", result)
		}
		w.Must(0, "state", "rm", wholeAddress)
	}
	w.Must(0, "plan", "-detailed-exitcode")
}

// With create_before_destroy the role keeps the declared users.
func TestRoleMembers_createBeforeDestroy(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.declare(w.emails(0, 3), "lifecycle {\n    create_before_destroy = true\n  }")
	w.Apply()
	w.hog.ForgetHistory()
	w.Must(0, "apply", "-auto-approve", "-replace="+wholeAddress)
	if history := w.hog.History(w.role); len(history) > 0 {
		t.Errorf("somebody was touched: %+v", history)
	}
	w.Must(0, "plan", "-detailed-exitcode")
	w.Must(0, "destroy", "-auto-approve")
	w.expect()
}

// Nobody gets into a role by getting an email, though Terraform has not looked, or has looked before that.
func TestRoleMembers_emailChangesUnseen(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	old := w.email(0)
	w.declare(w.emails(0, 2))
	w.Apply()
	w.declare(w.emails(0, 3))
	w.Must(0, "plan", "-out=saved.tfplan")
	w.hog.ChangeEmail(w.hog.User(0).UUID, "new@example.com")
	w.hog.ChangeEmail(w.hog.User(4).UUID, old)
	for _, command := range [][]string{{"apply", "saved.tfplan"}, {"plan", "-refresh=false"}} {
		if result := w.Must(1, command...); !acctest.Message("Error: Email has changed", "User "+w.hog.User(4).UUID+" has it now").MatchString(result.Stderr) || strings.Contains(result.Stderr, "inconsistent") {
			t.Errorf("the message is another: %s", result)
		}
	}
	w.expect(0, 1)
	// Who is named by the new email is meant by nothing else.
	w.declare([]string{"new@example.com", w.email(1), old})
	w.Apply()
	w.expect(0, 1, 4)
}

// As long as not everybody is known who is declared, a create warns of those who may be taken out.
func TestRoleMembers_someKnownAfterApply(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.joined(4, 5)
	w.Write("main.tf", acctest.Requirements+w.provider()+later(1, w.email(4))+fmt.Sprintf(
		"resource \"posthog_role_members\" \"whole\" {\n  role_id = %q\n  users = [terraform_data.later.output, %q]\n}\n", w.role, w.email(0)))
	if result := w.Must(0, "plan"); !acctest.Message("Warning: Members will be removed from the role", "Some entries of users are not known until apply", w.email(4), w.email(5)).MatchString(result.Stdout) {
		t.Errorf("the plan does not warn: %s", result)
	}
	w.Apply()
	w.expect(0, 4)
}
