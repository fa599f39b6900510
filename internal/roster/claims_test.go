package roster

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// The address of a resource changes: Terraform creates the new one and destroys the old one, in any order. The user is in
// the role afterwards.
func TestClaims_whoIsAddedForOneIsNotRemovedForAnother(t *testing.T) {
	add := func(t *testing.T, rosters *Rosters) {
		if _, _, err := rosters.Add(t.Context(), role, alice, "new", true); err != nil {
			t.Error(err)
		}
	}
	remove := func(t *testing.T, rosters *Rosters, id string, wantKept bool) {
		if kept, err := rosters.Remove(t.Context(), role, id, alice, "old"); err != nil || kept != wantKept {
			t.Errorf("kept: %t, %v; want %t", kept, err, wantKept)
		}
	}
	for name, run := range map[string]func(t *testing.T, a *api, rosters *Rosters, id string){
		"adopted, then destroyed": func(t *testing.T, a *api, rosters *Rosters, id string) {
			add(t, rosters)
			remove(t, rosters, id, true)
			a.expect(t, "delete", 0)
		},
		"destroyed, then created": func(t *testing.T, a *api, rosters *Rosters, id string) {
			remove(t, rosters, id, false)
			add(t, rosters)
		},
		"the destroy begins while the create is on its way": func(t *testing.T, a *api, rosters *Rosters, id string) {
			release := make(chan struct{})
			a.create = func(context.Context, int, string) (posthog.Membership, error) {
				<-release
				return posthog.Membership{}, duplicate
			}
			var group sync.WaitGroup
			group.Go(func() { add(t, rosters) })
			synctest.Wait()
			group.Go(func() { remove(t, rosters, id, true) })
			synctest.Wait()
			close(release)
			group.Wait()
			a.expect(t, "delete", 0)
		},
		"the create begins while the destroy is on its way": func(t *testing.T, a *api, rosters *Rosters, id string) {
			release := make(chan struct{})
			a.remove = func(_ context.Context, _ int, id string) error {
				<-release
				a.removeMember(id)
				return nil
			}
			var group sync.WaitGroup
			group.Go(func() { remove(t, rosters, id, false) })
			synctest.Wait()
			group.Go(func() { add(t, rosters) })
			synctest.Wait()
			a.expect(t, "create", 0)
			close(release)
			group.Wait()
		},
		"the destroy looks while the create makes another membership": func(t *testing.T, a *api, rosters *Rosters, id string) {
			a.removeMember(id) // In the web app, so that the delete is answered 404 and looks.
			release := make(chan struct{})
			a.whenRead = func(context.Context, int) (posthog.Role, error) { <-release; return a.snapshot(), nil }
			var group sync.WaitGroup
			group.Go(func() { remove(t, rosters, id, false) })
			synctest.Wait()
			group.Go(func() { add(t, rosters) })
			synctest.Wait()
			close(release)
			group.Wait()
			a.expect(t, "delete", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAPI()
				id := a.addMember(alice).ID
				run(t, a, a.rosters(), id)
				if !a.isMember(alice) {
					t.Error("Alice is out of the role")
				}
			})
		})
	}
}

func TestClaims_aResourceRemovesWhatItHasAdded(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	membership, _, err := rosters.Add(t.Context(), role, alice, "one", false)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := rosters.Remove(t.Context(), role, membership.ID, alice, "one"); err != nil || kept || a.isMember(alice) {
		t.Errorf("kept: %t, %v; Alice is in the role: %t", kept, err, a.isMember(alice))
	}
	// Nobody has her there any more, so that another resource may add and remove her.
	again, _, err := rosters.Add(t.Context(), role, alice, "two", false)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := rosters.Remove(t.Context(), role, again.ID, alice, "two"); err != nil || kept || a.isMember(alice) {
		t.Errorf("kept: %t, %v; Alice is in the role: %t", kept, err, a.isMember(alice))
	}
}

func TestClaims_twoResourcesAddOneMember(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	if _, _, err := rosters.Add(t.Context(), role, alice, "one", true); err != nil {
		t.Fatal(err)
	}
	_, _, err := rosters.Add(t.Context(), role, alice, "two", true)
	if _, ok := errors.AsType[*AlreadyClaimedError](err); !ok {
		t.Errorf("the error is %v", err)
	}
	a.expect(t, "create", 1)
}

// A failed create holds nothing, so that another resource may add the user. Until then the plan keeps the user in the role.
func TestClaims_ofACreateThatFailed(t *testing.T) {
	a := newAPI()
	id := a.addMember(alice).ID
	plan := &ownership.Plan{}
	plan.Declare(ownership.Member{Role: role, UserUUID: alice}, "new", true)
	rosters := New(a, plan)
	if _, _, err := rosters.Add(t.Context(), role, alice, "new", false); err == nil {
		t.Fatal("the membership of another resource was adopted")
	}
	kept, err := rosters.Remove(t.Context(), role, id, alice, "old")
	if _, wanted := errors.AsType[*StillWantedError](err); !wanted || kept || !a.isMember(alice) {
		t.Errorf("kept: %t, %v; Alice is in the role: %t", kept, err, a.isMember(alice))
	}
	if _, _, err := rosters.Add(t.Context(), role, alice, "newer", true); err != nil {
		t.Errorf("the second try failed: %v", err)
	}
}

// A resource that has a membership in state, and keeps it, protects it from the delete of another resource.
func TestRemove_leavesWhatAnotherResourceKeeps(t *testing.T) {
	a := newAPI()
	id := a.addMember(alice).ID
	plan := &ownership.Plan{}
	plan.Declare(ownership.Member{Role: role, UserUUID: alice}, "other", false)
	kept, err := New(a, plan).Remove(t.Context(), role, id, alice, "own")
	if !kept || err != nil || !a.isMember(alice) {
		t.Errorf("kept: %t, %v; Alice is in the role: %t", kept, err, a.isMember(alice))
	}
	a.expect(t, "delete", 0)
}

func TestClaims_whoWaitsForATurnCanGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		release := make(chan struct{})
		a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
			<-release
			return a.addMember(user), nil
		}
		rosters := a.rosters()
		var group sync.WaitGroup
		group.Go(func() {
			if _, _, err := rosters.Add(t.Context(), role, alice, "one", false); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, interrupt := context.WithCancel(t.Context())
		group.Go(func() {
			if _, err := rosters.Remove(ctx, role, "", alice, "two"); !is(posthog.ReasonInterrupted)(err) {
				t.Errorf("the error is %v", err)
			}
		})
		synctest.Wait()
		interrupt()
		synctest.Wait()
		close(release)
		group.Wait()
		a.expect(t, "delete", 0)
	})
}
