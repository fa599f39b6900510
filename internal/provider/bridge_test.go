package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// newBridge returns a bridge to the PostHog of a testbed.
func newBridge(t *testing.T, bed *testbed) *terraformcore.Bridge {
	t.Helper()
	return terraformcore.NewBridge(newCore(t, bed))
}

const (
	renamed      = "posthog_role_membership.renamed"
	renamedWhole = "posthog_role_members.renamed"
)

// A membership that changes its role or user is updated in place, so that a client never asks for a create beside what is in
// state. The plan comes twice in one process.
func TestBridge_changesInPlace(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]struct{ role, user int }{"user": {0, 1}, "role": {1, 0}, "role and user": {1, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, fakeposthog.Roles(2))
			role, user := bed.hog.Role(to.role), bed.hog.User(to.user).UUID
			b := newBridge(t, bed)
			b.Must(b.Create(one, membershipOf(bed.role, bed.user)))
			b.Restart()
			change, said := b.Diff(one, membershipOf(role, user))
			b.Must(said)
			if change.Action != terraformcore.Update {
				t.Fatalf("it is planned to %s (%v), want an update", change.Action, change.Replacing)
			}
			bed.hog.ForgetRequests()
			b.Must(b.Update(one, membershipOf(role, user)))
			bed.expectWrites(t, "POST role_memberships", "DELETE role_membership")
			if bed.hog.IsMember(bed.role, bed.user) || !bed.hog.IsMember(role, user) {
				t.Error("the membership has not moved")
			}
			// Another resource, without state, in the same process.
			b.Must(b.Create(renamed, membershipOf(role, bed.hog.User(2).UUID)))
			if !bed.hog.IsMember(role, bed.hog.User(2).UUID) || !bed.hog.IsMember(role, user) {
				t.Error("not both are in the role")
			}
		})
	}
}

// All members of a role move in place, too.
func TestBridge_roleMembersChangeRoleInPlace(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(2))
	to := bed.hog.Role(1)
	b := newBridge(t, bed)
	b.Must(b.Create(wholeAddress, membersOfRole(bed.role, bed.email(0), bed.email(1))))
	b.Restart()
	change, said := b.Diff(wholeAddress, membersOfRole(to, bed.email(0), bed.email(1)))
	b.Must(said)
	if change.Action != terraformcore.Update {
		t.Fatalf("it is planned to %s (%v), want an update", change.Action, change.Replacing)
	}
	bed.hog.ForgetRequests()
	b.Must(b.Update(wholeAddress, membersOfRole(to, bed.email(0), bed.email(1))))
	post, remove := "POST role_memberships", "DELETE role_membership"
	bed.expectWrites(t, post, post, remove, remove)
	if n := len(bed.hog.Members(bed.role)); n > 0 || len(bed.hog.Members(to)) != 2 {
		t.Error("the members have not moved")
	}
}

// Two resources have one membership or role in state, because a rename was interrupted. The next run deletes the old one, without
// private state and without a plan.
func TestBridge_deleteLeavesWhatAnotherHas(t *testing.T) {
	t.Parallel()
	single := func(bed *testbed) map[string]any { return membershipOf(bed.role, bed.user) }
	whole := func(bed *testbed) map[string]any { return membersOfRole(bed.role, bed.email(0), bed.email(1)) }
	for name, test := range map[string]struct {
		old, kept string // addresses
		leaves    []int  // who stays in the role
	}{
		"a membership":                          {one, renamed, []int{0}},
		"all members":                           {wholeAddress, renamedWhole, []int{0, 1}},
		"a membership in a role with all":       {one, renamedWhole, []int{0, 1}},
		"all members of a role with membership": {wholeAddress, renamed, []int{0}},
	} {
		attributes := func(bed *testbed, address string) map[string]any {
			if strings.HasPrefix(address, "posthog_role_members.") {
				return whole(bed)
			}
			return single(bed)
		}
		for how, has := range map[string]func(b *terraformcore.Bridge, bed *testbed){
			"declared in this process": func(b *terraformcore.Bridge, bed *testbed) {
				change, said := b.Diff(test.kept, attributes(bed, test.kept))
				b.Must(said)
				if change.Action != terraformcore.NoOp {
					b.T.Fatalf("it is planned to %s, want nothing", change.Action)
				}
			},
			"created in this process": func(b *terraformcore.Bridge, bed *testbed) {
				delete(b.State, test.kept)
				b.Must(b.Create(test.kept, attributes(bed, test.kept)))
			},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				bed := fake(t)
				b := newBridge(t, bed)
				b.Configure("adopt_existing", true)
				for _, address := range []string{test.old, test.kept} {
					b.Restart()
					b.Must(b.Create(address, attributes(bed, address)))
				}
				b.Restart()
				bed.hog.ForgetHistory()
				has(b, bed)
				result := b.Must(b.Delete(test.old))
				var in []int
				for i := range 3 {
					if bed.hog.IsMember(bed.role, bed.hog.User(i).UUID) {
						in = append(in, i)
					}
				}
				if !slices.Equal(in, test.leaves) {
					t.Errorf("the members are %v, want %v: %s", in, test.leaves, result)
				}
				if result.Warnings() == "" {
					t.Error("nothing says that a user was left in the role")
				}
				for _, i := range test.leaves {
					if bed.hog.EverOut(bed.role, bed.hog.User(i).UUID) {
						t.Errorf("user %d was out of the role", i)
					}
				}
				if _, there := b.State[test.old]; there {
					t.Error("the resource is still in state")
				}
			})
		}
	}
}

