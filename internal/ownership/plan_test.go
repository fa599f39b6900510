package ownership

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var (
	role  = posthog.RoleRef{OrganizationID: "o", ID: "r"}
	alice = Member{role, "alice"}
	bob   = Member{role, "bob"}
)

// Two calls on a plan, for the resources a and b, in both orders. The second call returns the conflict.
func TestPlan_conflicts(t *testing.T) {
	declare := func(m Member, holder string, isNew bool) func(*Plan) Conflict {
		return func(p *Plan) Conflict { return p.Declare(m, holder, isNew) }
	}
	release := func(m Member, holder string) func(*Plan) Conflict {
		return func(p *Plan) Conflict { return p.Release(m, holder) }
	}
	declareRole := func(holder string) func(*Plan) Conflict {
		return func(p *Plan) Conflict { return p.DeclareRole(role, holder, nil, false) }
	}
	releaseRole := func(holder string) func(*Plan) Conflict {
		return func(p *Plan) Conflict { return p.ReleaseRole(role, holder) }
	}
	for name, test := range map[string]struct {
		first, second func(*Plan) Conflict
		want          Conflict
	}{
		"one resource declares twice":          {declare(alice, "a", false), declare(alice, "a", true), NoConflict},
		"two users":                            {declare(alice, "a", true), declare(bob, "b", true), NoConflict},
		"two resources declare":                {declare(alice, "a", false), declare(alice, "b", true), DeclaredTwice},
		"added by a, removed by b":             {declare(alice, "a", true), release(alice, "b"), Moved},
		"kept by a, removed by b":              {declare(alice, "a", false), release(alice, "b"), DestroyedElsewhere},
		"one resource is replaced":             {declare(alice, "a", true), release(alice, "a"), NoConflict},
		"two resources declare a role":         {declareRole("a"), declareRole("b"), RoleDeclaredTwice},
		"a role of a, removed by b":            {declareRole("a"), releaseRole("b"), RoleMoved},
		"one role is replaced":                 {declareRole("a"), releaseRole("a"), NoConflict},
		"a role and a membership":              {declareRole("a"), declare(alice, "b", false), RoleAndMembership},
		"a role, and a membership is removed":  {declareRole("a"), release(alice, "b"), MembershipsDestroyed},
		"a role is removed, with a membership": {releaseRole("a"), declare(alice, "b", true), RoleDestroyed},
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range [][]func(*Plan) Conflict{{test.first, test.second}, {test.second, test.first}} {
				var p Plan
				if got := order[0](&p); got != NoConflict {
					t.Errorf("the first call returns %d", got)
				}
				if got := order[1](&p); got != test.want {
					t.Errorf("the second call returns %d, want %d", got, test.want)
				}
			}
		})
	}
}

// Once this process has written a membership or a role, the other resource causes no conflict.
func TestPlan_appliedMembershipsCauseNoConflict(t *testing.T) {
	var p Plan
	p.Declare(alice, "a", true)
	p.MarkApplied(alice)
	if got := p.Release(alice, "b"); got != NoConflict {
		t.Errorf("the release returns %d", got)
	}
	p.DeclareRole(posthog.RoleRef{ID: "other"}, "a", nil, true)
	p.MarkRoleApplied(posthog.RoleRef{ID: "other"})
	if got := p.ReleaseRole(posthog.RoleRef{ID: "other"}, "b"); got != NoConflict {
		t.Errorf("the release of the role returns %d", got)
	}
	if got := p.Release(Member{posthog.RoleRef{ID: "other"}, "bob"}, "c"); got != NoConflict {
		t.Errorf("the release of a membership of the role returns %d", got)
	}
}

func TestPlan_declaredByAnother(t *testing.T) {
	var p Plan
	p.Declare(alice, "a", true)
	p.DeclareRole(role, "members", map[string]bool{"bob": true}, true)
	for _, test := range []struct {
		member          Member
		holder          string
		declared, isNew bool
	}{
		{alice, "a", false, false}, {alice, "b", true, true}, {bob, "b", true, true}, {bob, "members", false, false}, {Member{role, "carol"}, "b", false, false},
	} {
		if declared, isNew := p.DeclaredByAnother(test.member, test.holder); declared != test.declared || declared && isNew != test.isNew {
			t.Errorf("%v for %s: %t, %t", test.member, test.holder, declared, isNew)
		}
	}
	p.MarkRoleApplied(role)
	if declared, isNew := p.DeclaredByAnother(bob, "b"); !declared || isNew {
		t.Errorf("after the apply of the role: %t, %t", declared, isNew)
	}
	if declared, isNew := p.RoleDeclaredByAnother(role, "b"); !declared || isNew {
		t.Errorf("the role: %t, %t", declared, isNew)
	}
}

func TestParseMember(t *testing.T) {
	if got, ok := ParseMember(alice.String()); !ok || got != alice {
		t.Errorf("got %v, %t", got, ok)
	}
	for _, text := range []string{"", "unknown", "o/r", "o/r/u/x"} {
		if got, ok := ParseMember(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// A resource does not take a membership from another one, and releases only its own.
func TestClaims(t *testing.T) {
	var c Claims
	for range 2 {
		if !c.Hold(alice, "a") {
			t.Error("the holder does not hold the membership")
		}
	}
	if c.Hold(alice, "b") {
		t.Error("the membership has changed its holder")
	}
	c.Release(alice, "b")
	if !c.HeldByAnother(alice, "b") || c.HeldByAnother(alice, "a") {
		t.Error("a release by another resource ends the hold")
	}
	c.Release(alice, "a")
	if c.HeldByAnother(alice, "b") || !c.Hold(alice, "b") {
		t.Error("the hold does not end")
	}
	c.RecordWrite(alice, LastWrite{7, true})
	if got := c.LastWrite(alice); got != (LastWrite{7, true}) {
		t.Errorf("the last write is %v", got)
	}
}

func TestClaims_lock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Claims
		unlock, err := c.Lock(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failed, locked := make(chan error, 1), make(chan bool)
		go func() {
			_, err := c.Lock(ctx, alice)
			failed <- err
		}()
		go func() {
			unlock, err := c.Lock(t.Context(), alice)
			locked <- err == nil
			unlock()
		}()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
		select {
		case <-locked:
			t.Error("two goroutines have the lock")
		default:
		}
		unlock()
		if !<-locked {
			t.Error("the lock is not passed on")
		}
	})
}
