package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
)

// singly returns single memberships, named “singly”, of users in a role.
func (w wholeRoleTest) singly(first, end int) string {
	return fmt.Sprintf("\nresource \"posthog_role_membership\" \"singly\" {\n  for_each = toset([%s])\n  role_id = %q\n  user_email = each.key\n}\n",
		`"`+strings.Join(w.emails(first, end), `", "`)+`"`, w.role)
}

// One role is declared in one way. What does not go together fails the plan, once, and changes nothing.
func TestRoleMembers_clashes(t *testing.T) {
	t.Parallel()
	const another = "posthog_role_members.another"
	for name, test := range map[string]struct {
		before, after []string // addresses
		want          []string
	}{
		"single memberships beside what is in state": {
			[]string{oneWhole}, []string{oneWhole, one},
			[]string{"Error: Role managed by two kinds of resource"},
		},
		"from single memberships to the whole": {
			[]string{one}, []string{oneWhole},
			[]string{"Error: Destroying posthog_role_membership would remove users", "removed {", "from = posthog_role_membership.example", "destroy = false"},
		},
		"from the whole to single memberships": {
			[]string{oneWhole}, []string{one},
			[]string{"Error: Destroying posthog_role_members would remove users", "removed {", "from = posthog_role_members.example", "destroy = false", "import {"},
		},
		"to another address": {
			[]string{oneWhole}, []string{another},
			[]string{"Error: Role members move to another address", "moved {", "from = posthog_role_members.old"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			c := newCore(t, bed)
			declare := func(addresses []string) {
				for _, address := range []string{one, oneWhole, another} {
					c.Remove(address)
				}
				for _, address := range addresses {
					if address == one {
						c.Declare(one, membershipOf(bed.role, bed.user))
					} else {
						c.Declare(address, map[string]any{"role_id": bed.role, "users": []string{bed.email(0)}})
					}
				}
			}
			declare(test.before)
			c.MustApply()
			declare(test.after)
			result := c.Apply()
			if !acctest.Message(test.want...).MatchString(result.Errors()) || strings.Count(result.Errors(), test.want[0]) != 1 {
				t.Errorf("the plan says something else, or not once: %s", result)
			}
			if !bed.hog.IsMember(bed.role, bed.user) {
				t.Error("the user is out of the role")
			}
		})
	}
}

func TestRoleMembers_declaredInTwoWays(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	head := acctest.Requirements + w.provider()
	for config, want := range map[string][]string{
		whole(w.role, w.emails(0, 3)) + w.singly(0, 3): {
			"Error: Role managed by two kinds of resource", "posthog_role_members manages all members of a role", "Do not use it together with", "destroy = false",
		},
		whole(w.role, w.emails(0, 3)) + strings.ReplaceAll(whole(w.role, nil), `"whole"`, `"another"`): {
			"Error: Role members declared twice", "Two posthog_role_members of this configuration manage role", "Keep one of the two",
		},
	} {
		w.Write("main.tf", head+config)
		result := w.Must(1, "plan")
		if !acctest.Message(want...).MatchString(result.Stderr) || strings.Count(strings.Join(strings.Fields(result.Stderr), " "), want[len(want)-1]) != 1 {
			t.Errorf("the plan says something else, or gives its advice more than once: %s", result)
		}
	}
}

// From single memberships to a whole role and back, as the messages say, without anybody being touched.
func TestRoleMembers_movesWithoutTouchingAnybody(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.7.0", "1.7.0")
	w := wholeRoleOf(t)
	head := acctest.Requirements + w.provider()
	w.Write("main.tf", head+w.singly(0, 3))
	w.Apply()
	w.hog.ForgetHistory()

	w.Write("main.tf", head+acctest.RemovedBlock("posthog_role_membership.singly")+whole(w.role, w.emails(0, 3)))
	w.Apply()
	renamed := strings.ReplaceAll(whole(w.role, w.emails(0, 3)), `"whole"`, `"another"`)
	w.Write("main.tf", head+renamed+"moved {\n  from = posthog_role_members.whole\n  to = posthog_role_members.another\n}\n")
	w.Apply()
	w.Write("main.tf", head+acctest.RemovedBlock("posthog_role_members.another")+w.singly(0, 3)+fmt.Sprintf(
		"import {\n  for_each = toset([%s])\n  to = posthog_role_membership.singly[each.key]\n  id = \"%s/${each.key}\"\n}\n",
		`"`+strings.Join(w.emails(0, 3), `", "`)+`"`, w.role))
	w.Apply()
	if history := w.hog.History(w.role); len(history) > 0 {
		t.Errorf("somebody was touched: %+v", history)
	}
	w.expect(0, 1, 2)
}

// The resource moves to another role: the users are added there, and then removed from the first one.
func TestRoleMembers_anotherRole(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.joined(9)
	w.declare(w.emails(0, 3), fmt.Sprintf("ignored_users = [%q]", w.email(9)))
	w.Apply()
	other := w.hog.AddRole("", "Other")
	w.Write("main.tf", acctest.Requirements+w.provider()+whole(other, w.emails(0, 3)))
	w.Apply()
	w.expect(9)
	if n := len(w.hog.Members(other)); n != 3 {
		t.Errorf("%d are in the other role, want 3", n)
	}
}
