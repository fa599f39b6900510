package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// roleNaming is a core with a resource of either kind that has one user.
type roleNaming struct {
	*testbed
	*terraformcore.Core

	address string
}

// eachKind runs a test for posthog_role_membership and for posthog_role_members.
func eachKind(t *testing.T, test func(t *testing.T, n roleNaming), options ...fakeposthog.Option) {
	t.Helper()
	for _, address := range []string{one, wholeAddress} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, append([]fakeposthog.Option{fakeposthog.Roles(3)}, options...)...)
			test(t, roleNaming{testbed: bed, Core: newCore(t, bed), address: address})
		})
	}
}

// declareIn declares the user in a role, which the pairs of attribute and value name.
func (n roleNaming) declareIn(pairs ...any) {
	attributes := map[string]any{"user_email": n.email(0)}
	if n.address == wholeAddress {
		attributes = map[string]any{"users": []string{n.email(0)}}
	}
	for i := 0; i < len(pairs); i += 2 {
		attributes[pairs[i].(string)] = pairs[i+1]
	}
	n.Declare(n.address, attributes)
}

// expectError fails the test unless the plan has an error with these texts at the attribute role_name.
func (n roleNaming) expectError(texts ...string) {
	n.T.Helper()
	result := n.Plan()
	if !acctest.Message(texts...).MatchString(result.Errors()) || !result.HasErrorAt("role_name") {
		n.T.Errorf("the plan has not the error %q at role_name: %s", texts, result)
	}
	n.hog.ExpectRequests(n.T, "DELETE role_membership", 0)
}

func TestRoleName_lifecycle(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		n.declareIn("role_name", "role 1")
		n.MustApply()
		if !n.hog.IsMember(n.hog.Role(1), n.user) || n.Attribute(n.address, "role_id") != n.hog.Role(1) || n.Attribute(n.address, "role_name") != "role 1" {
			t.Fatalf("the state is %v", n.State[n.address].Attributes)
		}
		for _, same := range [][]any{{"role_name", "Role 1"}, {"role_id", n.hog.Role(1)}, {"role_id", n.hog.Role(1), "role_name", "ROLE 1"}, {"role_name", "role 1"}} {
			n.declareIn(same...)
			n.ExpectNoChanges()
		}
		n.declareIn("role_name", "Role 2")
		n.MustApply()
		if n.hog.IsMember(n.hog.Role(1), n.user) || !n.hog.IsMember(n.hog.Role(2), n.user) {
			t.Error("the user is not only in the new role")
		}
		acctest.ExpectAddedFirst(t, n.hog)
		n.Must(n.Destroy())
		if n.hog.IsMember(n.hog.Role(2), n.user) {
			t.Error("the user is still in the role")
		}
	})
}

func TestRoleName_badInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pairs []any
		want  []string
	}{
		"unknown":       {[]any{"role_name", "Rol 1"}, []string{"Role not found", `has the name "Rol 1". Did you mean Role 1`, "write role_id = posthog_role.….id"}},
		"disagreeing":   {[]any{"role_name", "Role 1"}, []string{"role_id and role_name differ", "Role 0", `role_name is "Role 1"`}},
		"none":          {nil, []string{"Missing role_id or role_name", "Set role_id or role_name."}},
		"name in id":    {[]any{"role_id", "Engineering"}, []string{"Invalid role_id", `write role_name = "Engineering"`}},
		"key":           {[]any{"role_name", "phx_secretsecretsecretsecretsecretsecret1"}, []string{"Invalid role_name", "must not be an API key"}},
		"blank":         {[]any{"role_name", "  "}, []string{"Invalid role_name", "must not be blank"}},
		"space at end":  {[]any{"role_name", "Role 1 "}, []string{"Invalid role_name", `write "Role 1" instead of "Role 1 "`}},
		"several names": {[]any{"role_name", "TWIN"}, []string{"Several roles have this name", "Twin", "Use the UUID of one of them."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachKind(t, func(t *testing.T, n roleNaming) {
				n.hog.AddRole("", "Twin")
				n.hog.AddRole("", "twin")
				if name == "disagreeing" {
					test.pairs = append([]any{"role_id", n.role}, test.pairs...)
				}
				n.declareIn(test.pairs...)
				if result := n.Plan(); !acctest.Message(test.want...).MatchString(result.Errors()) || strings.Contains(result.Errors(), "phx_secret") {
					t.Errorf("the message is another: %s", result)
				}
			})
		})
	}
}

// The exact spelling of a name wins over others.
func TestRoleName_exactSpelling(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		first, second := n.hog.AddRole("", "Twin"), n.hog.AddRole("", "twin")
		n.declareIn("role_name", "twin")
		n.MustApply()
		if n.hog.IsMember(first, n.user) || !n.hog.IsMember(second, n.user) {
			t.Error("the user is in the wrong role")
		}
		n.declareIn("role_name", "Twin")
		n.MustApply()
		if !n.hog.IsMember(first, n.user) || n.hog.IsMember(second, n.user) {
			t.Error("the user has not moved to the other role")
		}
	})
}

