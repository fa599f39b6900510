package roster

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

func TestFind_byIDThenByUser(t *testing.T) {
	a := newAPI()
	rosters := New(a)
	membership := a.join(alice)
	other := a.join(bob)
	for name, test := range map[string]struct {
		id, user, want string
	}{
		"by id":                      {membership.ID, alice, membership.ID},
		"by user":                    {"018f401e-9a6b-7a00-8b00-00000000dead", alice, membership.ID},
		"an id that is another's":    {other.ID, alice, membership.ID},
		"neither":                    {"018f401e-9a6b-7a00-8b00-00000000dead", "nobody", ""},
		"another's id, and nobody":   {other.ID, "nobody", ""},
		"nothing known but the user": {"", bob, other.ID},
	} {
		found, ok, err := rosters.Find(t.Context(), role, test.id, test.user)
		if err != nil || ok != (test.want != "") || found.ID != test.want {
			t.Errorf("%s: got %q, %t, %v; want %q", name, found.ID, ok, err, test.want)
		}
	}
	a.expect(t, "list", 1)
}

func TestListing_isSharedByAllWhoAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		rosters := New(a)
		release := make(chan struct{})
		a.list = func(context.Context, int) ([]posthog.Membership, error) {
			<-release
			return a.snapshot(), nil
		}
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if _, err := rosters.Members(t.Context(), role); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(release)
		group.Wait()
		a.expect(t, "list", 1)
	})
}

func TestListing_isKeptForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		rosters := New(a)
		members := func() {
			if _, err := rosters.Members(t.Context(), role); err != nil {
				t.Error(err)
			}
		}
		members()
		time.Sleep(keep - time.Nanosecond)
		members()
		a.expect(t, "list", 1)
		time.Sleep(time.Nanosecond)
		members()
		a.expect(t, "list", 2)
	})
}

func TestListing_ofAnotherRoleIsAnother(t *testing.T) {
	a := newAPI()
	rosters := New(a)
	for _, other := range []posthog.RoleRef{role, {OrganizationID: role.OrganizationID, ID: "x"}, {OrganizationID: "@current", ID: role.ID}} {
		if _, err := rosters.Members(t.Context(), other); err != nil {
			t.Error(err)
		}
	}
	a.expect(t, "list", 3)
}

func TestListing_errorsAreNotKept(t *testing.T) {
	a := newAPI()
	rosters := New(a)
	a.list = func(_ context.Context, n int) ([]posthog.Membership, error) {
		if n == 1 {
			return nil, broken
		}
		return a.snapshot(), nil
	}
	if _, err := rosters.Members(t.Context(), role); !errors.Is(err, broken) {
		t.Errorf("the error is %v, want that of the server", err)
	}
	if _, err := rosters.Members(t.Context(), role); err != nil {
		t.Errorf("the second listing failed: %v", err)
	}
}

// A listing that began before a write must answer nobody who asks after the write, whether it is still under way then or
// was kept.
func TestListing_thatBeganBeforeAWriteIsNotForThoseAfterIt(t *testing.T) {
	for name, writes := range map[string]func(*testing.T, *Rosters, string){
		"add": func(t *testing.T, r *Rosters, _ string) {
			if _, err := r.Add(t.Context(), role, alice); err != nil {
				t.Error(err)
			}
		},
		"remove": func(t *testing.T, r *Rosters, id string) {
			if err := r.Remove(t.Context(), role, id, bob); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAPI()
				id := a.join(bob).ID
				rosters := New(a)
				release := make(chan struct{})
				a.list = func(_ context.Context, n int) ([]posthog.Membership, error) {
					members := a.snapshot()
					if n == 1 {
						<-release
					}
					return members, nil
				}
				before := make(chan int)
				go func() {
					members, err := rosters.Members(t.Context(), role)
					if err != nil {
						t.Error(err)
					}
					before <- len(members)
				}()
				synctest.Wait() // The listing is under way, and has seen Bob alone.
				writes(t, rosters, id)

				after := func() {
					members, err := rosters.Members(t.Context(), role)
					if err != nil {
						t.Error(err)
					}
					if want := a.snapshot(); len(members) != len(want) {
						t.Errorf("somebody who asked after the write got %d members, want %d", len(members), len(want))
					}
				}
				after()
				close(release)
				if n := <-before; n != 1 {
					t.Errorf("somebody who asked before the write got %d members, want 1", n)
				}
				after() // The old listing has ended now, and must not be kept in the place of the new one.
				a.expect(t, "list", 2)
			})
		})
	}
}

