package provider

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
)

// The objects and the values that the tests of messages declare.
const (
	userByEmail = "data.posthog_user.x"
)

// expectPlanError fails the test unless the plan of one object has an error with these texts, in this order.
func expectPlanError(t *testing.T, bed *testbed, address string, attributes map[string]any, texts ...string) {
	t.Helper()
	c := newCore(t, bed)
	if attributes == nil {
		attributes = map[string]any{}
	}
	c.Declare(address, attributes)
	if result := c.Plan(); !acctest.Message(texts...).MatchString(result.Errors()) {
		t.Errorf("%s %v: the error has not %q: %s", address, attributes, texts, result)
	}
}

func TestClearMessages_unknownEntriesAreQuoted(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	quoted := []string{`"nobody@example.com"`, `"` + unknownUUID + `"`}
	users := []string{"nobody@example.com", unknownUUID}
	w.declare(users[:1])
	if result := w.Plan(); !acctest.Message("User not found", quoted[0]).MatchString(result.Errors()) {
		t.Errorf("the entry is not quoted: %s", result)
	}
	w.declare(users, "skip_unknown_users", true)
	if result := w.Plan(); !acctest.Message("Unknown users skipped", quoted[0], quoted[1]).MatchString(result.Warnings()) {
		t.Errorf("the entries are not quoted: %s", result)
	}
	w.declare(nil, "ignored_users", users)
	if result := w.Plan(); !acctest.Message("Unknown users in ignored_users", quoted[0], quoted[1]).MatchString(result.Warnings()) {
		t.Errorf("the entries are not quoted: %s", result)
	}
	expectPlanError(t, w.testbed, one, map[string]any{"role_id": w.role, "user_email": users[0]}, "User not found", "has the email "+quoted[0]+".")
	expectPlanError(t, w.testbed, userByEmail, map[string]any{"email": users[0]}, "User not found", "has the email "+quoted[0]+".")
}

func TestClearMessages_sameUserTwice(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	email := bed.email(0)
	for _, users := range [][]string{{email, strings.ToUpper(email)}, {email, bed.user}, {bed.user, email}, {bed.user, strings.ToUpper(email)}} {
		expectPlanError(t, bed, wholeAddress, map[string]any{"role_id": bed.role, "users": users},
			"User listed twice", "users[1] names the same user as users[0]: ", "List each user once")
	}
}