// A role was renamed in PostHog. The old name fails the plan, also when another role has it now.
func TestRoleName_renamed(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		n.declareIn("role_name", "Role 1")
		n.MustApply()
		n.hog.RenameRole(n.hog.Role(1), "Support")
		n.expectError("Role was renamed", "Role Support ("+n.hog.Role(1)+")", `had the name "Role 1" before. No role has the former name now.`, `write "Support"`)
		other := n.hog.AddRole("", "Role 1")
		n.expectError("Role was renamed", "Role "+other+" has the former name now", fmt.Sprintf("write role_id = %q", other))
		n.declareIn("role_id", n.hog.Role(1), "role_name", "Role 1")
		n.expectError("Role was renamed", `had the name "Role 1" before`)
		n.declareIn("role_name", "Support")
		n.ExpectNoChanges()
		if !n.hog.IsMember(n.hog.Role(1), n.user) {
			t.Error("the user has lost the role")
		}
	})
}

// A role was deleted in PostHog. The plan warns, so that terraform destroy works. The apply fails.
func TestRoleName_deleted(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		n.declareIn("role_name", "Role 1")
		n.MustApply()
		n.hog.DeleteRole(n.hog.Role(1))
		result := n.Must(n.Plan())
		if !acctest.Message("Role was deleted", "Role 1").MatchString(result.Warnings()) {
			t.Errorf("the plan does not warn: %s", result)
		}
		applied := n.ApplyPlan(result)
		if !acctest.Message("Role not found", `has the name "Role 1"`).MatchString(applied.Errors()) {
			t.Errorf("the apply has another error: %s", applied)
		}
	})
}

func TestRoleName_destroyAfterTheRole(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		n.declareIn("role_name", "Role 1")
		n.MustApply()
		n.hog.DeleteRole(n.hog.Role(1))
		n.Must(n.Destroy())
	})
}

// A name that is unknown in the plan is resolved in the apply, also if the role is created in between.
func TestRoleName_unknownUntilApply(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		n.declareIn("role_name", terraformcore.UnknownUntilApply("New role"))
		plan := n.Must(n.Plan())
		created := n.hog.AddRole("", "New role")
		n.Must(n.ApplyPlan(plan))
		n.declareIn("role_name", "New role")
		n.ExpectNoChanges()
		if !n.hog.IsMember(created, n.user) {
			t.Error("the user is not in the created role")
		}
		n.declareIn("role_name", terraformcore.UnknownUntilApply("Role 2"))
		n.Must(n.Apply())
		if n.hog.IsMember(created, n.user) || !n.hog.IsMember(n.hog.Role(2), n.user) {
			t.Error("the user has not moved")
		}
		n.declareIn("role_id", terraformcore.UnknownUntilApply(n.role), "role_name", "Role 2")
		if result := n.Apply(); !acctest.Message("role_id and role_name differ").MatchString(result.Errors()) {
			t.Errorf("the apply has another error: %s", result)
		}
	})
}

// While the provider's configuration is unknown, the name is compared with the state.
func TestRoleName_providerUnknown(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		n.declareIn("role_name", "Role 1")
		n.MustApply()
		n.Configure("host", terraformcore.Unknown)
		n.ExpectNoChanges()
		n.declareIn("role_name", "Role 2")
		plan := n.Must(n.Plan())
		n.Configure("host", n.host)
		n.Must(n.ApplyPlan(plan))
		if n.hog.IsMember(n.hog.Role(1), n.user) || !n.hog.IsMember(n.hog.Role(2), n.user) {
			t.Error("the user has not moved")
		}
	})
}

// A plan that creates memberships by names reads the roles once, and the organization's members once. A plan without changes costs the same
// as by UUIDs.
func TestRoleName_requests(t *testing.T) {
	t.Parallel()
	const roles, users = 10, 10
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.Users(users))
	c := newCore(t, bed)
	for role := range roles {
		for user := range users {
			c.Declare(fmt.Sprintf("posthog_role_membership.r%du%d", role, user), map[string]any{"role_name": fmt.Sprintf("Role %d", role), "user_email": bed.email(user)})
		}
	}
	c.Must(c.Plan())
	if n := bed.hog.CountRequests(""); n > roles+3 {
		t.Errorf("the plan of the creates made %d requests, want at most %d", n, roles+3)
	}
	c.Must(c.Apply())
	bed.hog.ForgetRequests()
	c.ExpectNoChanges()
	bed.hog.ExpectRequests(t, "", roles)
}