func TestListing_oneCallerGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		rosters := New(a)
		release := make(chan struct{})
		a.list = func(ctx context.Context, _ int) ([]posthog.Membership, error) {
			select {
			case <-release:
				return a.snapshot(), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		ctx, interrupt := context.WithCancel(t.Context())
		gone, stayed := make(chan error), make(chan error)
		ask := func(ctx context.Context, answer chan error) {
			_, err := rosters.Members(ctx, role)
			answer <- err
		}
		go ask(ctx, gone) // It starts the listing, and goes away.
		synctest.Wait()
		go ask(t.Context(), stayed)
		synctest.Wait()
		interrupt()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away got %v", err)
		}
		close(release)
		if err := <-stayed; err != nil {
			t.Errorf("who stayed got %v", err)
		}
		a.expect(t, "list", 1)
	})
}

func TestListing_stopsWhenAllHaveGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		rosters := New(a)
		stopped := make(chan struct{})
		a.list = func(ctx context.Context, n int) ([]posthog.Membership, error) {
			if n > 1 {
				return a.snapshot(), nil
			}
			<-ctx.Done()
			close(stopped)
			return nil, ctx.Err()
		}
		ctx, interrupt := context.WithCancel(t.Context())
		gone := make(chan error)
		for range 2 {
			go func() {
				_, err := rosters.Members(ctx, role)
				gone <- err
			}()
		}
		synctest.Wait()
		interrupt()
		for range 2 {
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Errorf("who went away got %v", err)
			}
		}
		<-stopped
		if _, err := rosters.Members(t.Context(), role); err != nil {
			t.Errorf("who came later got %v", err)
		}
		a.expect(t, "list", 2)
	})
}

func TestListing_forSomebodyWhoHasGoneIsNotMade(t *testing.T) {
	a := newAPI()
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if _, err := New(a).Members(ctx, role); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	a.expect(t, "list", 0)
}

func TestWasMember_costsOneListingHoweverManyWrites(t *testing.T) {
	a := newAPI()
	a.join(bob)
	rosters := New(a)
	for i := range 50 {
		user := alice[:len(alice)-2] + string(rune('0'+i/10)) + string(rune('0'+i%10))
		if _, was, err := rosters.WasMember(t.Context(), role, user); err != nil || was {
			t.Fatalf("user %d: was a member %t, %v", i, was, err)
		}
		if _, err := rosters.Add(t.Context(), role, user); err != nil {
			t.Fatal(err)
		}
	}
	a.expect(t, "list", 1)
	if membership, was, err := rosters.WasMember(t.Context(), role, bob); err != nil || !was || membership.User.UUID != bob {
		t.Errorf("Bob was a member: %t, %v", was, err)
	}
}

func TestWasMember_notWhoWasRemoved(t *testing.T) {
	a := newAPI()
	id := a.join(bob).ID
	rosters := New(a)
	if _, was, err := rosters.WasMember(t.Context(), role, bob); err != nil || !was {
		t.Fatalf("Bob was a member: %t, %v", was, err)
	}
	if err := rosters.Remove(t.Context(), role, id, bob); err != nil {
		t.Fatal(err)
	}
	if _, was, _ := rosters.WasMember(t.Context(), role, bob); was {
		t.Error("Bob, who was removed, is said to have been there before")
	}
}

func TestWasMember_writesDoNotMakeItListAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		rosters := New(a)
		release := make(chan struct{})
		a.list = func(context.Context, int) ([]posthog.Membership, error) {
			<-release
			return nil, nil
		}
		var group sync.WaitGroup
		ask := func() {
			if _, _, err := rosters.WasMember(t.Context(), role, bob); err != nil {
				t.Error(err)
			}
		}
		group.Go(ask)
		synctest.Wait()
		if _, err := rosters.Add(t.Context(), role, alice); err != nil {
			t.Error(err)
		}
		group.Go(ask)
		synctest.Wait()
		close(release)
		group.Wait()
		a.expect(t, "list", 1)
	})
}

func TestExists(t *testing.T) {
	for _, test := range []struct {
		answer error
		want   bool
		failed bool
	}{{nil, true, false}, {notFound, false, false}, {organization, false, true}, {broken, false, true}} {
		a := newAPI()
		a.role = test.answer
		if there, err := New(a).Exists(t.Context(), role); there != test.want || (err != nil) != test.failed {
			t.Errorf("%v: got %t, %v", test.answer, there, err)
		}
	}
}

func TestSome_readsNoMoreThanItTakes(t *testing.T) {
	a := newAPI()
	rosters := New(a)
	a.join(alice)
	a.join(bob)
	if members, err := rosters.Some(t.Context(), role, 1); err != nil || len(members) != 1 {
		t.Errorf("got %d members, %v; want 1", len(members), err)
	}
	a.expect(t, "list", 0)
	if members, err := rosters.Some(t.Context(), role, posthog.PageSize+1); err != nil || len(members) != 2 {
		t.Errorf("got %d members, %v; want 2", len(members), err)
	}
	a.expect(t, "list", 1)
	if members, err := rosters.Some(t.Context(), role, 1); err != nil || len(members) != 1 {
		t.Errorf("got %d members, %v; want 1", len(members), err)
	}
	a.expect(t, "page", 1)
}
