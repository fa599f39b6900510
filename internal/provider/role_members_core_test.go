package provider

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// A wholeRoleCore is a stand-in for Terraform's core with a whole role in it.
type wholeRoleCore struct {
	*testbed
	*terraformcore.Core
}

// wholeRoleInCore returns a stand-in for a role with nobody in it, of an organization of ten.
func wholeRoleInCore(t *testing.T, options ...fakeposthog.Option) wholeRoleCore {
	t.Helper()
	bed := fake(t, append([]fakeposthog.Option{fakeposthog.Users(10)}, options...)...)
	return wholeRoleCore{bed, newCore(t, bed)}
}

// declare declares a whole role of these users, and further attributes: a name and a value each.
func (w wholeRoleCore) declare(users []string, more ...any) {
	attributes := map[string]any{"role_id": w.role, "users": append([]string{}, users...)}
	for i := 0; i < len(more); i += 2 {
		attributes[more[i].(string)] = more[i+1]
	}
	w.Declare(wholeAddress, attributes)
}

// expectPlan makes a plan, and fails the test when others than these come and go.
func (w wholeRoleCore) expectPlan(come, leave []int) *terraformcore.Result {
	w.T.Helper()
	planned := w.Must(w.Plan())
	change := planned.Changes[wholeAddress]
	w.expectChange(membersIn(terraformcore.GoValue(change.Before)), membersIn(terraformcore.GoValue(change.After)), come, leave)
	return planned
}

// fails wants a command to fail.
func (w wholeRoleCore) fails(result *terraformcore.Result) *terraformcore.Result {
	w.T.Helper()
	if !result.HasErrors() {
		w.T.Fatalf("it goes well: %s", result)
	}
	return result
}

// A create, in which Terraform can show no removal, warns of it. No plan takes out more people than it may.
func TestRoleMembers_removals(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.joined(3, 4, 5)
	w.declare(w.emails(0, 2), "max_removals", 2)
	result := w.fails(w.Plan())
	if !acctest.Message("Error: Too many removals", "removes 3 members of role Role 0", "max_removals is 2:",
		w.email(3), w.email(4), w.email(5), "To keep a user, add them to users or to ignored_users.").MatchString(result.Errors()) || !result.HasErrorAt("max_removals") {
		t.Errorf("the plan says something else: %s", result)
	}
	w.declare(append(w.emails(0, 2), w.email(5)), "max_removals", 2)
	planned := w.expectPlan([]int{0, 1, 5}, nil)
	if !acctest.Message("Warning: Members will be removed from the role", "The apply removes these members of role Role 0", w.email(3), w.email(4), "To keep a user").
		MatchString(planned.Warnings()) || strings.Contains(planned.Warnings(), w.email(5)+" (") {
		t.Errorf("the plan does not warn: %s", planned)
	}
	w.joined(6) // Between the plan and its apply.
	if result := w.fails(w.ApplyPlan(planned)); !acctest.Message("Too many removals", "removes 3 members").MatchString(result.Errors()) {
		t.Errorf("the apply says something else: %s", result)
	}
	w.expect(3, 4, 5, 6)
	w.hog.Leave(w.role, w.hog.User(6).UUID)
	w.MustApply()
	w.expect(0, 1, 5)

	w.declare(nil, "max_removals", 2)
	if result := w.fails(w.Plan()); !acctest.Message("Too many removals", "removes 3 members", w.email(0), w.email(1), w.email(5)).MatchString(result.Errors()) {
		t.Errorf("the plan says something else: %s", result)
	}
	w.declare(nil, "max_removals", 3)
	w.MustApply()
	w.expect()
}

// Who comes into the role between a plan and its apply stays until a plan has shown that they go.
func TestRoleMembers_nobodyGoesUnplanned(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.declare(w.emails(0, 3))
	w.MustApply()
	w.declare(w.emails(0, 2))
	planned := w.expectPlan(nil, []int{2})
	if warnings := planned.Warnings(); warnings != "" {
		t.Errorf("the plan warns of a removal that it shows: %s", warnings)
	}
	w.joined(7)
	if result := w.Must(w.ApplyPlan(planned)); !acctest.Message("Warning: Users added after the plan", "These users were added to role Role 0", "after the plan was made", w.email(7)).MatchString(result.Warnings()) {
		t.Errorf("the apply does not warn: %s", result)
	}
	w.expect(0, 1, 7)
	planned = w.expectPlan(nil, []int{7})
	w.Must(w.ApplyPlan(planned))
	w.expect(0, 1)
}

// PostHog gives a default role to everybody who joins the organization.
func TestRoleMembers_defaultRole(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.hog.SetDefaultRole(w.role)
	w.declare(w.emails(0, 2))
	for range 2 {
		if result := w.Must(w.Plan()); !acctest.Message("Warning: Role members of the default role", "every user who joins the organization", "posthog_role_membership").MatchString(result.Warnings()) {
			t.Errorf("the plan does not warn: %s", result)
		}
		w.Must(w.Apply())
	}
}

