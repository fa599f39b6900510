package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// A moving is a membership in state, and the configuration of another place for it.
type moving struct {
	*terraformcore.Core
	bed      *testbed
	from, to map[string]any
}

// newMoving returns a membership of user 0 in role 0 that moves to role 1.
func newMoving(t *testing.T) *moving {
	t.Helper()
	bed := fake(t, fakeposthog.Roles(3))
	m := &moving{newCore(t, bed), bed, membershipOf(bed.role, bed.user), membershipOf(bed.hog.Role(1), bed.user)}
	m.Declare(one, m.from)
	m.MustApply()
	bed.hog.ForgetHistory()
	bed.hog.ForgetRequests()
	return m
}

// halfDone applies a move whose removal fails, so that the user is in both roles.
func (m *moving) halfDone() {
	m.T.Helper()
	m.Declare(one, m.to)
	m.bed.hog.Inject(fakeposthog.Fault{On: "DELETE role_membership", Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
	result := m.Apply()
	m.bed.hog.ClearFaults()
	if !acctest.Message("Unable to remove user from role", "Role 1", "already", "next apply finishes the move").MatchString(result.Errors()) {
		m.T.Fatalf("the move is not half done: %s", result)
	}
	m.expectIn(0, 1)
	m.expectState(m.from)
}

// expectState fails the test unless the state has the role and the user of a configuration.
func (m *moving) expectState(want map[string]any) {
	m.T.Helper()
	for name, value := range want {
		if m.Attribute(one, name) != value {
			m.T.Errorf("the state has %s %v, want %v", name, m.Attribute(one, name), value)
		}
	}
}

// expectIn fails the test unless user 0 is in these roles and no others.
func (m *moving) expectIn(roles ...int) {
	m.T.Helper()
	want := map[int]bool{}
	for _, i := range roles {
		want[i] = true
	}
	got := map[int]bool{}
	for i := range 3 {
		if m.bed.hog.IsMember(m.bed.hog.Role(i), m.bed.user) {
			got[i] = true
		}
	}
	if !maps.Equal(got, want) {
		m.T.Errorf("the user is in the roles %v, want %v", got, want)
	}
}

// If the user cannot be added in the new place, nothing is removed, and the state stays.
func TestMove_additionFails(t *testing.T) {
	t.Parallel()
	for name, action := range map[string]fakeposthog.Action{
		"500": fakeposthog.Error(500, "server_error", "error", "No.", ""), "502": fakeposthog.BadGateway(), "closed": fakeposthog.CloseBefore(),
		"refused": fakeposthog.Error(400, "validation_error", "invalid_input", "User does not exist.", ""),
		"denied":  fakeposthog.Error(403, "authentication_error", "permission_denied", "Your organization access level is insufficient.", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t)
			before := m.State[one]
			m.Declare(one, m.to)
			m.bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Times: fakeposthog.Forever, Do: action})
			if result := m.Apply(); !acctest.Message("user0@example.com", "stays in role Role 0").MatchString(result.Errors()) {
				t.Errorf("the message is another: %s", result)
			}
			m.expectIn(0)
			m.bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
			if after := m.State[one]; !maps.Equal(before.Attributes, after.Attributes) || m.Identity(one)["role_id"] != m.bed.role {
				t.Errorf("the state is %v, and was %v", after, before)
			}
			m.bed.hog.ClearFaults()
			m.MustApply()
			m.expectIn(1)
		})
	}
}

// A deactivated user can be removed, and never added again: a move must not begin with the removal.
func TestMove_deactivatedUser(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.bed.hog.DeactivateUser(m.bed.user)
	m.Declare(one, m.to)
	result := m.Apply()
	if !acctest.Message("User is not in the organization").MatchString(result.Warnings()) || !acctest.Message("Unable to move user", "User does not exist.").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
	m.expectIn(0)
	m.expectState(m.from)
}

