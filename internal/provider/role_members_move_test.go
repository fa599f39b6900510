package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// A roleMoving is a role with users 0 and 1 in state, and user 9 beside them, and another role to move to.
type roleMoving struct {
	wholeRoleCore
	other, third string
}

func newRoleMoving(t *testing.T) roleMoving {
	t.Helper()
	m := roleMoving{wholeRoleCore: wholeRoleInCore(t, fakeposthog.Roles(3))}
	m.other, m.third = m.hog.Role(1), m.hog.Role(2)
	m.joined(9)
	m.declare(m.emails(0, 2), "ignored_users", []string{m.email(9)})
	m.MustApply()
	m.hog.ForgetRequests()
	return m
}

// moveTo declares the same users in another role.
func (m roleMoving) moveTo(role string) {
	m.declare(m.emails(0, 2), "role_id", role)
}

// expectInRole fails the test unless exactly these users are in a role.
func (m roleMoving) expectInRole(role string, users ...int) {
	m.T.Helper()
	got, want := map[string]bool{}, map[string]bool{}
	for _, member := range m.hog.Members(role) {
		got[member.Email] = true
	}
	for _, user := range users {
		want[m.email(user)] = true
	}
	if !maps.Equal(got, want) {
		m.T.Errorf("in role %s are %v, want %v", role, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// halfDone applies a move whose removals fail.
func (m roleMoving) halfDone() {
	m.T.Helper()
	m.moveTo(m.other)
	m.hog.Inject(fakeposthog.Fault{On: "DELETE role_membership", Times: fakeposthog.Forever, Do: fakeposthog.Error(409, "server_error", "conflict", "No.", "")})
	result := m.Apply()
	m.hog.ClearFaults()
	if !acctest.Message("Unable to change role members", "next apply finishes the move").MatchString(result.Errors()) || m.Attribute(wholeAddress, "role_id") != m.role {
		m.T.Fatalf("the move is not half done: %s", result)
	}
	m.expect(0, 1, 9)
	m.expectInRole(m.other, 0, 1)
}

// The users are added to the new role first. Its other members stay until a plan has listed them.
func TestRoleMembersMove(t *testing.T) {
	t.Parallel()
	m := newRoleMoving(t)
	m.hog.Join(m.other, m.hog.User(5).UUID)
	m.moveTo(m.other)
	result := m.Must(m.Apply())
	if result.Action(wholeAddress) != terraformcore.Update || !acctest.Message("Users move to another role", "adds 2 users to role Role 1", "removes 2 users from role Role 0", m.email(5)).MatchString(result.Warnings()) {
		t.Errorf("the plan says something else: %s", result)
	}
	acctest.ExpectAddedFirst(t, m.hog)
	m.expect(9)
	m.expectInRole(m.other, 0, 1, 5)
	m.expectPlan(nil, []int{5})
	m.MustApply()
	m.expectInRole(m.other, 0, 1)
}

// If a user cannot be added to the new role, no user is removed from the old one, and the state stays.
func TestRoleMembersMove_additionFails(t *testing.T) {
	t.Parallel()
	m := newRoleMoving(t)
	m.moveTo(m.other)
	m.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Skip: 1, Times: fakeposthog.Forever, Do: fakeposthog.Error(500, "server_error", "error", "No.", "")})
	result := m.fails(m.Apply())
	if !acctest.Message("Perhaps added", "No member is removed from role Role 0", "until every user has been added").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
	m.hog.ExpectRequests(t, "DELETE role_membership", 0)
	m.hog.ClearFaults()
	m.expect(0, 1, 9)
	// Reverted, the user who was added is removed again.
	m.declare(m.emails(0, 2), "ignored_users", []string{m.email(9)})
	m.MustApply()
	m.expectInRole(m.other)
	m.expect(0, 1, 9)
}

func TestRoleMembersMove_halfDone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		next           func(m roleMoving)
		old, new, last []int
	}{
		"is finished":             {func(m roleMoving) { m.MustApply() }, []int{9}, []int{0, 1}, nil},
		"is reverted":             {func(m roleMoving) { m.moveTo(m.role); m.MustApply() }, []int{0, 1}, nil, nil},
		"is destroyed":            {func(m roleMoving) { m.Must(m.Destroy()) }, []int{9}, nil, nil},
		"goes to a third role":    {func(m roleMoving) { m.moveTo(m.third); m.MustApply() }, []int{9}, nil, []int{0, 1}},
		"the old role is deleted": {func(m roleMoving) { m.hog.DeleteRole(m.role); m.MustApply() }, nil, []int{0, 1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newRoleMoving(t)
			m.halfDone()
			m.hog.ForgetRequests()
			test.next(m)
			m.hog.ExpectRequests(t, "POST role_memberships", len(test.last))
			if name != "the old role is deleted" {
				m.expectInRole(m.role, test.old...)
			}
			m.expectInRole(m.other, test.new...)
			m.expectInRole(m.third, test.last...)
		})
	}
}

// -replace and taint of an unchanged role send nothing.
func TestRoleMembersReplace_sendsNothing(t *testing.T) {
	t.Parallel()
	for _, tainted := range []bool{false, true} {
		m := newRoleMoving(t)
		if tainted {
			m.Taint(wholeAddress)
		} else {
			m.Replace[wholeAddress] = true
		}
		if result := m.Must(m.Apply()); result.Action(wholeAddress) != terraformcore.Replace {
			t.Errorf("it is not replaced: %s", result)
		}
		clear(m.Replace)
		m.ExpectNoChanges()
		m.hog.ExpectRequests(t, "POST role_memberships", 0)
		m.hog.ExpectRequests(t, "DELETE role_membership", 0)
	}
}

// The server goes down between the two halves of a replacement: the state is kept.
func TestRoleMembersReplace_serverGoesDown(t *testing.T) {
	t.Parallel()
	for skip := range 5 {
		m := newRoleMoving(t)
		m.declare([]string{strings.ToUpper(m.email(0)), m.email(1)}, "ignored_users", []string{m.email(9)})
		m.MustApply()
		m.Replace[wholeAddress] = true
		plan := m.Must(m.Plan())
		m.hog.Inject(fakeposthog.Fault{Skip: skip, Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
		result := m.ApplyPlan(plan)
		m.hog.ClearFaults()
		if len(m.State) != 1 {
			t.Errorf("after %d requests the state is empty: %s", skip, result)
		}
		m.expect(0, 1, 9)
	}
}

// -replace with a role that is known only after apply must not empty the role.
func TestRoleMembersReplace_withUnknownRole(t *testing.T) {
	t.Parallel()
	m := newRoleMoving(t)
	m.declare(m.emails(0, 2), "role_id", terraformcore.Unknown)
	m.Replace[wholeAddress] = true
	if result := m.Plan(); !acctest.Message("Replacement not known yet").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}
