package roster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A hundred resources without a membership are destroyed, ten in parallel. Each sends a delete, and all share one read.
func TestRemove_missingMembersCostOneRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		a.whenRead = func(context.Context, int) (posthog.Role, error) {
			time.Sleep(50 * time.Millisecond)
			return a.snapshot(), nil
		}
		a.remove = func(context.Context, int, string) error { time.Sleep(20 * time.Millisecond); return notFound }
		rosters := a.rosters()
		var group sync.WaitGroup
		users := make(chan int)
		for range 10 {
			group.Go(func() {
				for i := range users {
					user := fmt.Sprintf("018f401e-9a6b-7a00-8b00-%012d", i)
					if kept, err := rosters.Remove(t.Context(), role, user, user, user); kept || err != nil {
						t.Error(kept, err)
					}
				}
			})
		}
		for i := range 100 {
			users <- i
		}
		close(users)
		group.Wait()
		a.expect(t, "delete", 100)
		a.expect(t, "read", 1)
	})
}

// A read that started before the response to the delete may still have the membership. So the role is read again.
func TestRemove_readsAgainIfTheReadIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		id := a.addMember(alice).ID
		a.whenRead = func(context.Context, int) (posthog.Role, error) {
			snapshot := a.snapshot()
			time.Sleep(time.Second)
			return snapshot, nil
		}
		a.remove = func(context.Context, int, string) error {
			time.Sleep(time.Millisecond)
			a.removeMember(id) // In the web app.
			return notFound
		}
		rosters := a.rosters()
		var group sync.WaitGroup
		group.Go(func() {
			if kept, err := rosters.Remove(t.Context(), role, id, alice, "one"); kept || err != nil {
				t.Error(kept, err)
			}
		})
		synctest.Wait()
		group.Go(func() { // A refresh starts before the delete is answered.
			if _, err := rosters.Roster(t.Context(), role); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		a.expect(t, "delete", 1)
		a.expect(t, "read", 2)
	})
}

func TestRemove(t *testing.T) {
	for name, test := range map[string]struct {
		arrange func(a *api, id string)
		want    func(error) bool // nil: the user is removed
		deletes int
		reads   int
	}{
		"success":                  {arrange: func(*api, string) {}, deletes: 1},
		"the user was removed":     {arrange: func(a *api, id string) { a.removeMember(id) }, deletes: 1, reads: 1},
		"the user was added again": {arrange: func(a *api, id string) { a.removeMember(id); a.addMember(alice) }, deletes: 2, reads: 1},
		"the response is lost": {
			arrange: func(a *api, _ string) {
				a.remove = func(_ context.Context, _ int, id string) error { a.removeMember(id); return lost }
			},
			deletes: 1, reads: 1,
		},
		"a login page answers": {
			arrange: func(a *api, _ string) {
				a.remove = func(context.Context, int, string) error { return loginPage }
			},
			want: func(err error) bool { return errors.Is(err, loginPage) }, deletes: 1, reads: 1,
		},
		"the server fails": {
			arrange: func(a *api, _ string) { a.remove = func(context.Context, int, string) error { return broken } },
			want:    func(err error) bool { return errors.Is(err, broken) }, deletes: 1, reads: 1,
		},
		"the key may not write": {
			arrange: func(a *api, _ string) { a.remove = func(context.Context, int, string) error { return forbidden } },
			want:    is(posthog.ReasonNotAdmin), deletes: 1,
		},
		"the user is always added again": {
			arrange: func(a *api, _ string) {
				a.remove = func(_ context.Context, _ int, id string) error {
					a.removeMember(id)
					a.addMember(alice)
					return notFound
				}
			},
			want: is(posthog.ReasonNotFound), deletes: maxRemoveAttempts, reads: maxRemoveAttempts,
		},
		"the read fails too": {
			arrange: func(a *api, _ string) {
				a.remove = func(context.Context, int, string) error { return notFound }
				a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, organization }
			},
			want: func(err error) bool {
				both, ok := errors.AsType[*VerifyError](err)
				return ok && is(posthog.ReasonNotFound)(both.Write) && is(posthog.ReasonOrganizationNotFound)(both.Verify)
			},
			deletes: 1, reads: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			id := a.addMember(alice).ID
			a.addMember(bob)
			test.arrange(a, id)
			kept, err := a.rosters().Remove(t.Context(), role, id, alice, "one")
			switch {
			case test.want == nil && (kept || err != nil || a.isMember(alice)):
				t.Errorf("got %v; want Alice removed from the role", err)
			case test.want != nil && (err == nil || !test.want(err)):
				t.Errorf("the error is %v", err)
			}
			if !a.isMember(bob) {
				t.Error("Bob was removed from the role")
			}
			a.expect(t, "delete", test.deletes)
			a.expect(t, "read", test.reads)
		})
	}
}

// After an interrupt no request is started. The next refresh shows the effect of the delete.
func TestRemove_interruptedBeforeVerify(t *testing.T) {
	a := newAPI()
	id := a.addMember(alice).ID
	ctx, interrupt := context.WithCancel(t.Context())
	a.remove = func(context.Context, int, string) error {
		interrupt()
		return &posthog.InterruptedError{Err: lost}
	}
	_, err := a.rosters().Remove(ctx, role, id, alice, "one")
	_, isVerify := errors.AsType[*VerifyError](err)
	_, isUnclear := errors.AsType[*UnclearError](err)
	if isVerify || isUnclear || !errors.Is(err, lost) {
		t.Errorf("the error is %v", err)
	}
	a.expect(t, "delete", 1)
	a.expect(t, "read", 0)
}

// A read from before the delete does not show its effect.
func TestRemove_readsAgainAfterALostResponse(t *testing.T) {
	a := newAPI()
	id := a.addMember(alice).ID
	rosters := a.rosters()
	if _, err := rosters.Roster(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	a.remove = func(_ context.Context, _ int, id string) error { a.removeMember(id); return lost }
	if kept, err := rosters.Remove(t.Context(), role, id, alice, "one"); kept || err != nil {
		t.Errorf("kept: %t, %v", kept, err)
	}
	a.expect(t, "read", 2)
}