// A delete without private state removes what no other resource of the process has.
func TestBridge_deleteRemovesWhatNoOtherHas(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"a membership": one, "all members": wholeAddress} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, fakeposthog.Roles(2))
			attributes := func(role string) map[string]any {
				if address == one {
					return membershipOf(role, bed.user)
				}
				return membersOfRole(role, bed.email(0))
			}
			other := strings.Replace(address, ".", ".other_", 1)
			b := newBridge(t, bed)
			b.Must(b.Create(address, attributes(bed.role)))
			b.Must(b.Create(other, attributes(bed.hog.Role(1))))
			b.Restart()
			_, said := b.Diff(other, attributes(bed.hog.Role(1)))
			b.Must(said)
			b.Must(b.Delete(address))
			if bed.hog.IsMember(bed.role, bed.user) || !bed.hog.IsMember(bed.hog.Role(1), bed.user) {
				t.Error("not the right membership was removed")
			}
		})
	}
}

// "pulumi up --refresh" reads and plans each resource in state, and then deletes those that are not in the program, in one process.
func TestBridge_deleteAfterRefresh(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"a membership": one, "all members": wholeAddress} {
		for _, hasAnother := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, another resource has it: %t", name, hasAnother), func(t *testing.T) {
				t.Parallel()
				bed := fake(t)
				attributes := membershipOf(bed.role, bed.user)
				if address == wholeAddress {
					attributes = membersOfRole(bed.role, bed.email(0))
				}
				b := newBridge(t, bed)
				b.Configure("adopt_existing", true)
				b.Must(b.Create(address, attributes))
				refreshed := []string{address}
				if hasAnother {
					another := strings.Replace(address, ".", ".another_", 1)
					b.Restart()
					b.Must(b.Create(another, attributes))
					refreshed = append(refreshed, another)
				}
				b.Restart()
				for _, each := range refreshed {
					b.Must(b.Read(each))
				}
				b.Diff(refreshed[len(refreshed)-1], attributes)
				b.Must(b.Delete(address))
				if bed.hog.IsMember(bed.role, bed.user) != hasAnother {
					t.Errorf("whether the user is in the role: %t, want %t", !hasAnother, hasAnother)
				}
			})
		}
	}
}

// Without private state nobody knows which organization "@current" meant. A delete that does not find the role there must not say
// that the role is empty.
func TestBridge_deleteInAnotherCurrentOrganization(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"a membership": one, "all members": wholeAddress} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			attributes := membershipOf(bed.role, bed.user)
			if address == wholeAddress {
				attributes = membersOfRole(bed.role, bed.email(0))
			}
			attributes["organization_id"] = "@current"
			b := newBridge(t, bed)
			b.Must(b.Create(address, attributes))
			owner := bed.hog.Owner().UUID
			other := bed.hog.AddOrganization("Other")
			bed.hog.AddUserWith(other, fakeposthog.User{UUID: owner})
			bed.hog.SetLevel(other, owner, fakeposthog.LevelOwner)
			bed.hog.SetCurrentOrganization(owner, other)
			b.Restart()
			bed.hog.ForgetRequests()
			result := b.Delete(address)
			if !result.HasErrors() || !strings.Contains(result.Errors(), "@current") {
				t.Errorf("the delete does not fail for @current: %s", result)
			}
			bed.expectWrites(t)
			if _, there := b.State[address]; !there || !bed.hog.IsMember(bed.role, bed.user) {
				t.Fatal("the user or the resource is gone")
			}
			bed.hog.SetCurrentOrganization(owner, bed.organization)
			b.Restart()
			b.Must(b.Delete(address))
			if bed.hog.IsMember(bed.role, bed.user) {
				t.Error("the user is still in the role")
			}
		})
	}
}

// membersOfRole is the configuration of all members of a role, by email.
func membersOfRole(role string, emails ...string) map[string]any {
	return map[string]any{"role_id": role, "users": emails}
}

// expectWrites fails the test unless the writes since the last ForgetRequests are of these kinds, in this order.
func (b *testbed) expectWrites(t *testing.T, want ...string) {
	t.Helper()
	var writes []string
	for _, request := range b.hog.Requests() {
		if !strings.HasPrefix(request.Kind, "GET ") {
			writes = append(writes, request.Kind)
		}
	}
	if !slices.Equal(writes, want) {
		t.Errorf("the writes are %s, want %s", fmt.Sprint(writes), fmt.Sprint(want))
	}
}