// A half-done move is finished without another addition.
func TestMove_isFinished(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.halfDone()
	m.bed.hog.ForgetRequests()
	if result := m.MustApply(); result.Action(one) != terraformcore.Update {
		t.Errorf("it is not finished: %s", result)
	}
	m.bed.hog.ExpectRequests(t, "POST role_memberships", 0)
	m.bed.hog.ExpectRequests(t, "DELETE role_membership", 1)
	m.expectIn(1)
	m.expectState(m.to)
}

func TestMove_isReverted(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.halfDone()
	m.Declare(one, m.from)
	if result := m.Must(m.Plan()); !acctest.Message("Unfinished move is undone", m.bed.hog.Role(1)).MatchString(result.Warnings()) {
		t.Errorf("the plan does not warn: %s", result)
	}
	m.MustApply()
	m.expectIn(0)
	m.expectState(m.from)
}

func TestMove_isDestroyedHalfDone(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.halfDone()
	m.Must(m.Destroy())
	m.expectIn()
}

func TestMove_goesToAThirdPlace(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.halfDone()
	m.Declare(one, membershipOf(m.bed.hog.Role(2), m.bed.user))
	m.MustApply()
	m.expectIn(2)
}

// The old membership is removed by hand: the one that the move has added is found by the next refresh.
func TestMove_oldMembershipIsRemovedByHand(t *testing.T) {
	t.Parallel()
	for name, deleted := range map[string]bool{"the user is removed": false, "the role is deleted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t)
			m.halfDone()
			if deleted {
				m.bed.hog.DeleteRole(m.bed.role)
			} else {
				m.bed.hog.Leave(m.bed.role, m.bed.user)
			}
			m.bed.hog.ForgetRequests()
			m.ExpectNoChanges()
			m.Must(m.RefreshOnly())
			m.expectState(m.to)
			m.Must(m.Destroy())
			if m.bed.hog.IsMember(m.bed.hog.Role(1), m.bed.user) {
				t.Error("the user is still in the new role")
			}
		})
	}
}

// A membership that a half-done move has adopted, and not added, is not removed when the move is reverted.
func TestMove_adoptedMembershipStays(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.Configure("adopt_existing", true)
	m.bed.hog.Join(m.bed.hog.Role(1), m.bed.user)
	m.halfDone()
	m.Declare(one, m.from)
	m.MustApply()
	m.expectIn(0, 1)
}

// A move onto a membership that exists fails the plan: an import block cannot help, because the address is taken.
func TestMove_ontoAMembershipThatExists(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.bed.hog.Join(m.bed.hog.Role(1), m.bed.user)
	m.Declare(one, m.to)
	result := m.Plan()
	if !acctest.Message("Error: User is already in the role", "An import block cannot help", "adopt_existing = true").MatchString(result.Errors()) || strings.Contains(result.Errors(), "import {") {
		t.Errorf("the message is another: %s", result)
	}
	m.Configure("adopt_existing", true)
	if result := m.MustApply(); !acctest.Message("Existing membership adopted").MatchString(result.Warnings()) {
		t.Errorf("the apply does not warn: %s", result)
	}
	m.expectIn(1)
	acctest.ExpectAddedFirst(t, m.bed.hog)
}

// The answer to the addition is lost, and nothing can be read after it: the user may be in both roles, and the next apply settles it.
func TestMove_unclearAddition(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{"goes on": "to", "is reverted": "from"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t)
			m.Declare(one, m.to)
			plan := m.Must(m.Plan())
			m.bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Times: fakeposthog.Forever, Do: fakeposthog.CloseAfter()})
			m.bed.hog.Inject(fakeposthog.Fault{On: "GET role", Skip: 1, Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
			if result := m.ApplyPlan(plan); !acctest.Message("Membership may have been created").MatchString(result.Errors()) {
				t.Errorf("the message is another: %s", result)
			}
			m.bed.hog.ClearFaults()
			m.expectIn(0, 1)
			if config == "from" {
				m.Declare(one, m.from)
				m.MustApply()
				m.expectIn(0)
				return
			}
			m.MustApply()
			m.expectIn(1)
		})
	}
}