// Who is ignored no more, and not declared, is taken out. Terraform can show no removal of somebody who is not in state, so
// the plan warns of it.
func TestRoleMembers_ignoredNoMore(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.joined(7, 8, 9)
	w.declare(w.emails(0, 2), "ignored_users", []string{w.email(7), w.email(8), w.email(9)})
	w.MustApply()
	w.declare(append(w.emails(0, 2), w.email(9)), "ignored_users", []string{w.email(7)}, "max_removals", 0)
	if result := w.fails(w.Plan()); !acctest.Message("Too many removals", "removes 1 member", w.email(8)).MatchString(result.Errors()) {
		t.Errorf("the plan says something else: %s", result)
	}
	w.declare(append(w.emails(0, 2), w.email(9)), "ignored_users", []string{w.email(7)})
	if result := w.Must(w.Plan()); !acctest.Message("Warning: Members will be removed from the role", "The apply removes these members of role Role 0", w.email(8)).MatchString(result.Warnings()) {
		t.Errorf("the plan does not warn: %s", result)
	}
	w.MustApply()
	w.expect(0, 1, 7, 9)
}

// Who is ignored from now on is no longer among the members, and stays in the role: the plan says so.
func TestRoleMembers_ignoredFromNowOn(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.declare(w.emails(0, 4))
	w.MustApply()
	w.declare(w.emails(0, 2), "ignored_users", []string{w.email(2), w.hog.User(3).UUID, w.email(9)}, "max_removals", 0)
	if result := w.Must(w.Plan()); !acctest.Message("Warning: User is no longer managed", "are in ignored_users now", w.email(2), w.email(3), "never added or removed").MatchString(result.Warnings()) {
		t.Errorf("the plan does not warn: %s", result)
	}
	w.MustApply()
	w.expect(0, 1, 2, 3)
}

// Who is ignored by an email that changes is left alone, and the plan asks for the new one.
func TestRoleMembers_ignoredEmailChanges(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.joined(8)
	old := w.email(8)
	w.declare(w.emails(0, 2), "ignored_users", []string{old})
	w.MustApply()
	w.hog.ChangeEmail(w.hog.User(8).UUID, "new@example.com")
	changed := acctest.Message("Error: Email has changed", "new@example.com ("+w.hog.User(8).UUID+")", "had the email "+old+" before")
	for range 2 { // The second time, somebody in the role has the old one.
		if result := w.fails(w.Plan()); !changed.MatchString(result.Errors()) {
			t.Errorf("the message is another: %s", result)
		}
		w.joined(9)
		w.hog.ChangeEmail(w.hog.User(9).UUID, old)
	}
	w.Must(w.RefreshOnly())
	w.declare(w.emails(0, 2), "ignored_users", []string{"new@example.com"})
	w.MustApply()
	w.expect(0, 1, 8)
}

// Somebody's email changes in PostHog: nobody takes their place by getting the address.
func TestRoleMembers_emailChanges(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	old := w.email(0)
	w.declare([]string{old, w.hog.User(1).UUID})
	w.MustApply()
	w.hog.ChangeEmail(w.hog.User(0).UUID, "new@example.com")
	w.hog.ChangeEmail(w.hog.User(1).UUID, "other@example.com")
	if result := w.fails(w.Plan()); !acctest.Message("Email has changed", "new@example.com ("+w.hog.User(0).UUID+")", "had the email "+old+" before. No user has it now.").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
	w.Must(w.RefreshOnly())
	w.hog.ChangeEmail(w.hog.User(2).UUID, old)
	if result := w.fails(w.Plan()); !acctest.Message("Email has changed", "new@example.com ("+w.hog.User(0).UUID+")", "User "+w.hog.User(2).UUID+" has it now. To name that user, write this UUID").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
	w.declare([]string{"new@example.com", "other@example.com"})
	w.ExpectNoChanges()
	w.declare([]string{w.hog.User(2).UUID, "other@example.com"})
	w.Must(w.Apply())
	w.expect(1, 2)
}

// A user whose email has changed is named by UUID. The old email then means the user who has it now.
func TestRoleMembers_formerEmailOfUserNamedByUUID(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	old := w.email(0)
	w.declare(w.emails(0, 2))
	w.MustApply()
	w.hog.ChangeEmail(w.hog.User(0).UUID, "new@example.com")
	w.hog.ChangeEmail(w.hog.User(2).UUID, old)
	w.declare([]string{w.hog.User(0).UUID, w.email(1), old})
	w.MustApply()
	w.expect(0, 1, 2)
}

// However the organization is written, and on servers that take its UUID in no create, it is one role.
func TestRoleMembers_organization(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t, fakeposthog.RefuseExplicitOrganization())
	w.declare(w.emails(0, 3))
	w.MustApply()
	w.hog.ForgetHistory()
	for _, written := range []string{"@current", w.organization} {
		w.declare(w.emails(0, 3), "organization_id", written)
		w.ExpectNoChanges()
	}
	if history := w.hog.History(w.role); len(history) > 0 {
		t.Errorf("somebody was touched: %+v", history)
	}
}
