package roster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// testUsers returns the UUIDs of n users.
func testUsers(n int) []string {
	users := make([]string, n)
	for i := range users {
		users[i] = fmt.Sprintf("018f401e-9a6b-7a00-8c00-%012d", i)
	}
	return users
}

func TestReconcile(t *testing.T) {
	nothing := posthog.Membership{}
	limited := &posthog.GaveUpError{Limit: time.Minute, Asked: time.Hour, Err: &posthog.APIError{Status: 429, Reason: posthog.ReasonRateLimited}}
	for name, test := range map[string]struct {
		add, stay, remove int // how many users to add, to leave as members, and to remove
		arrange           func(a *api, users []string)
		failures          int
		want              func(error) bool // of each failure
		creates, deletes  int
		reads             int
		atMost            bool // creates and reads are upper limits
	}{
		"success": {add: 25, stay: 3, remove: 25, creates: 25, deletes: 25},
		"nothing": {},
		"every response to a create is lost": {
			add: 25, arrange: func(a *api, _ []string) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					a.addMember(user)
					return nothing, lost
				}
			},
			creates: 25, reads: 3, atMost: true, // Ten failures in a row end a round: 10, 10 and 5.
		},
		// Ten failures in a row would end the round. Between ten of these failures at least 12 creates succeed, and at most nine can be late.
		"every fifth response is lost, and every fourth create has no effect": {
			add: 48, arrange: func(a *api, _ []string) {
				a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
					switch {
					case n <= 48 && n%4 == 0:
						return nothing, broken
					case n <= 48 && n%5 == 0:
						a.addMember(user)
						return nothing, lost
					}
					return a.addMember(user), nil
				}
			},
			creates: 48 + 12, reads: 1,
		},
		"a user is a member already": {
			add: 3, arrange: func(a *api, users []string) { a.addMember(users[1]) },
			creates: 3, reads: 1,
		},
		"a membership is hidden": {
			add: 3, arrange: func(a *api, users []string) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					if user == users[1] {
						return nothing, duplicate
					}
					return a.addMember(user), nil
				}
			},
			failures: 1, want: func(err error) bool { _, ok := errors.AsType[*HiddenError](err); return ok },
			creates: 3, reads: 1,
		},
		"a user does not exist": {
			add: 5, arrange: func(a *api, users []string) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					if user == users[1] {
						return nothing, unknownUser
					}
					return a.addMember(user), nil
				}
			},
			failures: 1, want: is(posthog.ReasonUnknownUser), creates: 5,
		},
		"no user exists": {
			add: 300, arrange: func(a *api, _ []string) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return nothing, unknownUser }
			},
			failures: 300, want: is(posthog.ReasonUnknownUser), creates: 300,
		},
		"a lost response, then a refusal": {
			add: 1, arrange: func(a *api, _ []string) {
				a.create = func(_ context.Context, n int, _ string) (posthog.Membership, error) {
					if n == 1 {
						return nothing, lost
					}
					return nothing, unknownUser
				}
			},
			failures: 1, want: is(posthog.ReasonUnknownUser), creates: 2, reads: 2,
		},
		"no create has an effect": {
			add: 1, arrange: func(a *api, _ []string) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return nothing, broken }
			},
			failures: 1, want: func(err error) bool { _, ok := errors.AsType[*UnclearError](err); return ok },
			creates: maxAddAttempts, reads: maxAddAttempts,
		},
		"the creates cannot be verified": {
			add: 2, arrange: func(a *api, _ []string) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return nothing, lost }
				a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, forbidden }
			},
			failures: 2, want: func(err error) bool { e, ok := errors.AsType[*UnclearError](err); return ok && e.Verify != nil },
			creates: 2, reads: 1,
		},
		"the first 25 creates fail": {
			add: 60, arrange: func(a *api, _ []string) {
				a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
					if n <= 25 {
						return nothing, broken
					}
					return a.addMember(user), nil
				}
			},
			creates: 60 + 25, reads: 2 + 1, atMost: true,
		},
		"the server needs “@current”": {
			add: 25, arrange: func(a *api, _ []string) { a.needsCurrent = true }, creates: 25 + 10, reads: 1, atMost: true,
		},
		"the rate limit is longer than the retry timeout": {
			add: 25, arrange: func(a *api, _ []string) {
				a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
					if n%20 == 15 {
						return nothing, limited
					}
					return a.addMember(user), nil
				}
			},
			creates: 26,
		},
		"a user was removed already": {
			remove: 3, arrange: func(a *api, users []string) { a.removeMember(a.membershipID(users[1])) },
			deletes: 3, reads: 1,
		},
		"a user was removed and added again": {
			remove: 3, arrange: func(a *api, users []string) { a.removeMember(a.membershipID(users[1])); a.addMember(users[1]) },
			deletes: 4, reads: 1,
		},
		"every response to a delete is lost": {
			remove: 9, arrange: func(a *api, _ []string) {
				a.remove = func(_ context.Context, _ int, id string) error { a.removeMember(id); return lost }
			},
			deletes: 9, reads: 1,
		},
		"a delete has no effect": {
			remove: 3, arrange: func(a *api, users []string) {
				failing := a.membershipID(users[1])
				a.remove = func(_ context.Context, _ int, id string) error {
					if id == failing {
						return broken
					}
					a.removeMember(id)
					return nil
				}
			},
			failures: 1, want: is(posthog.ReasonServerFailure), deletes: 3, reads: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			users := testUsers(test.add + test.stay + test.remove)
			toRemove := users[test.add+test.stay:]
			change := Change{Role: role, Holder: "members", Add: users[:test.add]}
			for _, user := range users[test.add:] {
				if membership := a.addMember(user); slices.Contains(toRemove, user) {
					change.Remove = append(change.Remove, membership)
				}
			}
			if test.arrange != nil {
				test.arrange(a, users)
			}
			outcome := a.rosters().Reconcile(t.Context(), change)

			if len(outcome.Failures) != test.failures {
				t.Errorf("%d failures, want %d: %v", len(outcome.Failures), test.failures, outcome.Failures)
			}
			failed := map[string]bool{}
			for _, failure := range outcome.Failures {
				if failed[failure.UserUUID] = true; test.want == nil || !test.want(failure.Err) {
					t.Errorf("the failure is %v", failure.Err)
				}
			}
			for i, user := range users {
				if want := i < test.add+test.stay != failed[user]; a.isMember(user) != want {
					t.Errorf("user %d is in the role: %t", i, !want)
				}
			}
			if done := len(outcome.Added) + len(outcome.Existing) + len(outcome.Removed) + test.failures; done != test.add+test.remove {
				t.Errorf("the outcome has %d users, want %d", done, test.add+test.remove)
			}
			for _, membership := range outcome.Added {
				if membership.ID != a.membershipID(membership.User.UUID) {
					t.Errorf("the outcome has %+v", membership)
				}
			}
			a.expect(t, "delete", test.deletes)
			if !test.atMost {
				a.expect(t, "create", test.creates)
				a.expect(t, "read", test.reads)
				a.expect(t, "rate limit", test.creates+test.deletes+test.reads)
			} else if creates, reads := a.calls["create"], a.calls["read"]; creates > test.creates || reads > test.reads {
				t.Errorf("%d creates and %d reads, want at most %d and %d", creates, reads, test.creates, test.reads)
			}
		})
	}
}

