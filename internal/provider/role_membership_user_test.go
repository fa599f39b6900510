package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

// byEmailOf returns a resource block named “one” whose user is named by email.
func byEmailOf(role, email string, arguments ...string) string {
	return fmt.Sprintf("\nresource \"posthog_role_membership\" \"one\" {\n  role_id = %q\n  user_email = %q\n  %s\n}\n",
		role, email, strings.Join(arguments, "\n  "))
}

// memberByEmail is the configuration of a membership whose user is named by email.
func memberByEmail(role, email string) map[string]any {
	return map[string]any{"role_id": role, "user_email": email}
}

// bothWays is the configuration of a membership whose user is named by UUID and by email.
func bothWays(role, user, email string) map[string]any {
	return map[string]any{"role_id": role, "user_uuid": user, "user_email": email}
}

// expectPlanned fails the test unless a plan has these values for the membership.
func expectPlanned(t *testing.T, plan *terraformcore.Result, want map[string]any) {
	t.Helper()
	for attribute, value := range want {
		if got := plan.Changes[one].PlannedValue(attribute); got != value {
			t.Errorf("the plan has %s %v, want %v: %s", attribute, got, value, plan)
		}
	}
}

// The plan of a create says who gets what, and another way to name the same person changes nothing.
func TestUser_namedByEmail(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.RenameRole(bed.role, "Engineering")
	email := "USER0@example.com"
	c := newCore(t, bed)
	c.Declare(one, memberByEmail(bed.role, email))
	created := c.MustApply()
	expectPlanned(t, created, map[string]any{"user_email": email, "user_uuid": bed.user, "role_name": "Engineering"})
	if member, ok := created.Changes[one].PlannedValue("organization_member_id").(string); !ok || validators.CheckUUID(member) != nil {
		t.Errorf("the plan does not say which member of the organization that is: %v", created.Changes[one].PlannedValue("organization_member_id"))
	}
	if c.Attribute(one, "user_email") != email || c.Attribute(one, "user_uuid") != bed.user {
		t.Errorf("the state has another user: %v", c.State[one].Attributes)
	}

	for _, config := range []map[string]any{
		memberByEmail(bed.role, "user0@EXAMPLE.com"), membershipOf(bed.role, bed.user), bothWays(bed.role, bed.user, "user0@example.com"),
		memberByEmail(bed.role, "user0@example.com"),
	} {
		c.Declare(one, config)
		if result := c.MustApply(); result.HasChanges() {
			t.Errorf("%v changes something: %s", config, result)
		}
	}
	bed.hog.RenameRole(bed.role, "Platform")
	if result := c.MustApply(); result.HasChanges() || c.Attribute(one, "role_name") != "Platform" {
		t.Errorf("the role is %v in state: %s", c.Attribute(one, "role_name"), result)
	}

	c.Declare(one, memberByEmail(bed.role, bed.email(1)))
	moved := c.MustApply()
	expectPlanned(t, moved, map[string]any{"user_uuid": bed.hog.User(1).UUID})
	if moved.Action(one) != terraformcore.Update {
		t.Errorf("another user does not move it: %s", moved)
	}
	c.Declare(one, membershipOf(bed.role, bed.user))
	moved = c.MustApply()
	expectPlanned(t, moved, map[string]any{"user_email": "user0@example.com"})
	if moved.Action(one) != terraformcore.Update {
		t.Errorf("another user does not move it: %s", moved)
	}
	c.Must(c.Destroy())
	if err := bed.leftBehind(); err != nil {
		t.Error(err)
	}
}

func TestUser_badInput(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Users(4))
	twin := bed.hog.AddUser("", "USER1@example.com")
	limited := bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}})
	for name, test := range map[string]struct {
		config map[string]any
		key    string
		want   []string
	}{
		"neither":  {config: map[string]any{"role_id": bed.role}, want: []string{"user_uuid", "user_email"}},
		"no email": {config: memberByEmail(bed.role, "alice"), want: []string{"Invalid user_email", `must be an email address such as "alice@example.com", not "alice"`}},
		"nobody": {
			config: memberByEmail(bed.role, "uzer0@example.com"),
			want:   []string{"User not found", `"uzer0@example.com". Did you mean user0@example.com`, "Check the spelling."},
		},
		"two": {
			config: memberByEmail(bed.role, "User1@example.com"),
			want:   []string{"Several users have this email", "2 users have the email User1@example.com", twin.UUID, "Use the UUID of one of them."},
		},
		"two people": {
			config: bothWays(bed.role, bed.user, "user2@example.com"),
			want:   []string{"UUID and email belong to different users", "user2@example.com belongs to user " + bed.hog.User(2).UUID, "user_uuid is " + bed.user},
		},
		"without the scope": {
			config: memberByEmail(bed.role, "user0@example.com"), key: limited,
			want: []string{"Unable to find user", "'organization_member:read'", "Add the scope organization_member:read"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCore(t, bed)
			if test.key != "" {
				c.Configure("api_key", test.key)
			}
			c.Declare(one, test.config)
			if result := c.Apply(); !acctest.Message(test.want...).MatchString(result.Errors()) {
				t.Errorf("the message is another: %s", result)
			}
		})
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 0)
}

