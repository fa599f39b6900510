package roster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A resource changes its address: Terraform creates the new one and destroys the old one, in any order. The user stays in the role.
func TestClaims_memberOfAnotherResourceIsNotRemoved(t *testing.T) {
	add := func(t *testing.T, rosters *Rosters) {
		if membership, _, err := rosters.Add(t.Context(), role, alice, "new", true); err != nil || membership.User.UUID != alice {
			t.Error(membership, err)
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
		"the destroy starts during the create": func(t *testing.T, a *api, rosters *Rosters, id string) {
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
		"the create starts during the destroy": func(t *testing.T, a *api, rosters *Rosters, id string) {
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
		"the create starts during the destroy, and the user is added in the web app": func(t *testing.T, a *api, rosters *Rosters, id string) {
			if _, _, err := rosters.CachedMembership(t.Context(), role, alice); err != nil {
				t.Error(err)
			}
			release := make(chan struct{})
			a.remove = func(_ context.Context, _ int, id string) error {
				<-release
				a.removeMember(id)
				a.addMember(alice)
				return nil
			}
			var group sync.WaitGroup
			group.Go(func() { remove(t, rosters, id, false) })
			synctest.Wait()
			group.Go(func() { add(t, rosters) })
			synctest.Wait()
			close(release)
			group.Wait()
		},
		"the create runs while the destroy reads the role": func(t *testing.T, a *api, rosters *Rosters, id string) {
			a.removeMember(id) // In the web app, so that the delete is answered 404 and the role is read.
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
					t.Error("Alice was removed from the role")
				}
			})
		})
	}
}

func TestClaims_resourceRemovesItsOwnMember(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	membership, _, err := rosters.Add(t.Context(), role, alice, "one", false)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := rosters.Remove(t.Context(), role, membership.ID, alice, "one"); err != nil || kept || a.isMember(alice) {
		t.Errorf("kept: %t, %v; Alice is in the role: %t", kept, err, a.isMember(alice))
	}
	// No resource holds the membership now, so another resource may add and remove it.
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

// A failed create releases its claim, so another resource may add the user. Until then, the plan protects the membership from a removal.
func TestClaims_releasedByAFailedCreate(t *testing.T) {
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
		t.Errorf("another resource cannot add the user: %v", err)
	}
}

func TestClaims_releasedByARefusedCreate(t *testing.T) {
	a := newAPI()
	a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
		if n == 1 {
			return posthog.Membership{}, unknownUser
		}
		return a.addMember(user), nil
	}
	rosters := a.rosters()
	if _, _, err := rosters.Add(t.Context(), role, alice, "one", false); !errors.Is(err, unknownUser) {
		t.Errorf("the error is %v", err)
	}
	if _, _, err := rosters.Add(t.Context(), role, alice, "two", false); err != nil {
		t.Errorf("another resource cannot add the user: %v", err)
	}
}

// Once this process has written a membership, another resource can release it without a conflict.
func TestClaims_writesEndConflicts(t *testing.T) {
	for name, test := range map[string]struct {
		write func(rosters *Rosters, id string) error
		want  ownership.Conflict
	}{
		"adopted": {want: ownership.NoConflict, write: func(rosters *Rosters, _ string) error {
			_, _, err := rosters.Add(t.Context(), role, alice, "new", true)
			return err
		}},
		"not adopted": {want: ownership.Moved, write: func(rosters *Rosters, _ string) error {
			_, _, err := rosters.Add(t.Context(), role, alice, "new", false)
			if _, ok := errors.AsType[*ExistsError](err); ok {
				return nil
			}
			return err
		}},
		"kept": {want: ownership.NoConflict, write: func(rosters *Rosters, _ string) error {
			_, found, err := rosters.Keep(t.Context(), role, alice, "new")
			if !found {
				t.Error("the membership is not found")
			}
			return err
		}},
		"not kept": {want: ownership.Moved, write: func(rosters *Rosters, id string) error {
			rosters.client.(*api).removeMember(id)
			_, found, err := rosters.Keep(t.Context(), role, alice, "new")
			if found {
				t.Error("a missing membership is found")
			}
			return err
		}},
		"removed": {want: ownership.NoConflict, write: func(rosters *Rosters, id string) error {
			_, err := rosters.Remove(t.Context(), role, id, alice, "new")
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			id := a.addMember(alice).ID
			plan := &ownership.Plan{}
			member := ownership.Member{Role: role, UserUUID: alice}
			plan.Declare(member, "new", true)
			if err := test.write(New(a, plan), id); err != nil {
				t.Fatal(err)
			}
			if got := plan.Release(member, "old"); got != test.want {
				t.Errorf("the conflict is %d, want %d", got, test.want)
			}
		})
	}
}

// Users that another resource holds or declares are no sign of an outage: every write of the batch gets its own error.
func TestClaims_conflictsDoNotStopABatch(t *testing.T) {
	const n = 100
	a := newAPI()
	plan := &ownership.Plan{}
	rosters := New(a, plan)
	if err := rosters.Claim(t.Context(), role, testUsers(n), "other"); err != nil {
		t.Fatal(err)
	}
	var members []posthog.Membership
	for i := range n {
		members = append(members, a.addMember(fmt.Sprintf("user %d", i)))
		plan.Declare(ownership.Member{Role: role, UserUUID: members[i].User.UUID}, "other", true)
	}
	added := rosters.Reconcile(t.Context(), Change{Role: role, Holder: "members", Add: testUsers(n)})
	removed := rosters.Reconcile(t.Context(), Change{Role: role, Holder: "members", Remove: members})
	failures := slices.Concat(added.Failures, removed.Failures)
	for _, failure := range failures {
		if _, skipped := errors.AsType[*SkippedAfterFailuresError](failure.Err); skipped {
			t.Errorf("the failure is %v", failure.Err)
		}
	}
	if len(failures) != 2*n {
		t.Errorf("%d failures, want %d", len(failures), 2*n)
	}
	a.expect(t, "backoff", 0)
}

// A resource that has a membership in state, and declares it, protects it from the removal by another resource.
func TestRemove_keepsMemberOfAnotherResource(t *testing.T) {
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

func TestClaims_interruptedWhileWaitingForTheLock(t *testing.T) {
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