// All users are added before one is removed, with exactly ten requests in parallel.
func TestReconcile_additionsFirstTenInParallel(t *testing.T) {
	const n = 30
	a := newAPI()
	users := testUsers(2 * n)
	change := Change{Role: role, Holder: "members", Add: users[:n]}
	for _, user := range users[n:] {
		change.Remove = append(change.Remove, a.addMember(user))
	}
	var mu sync.Mutex
	parallel, most := 0, 0
	full := make(chan struct{})
	enter := func() func() {
		mu.Lock()
		parallel++
		most = max(most, parallel)
		if parallel == parallelWrites {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		<-full // Blocks until ten requests are in flight together.
		return func() { mu.Lock(); defer mu.Unlock(); parallel-- }
	}
	a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
		defer enter()()
		return a.addMember(user), nil
	}
	a.remove = func(_ context.Context, _ int, id string) error {
		defer enter()()
		for _, user := range users[:n] {
			if !a.isMember(user) {
				t.Errorf("a user is removed before %s is added", user)
			}
		}
		a.removeMember(id)
		return nil
	}
	if outcome := a.rosters().Reconcile(t.Context(), change); len(outcome.Failures) > 0 {
		t.Errorf("failures: %v", outcome.Failures)
	}
	if most != parallelWrites {
		t.Errorf("%d writes were in flight at once, want %d", most, parallelWrites)
	}
}