// Two addresses swap their users. Neither order of the two is safe, so the plan fails.
func TestMove_swap(t *testing.T) {
	t.Parallel()
	const other = "posthog_role_membership.other"
	for _, adopts := range []bool{false, true} {
		m := newMoving(t)
		m.Configure("adopt_existing", adopts)
		second := membershipOf(m.bed.role, m.bed.hog.User(1).UUID)
		m.Declare(other, second)
		m.MustApply()
		m.bed.hog.ForgetRequests()
		m.Declare(one, second)
		m.Declare(other, m.from)
		if result := m.Plan(); !acctest.Message("Membership moves to another address", "terraform state mv").MatchString(result.Errors()) {
			t.Errorf("the message is another: %s", result)
		}
		m.bed.hog.ExpectRequests(t, "POST role_memberships", 0)
		m.bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
	}
}

// -replace with a role that is known only after apply could empty the state.
func TestMove_replaceWithUnknownRole(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.Declare(one, map[string]any{"role_id": terraformcore.Unknown, "user_uuid": m.bed.user})
	m.Replace[one] = true
	if result := m.Plan(); !acctest.Message("Replacement not known yet", "Apply first without -replace").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}

// -replace and taint of an unchanged membership send nothing, also with a key that cannot list the organization's members, and for
// a user who is deactivated.
func TestReplace_sendsNothing(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(m *moving){
		"full key": func(*moving) {},
		"narrow key": func(m *moving) {
			m.Configure("api_key", m.bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}}))
		},
		"deactivated user": func(m *moving) { m.bed.hog.DeactivateUser(m.bed.user) },
		"adopting":         func(m *moving) { m.Configure("adopt_existing", true) },
	} {
		for _, tainted := range []bool{false, true} {
			for _, config := range []string{"by UUID", "by email"} {
				t.Run(name+", "+config, func(t *testing.T) {
					t.Parallel()
					m := newMoving(t)
					if config == "by email" {
						m.Declare(one, memberByEmail(m.bed.role, m.bed.email(0)))
						m.MustApply()
					}
					arrange(m)
					m.bed.hog.ForgetRequests()
					if tainted {
						m.Taint(one)
					} else {
						m.Replace[one] = true
					}
					if result := m.Must(m.Apply()); result.Action(one) != terraformcore.Replace {
						t.Errorf("it is not replaced: %s", result)
					}
					clear(m.Replace)
					m.ExpectNoChanges()
					m.bed.hog.ExpectRequests(t, "POST role_memberships", 0)
					m.bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
					m.Must(m.Destroy())
					m.expectIn()
				})
			}
		}
	}
}

// -replace that also changes the role or the user removes the old membership.
func TestReplace_ofAnotherMembership(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.Declare(one, m.to)
	m.Replace[one] = true
	m.Must(m.Apply())
	clear(m.Replace)
	m.ExpectNoChanges()
	m.expectIn(1)
}

// The server goes down between the two halves of a replacement: the state is kept.
func TestReplace_serverGoesDown(t *testing.T) {
	t.Parallel()
	for skip := range 5 {
		m := newMoving(t)
		if skip%2 == 1 {
			m.Declare(one, memberByEmail(m.bed.role, strings.ToUpper(m.bed.email(0)))) // Found among the organization's members.
			m.MustApply()
		}
		m.Replace[one] = true
		plan := m.Must(m.Plan())
		m.bed.hog.Inject(fakeposthog.Fault{On: "", Skip: skip, Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
		result := m.ApplyPlan(plan)
		m.bed.hog.ClearFaults()
		if len(m.State) != 1 {
			t.Errorf("after %d requests the state is empty: %s", skip, result)
		}
		m.expectIn(0)
		clear(m.Replace)
		m.Must(m.Apply())
		m.ExpectNoChanges()
		m.expectIn(0)
	}
}
