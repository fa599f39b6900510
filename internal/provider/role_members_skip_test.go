package provider

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

const unknownUUID = "018f401e-9a6b-7a00-8b00-00000000aaaa"

// Unknown users are left out with one warning. The first plan after they join adds them.
func TestSkipUnknownUsers(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	users := []string{w.email(0), "uesr1@example.com", "invited@example.com", unknownUUID}
	w.declare(users)
	if result := w.Plan(); !acctest.Message("User not found", `"uesr1@example.com" Did you mean user1@example.com?`, "set skip_unknown_users = true").MatchString(result.Errors()) {
		t.Errorf("the error does not name the attribute: %s", result)
	}
	w.declare(users, "skip_unknown_users", true)
	result := w.Must(w.Plan())
	if !acctest.Message("Unknown users skipped", `"uesr1@example.com" Did you mean user1@example.com?`, `"invited@example.com"`, unknownUUID).MatchString(result.Warnings()) ||
		strings.Count(result.Warnings(), "Unknown users skipped") != 1 || strings.Contains(result.Warnings(), "User is not in the organization") {
		t.Errorf("the plan does not warn once: %s", result)
	}
	w.MustApply()
	if members := w.hog.Members(w.role); len(members) != 1 {
		t.Errorf("the role has %d members, want 1", len(members))
	}
	joined := w.hog.AddUser("", "Invited@example.com")
	w.MustApply()
	if !w.hog.IsMember(w.role, joined.UUID) {
		t.Error("the user who joined is not in the role")
	}
}

// A member who leaves the organization blocks nobody else.
func TestSkipUnknownUsers_userLeaves(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	emails, other := w.emails(0, 3), w.hog.User(2).UUID
	w.declare(emails[:2], "skip_unknown_users", true)
	w.MustApply()
	w.hog.LeaveOrganization("", w.hog.User(1).UUID)
	w.declare(emails, "skip_unknown_users", true)
	if result := w.Must(w.Plan()); !acctest.Message("Unknown users skipped", emails[1]).MatchString(result.Warnings()) {
		t.Errorf("the plan does not warn: %s", result)
	}
	w.MustApply()
	if !w.hog.IsMember(w.role, other) {
		t.Error("the other user was not added")
	}
}

// A member whose email changes is not removed as unknown.
func TestSkipUnknownUsers_emailChanges(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.declare(w.emails(0, 2), "skip_unknown_users", true)
	w.MustApply()
	w.hog.ChangeEmail(w.hog.User(0).UUID, "new@example.com")
	if result := w.Apply(); !acctest.Message("Email has changed", "write the new email").MatchString(result.Errors()) || !w.hog.IsMember(w.role, w.hog.User(0).UUID) {
		t.Errorf("the member was not kept: %s", result)
	}
}

// A key that cannot list the organization's members cannot tell unknown users from others.
func TestSkipUnknownUsers_keyCannotListMembers(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.Configure("api_key", w.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}}))
	w.declare(w.emails(0, 1), "skip_unknown_users", true)
	if result := w.Plan(); !acctest.Message("Unable to find user", "Add the scope organization_member:read").MatchString(result.Errors()) {
		t.Errorf("the plan has another error: %s", result)
	}
}

// With an unknown role, the apply skips unknown users.
func TestSkipUnknownUsers_roleUnknownUntilApply(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.Declare(wholeAddress, map[string]any{
		"role_id": terraformcore.UnknownUntilApply(w.role), "users": []string{w.email(0), "invited@example.com"}, "skip_unknown_users": true,
	})
	if result := w.Must(w.Apply()); !acctest.Message("Unknown users skipped", "invited@example.com").MatchString(result.Warnings()) {
		t.Errorf("the apply does not warn: %s", result)
	}
	if !w.hog.IsMember(w.role, w.hog.User(0).UUID) {
		t.Error("the known user was not added")
	}
}