// A user that another resource of this process added is neither added again nor removed.
func TestReconcile_keepsMemberOfAnotherResource(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	membership, _, err := rosters.Add(t.Context(), role, alice, "membership", false)
	if err != nil {
		t.Fatal(err)
	}
	outcome := rosters.Reconcile(t.Context(), Change{Role: role, Holder: "members", Add: []string{alice}})
	if len(outcome.Failures) != 1 {
		t.Fatalf("the outcome is %+v", outcome)
	}
	if _, ok := errors.AsType[*AlreadyClaimedError](outcome.Failures[0].Err); !ok {
		t.Errorf("the failure is %v", outcome.Failures[0].Err)
	}
	outcome = rosters.Reconcile(t.Context(), Change{Role: role, Holder: "members", Remove: []posthog.Membership{membership}})
	if len(outcome.Kept) != 1 || len(outcome.Failures) > 0 || len(outcome.Removed) > 0 {
		t.Errorf("the outcome is %+v", outcome)
	}
	a.expect(t, "create", 1)
	a.expect(t, "delete", 0)
	a.expect(t, "backoff", 0)
}

// Users that a resource has claimed are not removed by another resource.
func TestClaim_protectsMembers(t *testing.T) {
	a := newAPI()
	membership := a.addMember(alice)
	rosters := a.rosters()
	if err := rosters.Claim(t.Context(), role, []string{alice, bob}, "new"); err != nil {
		t.Fatal(err)
	}
	if kept, err := rosters.Remove(t.Context(), role, membership.ID, alice, "membership"); err != nil || !kept {
		t.Errorf("kept: %t, %v", kept, err)
	}
	if outcome := rosters.Reconcile(t.Context(), Change{Role: role, Holder: "old", Remove: []posthog.Membership{membership}}); len(outcome.Kept) != 1 {
		t.Errorf("the outcome is %+v", outcome)
	}
	if outcome := rosters.Reconcile(t.Context(), Change{Role: role, Holder: "new", Remove: []posthog.Membership{membership}}); len(outcome.Removed) != 1 {
		t.Errorf("the outcome is %+v", outcome)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	unlock, err := rosters.claims.Lock(ctx, ownership.Member{Role: role, UserUUID: bob})
	if err != nil {
		t.Fatal(err)
	}
	interrupt()
	if err := rosters.Claim(ctx, role, []string{bob}, "new"); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of an interrupted claim is %v", err)
	}
	unlock()
}

// The last create takes two minutes and one second, so that progress is reported twice before it is done.
func TestReconcile_reportsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
			if n == 21 {
				time.Sleep(2*progressInterval + time.Second)
			}
			return a.addMember(user), nil
		}
		var reports []string
		a.rosters().Reconcile(t.Context(), Change{Role: role, Holder: "members", Add: testUsers(21), Progress: func(done, all int) {
			reports = append(reports, fmt.Sprintf("%d of %d", done, all))
		}})
		if want := []string{"20 of 21", "20 of 21"}; !slices.Equal(reports, want) {
			t.Errorf("the reports are %q, want %q", reports, want)
		}
	})
}