// A key without organization_member:read can do what needs no look at the organization.
func TestUser_withoutTheScope(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.key = bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}})
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	created := c.MustApply()
	expectPlanned(t, created, map[string]any{"user_email": terraformcore.Unknown, "role_name": "Role 0"})
	c.Declare(one, memberByEmail(bed.role, bed.email(0)))
	if result := c.MustApply(); result.HasChanges() {
		t.Errorf("the email changes something: %s", result)
	}
	c.Must(c.Destroy())
	if err := bed.leftBehind(); err != nil {
		t.Error(err)
	}
}

// Somebody's email changes in PostHog.
func TestUser_emailChanges(t *testing.T) {
	t.Parallel()
	t.Run("named by UUID", func(t *testing.T) {
		t.Parallel()
		bed := fake(t)
		c := newCore(t, bed)
		c.Declare(one, membershipOf(bed.role, bed.user))
		c.MustApply()
		bed.hog.ChangeEmail(bed.user, "new@example.com")
		if result := c.MustApply(); result.HasChanges() || c.Attribute(one, "user_email") != "new@example.com" {
			t.Errorf("the state has %v: %s", c.Attribute(one, "user_email"), result)
		}
		c.Must(c.Destroy())
		if err := bed.leftBehind(); err != nil {
			t.Error(err)
		}
	})
	t.Run("named by email", func(t *testing.T) {
		t.Parallel()
		bed := fake(t)
		old := bed.email(0)
		c := newCore(t, bed)
		c.Declare(one, memberByEmail(bed.role, old))
		c.MustApply()
		refuses := func(want ...string) {
			t.Helper()
			if result := c.Apply(); !acctest.Message(append([]string{"Email has changed"}, want...)...).MatchString(result.Errors()) {
				t.Errorf("the message is another: %s", result)
			}
		}
		bed.hog.ChangeEmail(bed.user, "new@example.com")
		refuses("new@example.com ("+bed.user+")", "had the email "+old+" before. No user has it now.", "write the new email")
		// Somebody else gets the address: no membership goes from the one to the other unasked.
		bed.hog.ChangeEmail(bed.hog.User(1).UUID, old)
		refuses("new@example.com ("+bed.user+")", "User "+bed.hog.User(1).UUID+" has it now. To name that user, write this UUID in user_uuid or in users.")

		c.Declare(one, memberByEmail(bed.role, "new@example.com"))
		if result := c.MustApply(); result.HasChanges() {
			t.Errorf("the new email changes something: %s", result)
		}
		// Who is really meant is said by the UUID.
		c.Declare(one, bothWays(bed.role, bed.hog.User(1).UUID, old))
		if result := c.MustApply(); result.Action(one) != terraformcore.Update {
			t.Errorf("it is not moved: %s", result)
		}
		bed.hog.ExpectRequests(t, "POST role_memberships", 2)
		c.Must(c.Destroy())
		if err := bed.leftBehind(); err != nil {
			t.Error(err)
		}
	})
}

// A name of the plan changes in PostHog between a saved plan and its apply. Terraform plans a create again during the apply and does
// not pass the first plan to the provider. So the provider can only refuse a difference. It sends nothing, and a new plan succeeds.
func TestUser_planThatIsOutOfDate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config  func(bed *testbed) string
		changes func(bed *testbed)
	}{
		"the role's name": {
			func(bed *testbed) string { return bed.provider() + byEmailOf(bed.role, bed.email(0)) },
			func(bed *testbed) { bed.hog.RenameRole(bed.role, "Another name") },
		},
		"the email of a UUID": {
			func(bed *testbed) string { return bed.provider() + membership(bed.role, bed.user) },
			func(bed *testbed) { bed.hog.ChangeEmail(bed.user, "new@example.com") },
		},
		"who is there already": {
			func(bed *testbed) string {
				bed.hog.Join(bed.role, bed.user)
				return bed.provider("adopt_existing = true") + membership(bed.role, bed.user)
			},
			func(bed *testbed) { bed.hog.Leave(bed.role, bed.user) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + test.config(bed)})
			w.Must(0, "plan", "-out=saved.tfplan")
			test.changes(bed)
			result := w.Must(1, "apply", "saved.tfplan")
			if !acctest.Message("Provider produced inconsistent final plan").MatchString(result.Stderr) {
				t.Errorf("the message is another: %s", result)
			}
			bed.hog.ExpectRequests(t, "POST role_memberships", 0)
			bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
			w.Must(0, "apply", "-auto-approve")
		})
	}
}

// Between a saved plan and its apply, the email that the configuration names somebody by becomes another one.
func TestUser_changesBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, memberByEmail(bed.role, bed.email(0)))
	plan := c.Must(c.Plan())
	bed.hog.ChangeEmail(bed.user, "new@example.com")
	result := c.ApplyPlan(plan) // In which another final plan would fail the test.
	if !acctest.Message("User not found").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}
