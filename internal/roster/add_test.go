package roster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

func TestAdd(t *testing.T) {
	ctx := t.Context()
	isExists := func(err error) bool {
		exists, ok := errors.AsType[*ExistsError](err)
		return ok && exists.Membership.User.UUID == alice
	}
	isUnclear := func(err error) bool { _, ok := errors.AsType[*UnclearError](err); return ok }
	for name, test := range map[string]struct {
		arrange func(a *api)
		want    func(error) bool // nil: the user is added
		creates int
		reads   int // besides the one before the create
	}{
		"well": {arrange: func(*api) {}, creates: 1},
		"the answer is lost": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					a.addMember(user)
					return posthog.Membership{}, lost
				}
			},
			creates: 1, reads: 1,
		},
		"it did not happen, and then does": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
					if n < 3 {
						return posthog.Membership{}, broken
					}
					return a.addMember(user), nil
				}
			},
			creates: 3, reads: 2,
		},
		"it happens late, so that the second create is a duplicate": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
					if n == 1 {
						return posthog.Membership{}, lost
					}
					a.addMember(user)
					return posthog.Membership{}, duplicate
				}
			},
			creates: 2, reads: 2,
		},
		"a login page answers, and the create was done": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					a.addMember(user)
					return posthog.Membership{}, loginPage
				}
			},
			creates: 1, reads: 1,
		},
		"it never happens": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, broken }
			},
			want: isUnclear, creates: maxAddAttempts, reads: maxAddAttempts,
		},
		"it cannot be looked up": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, lost }
				a.whenRead = func(_ context.Context, n int) (posthog.Role, error) {
					if n == 1 {
						return a.snapshot(), nil
					}
					return posthog.Role{}, broken
				}
			},
			want: isUnclear, creates: 1, reads: 1,
		},
		"a clean refusal after a lost answer says why": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, n int, _ string) (posthog.Membership, error) {
					if n == 1 {
						return posthog.Membership{}, lost
					}
					return posthog.Membership{}, forbidden
				}
			},
			want: is(posthog.ReasonNotAdmin), creates: 2, reads: 2,
		},
		"the user was there": {
			arrange: func(a *api) { a.addMember(alice) },
			want:    isExists,
			creates: 1,
		},
		"the user is there and hidden": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, duplicate }
			},
			want: func(err error) bool { _, ok := errors.AsType[*HiddenError](err); return ok }, creates: 1, reads: 1,
		},
		"no such user": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) {
					return posthog.Membership{}, unknownUser
				}
			},
			want: is(posthog.ReasonUnknownUser), creates: 1,
		},
		"it cannot be known who was there": {
			arrange: func(a *api) {
				a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, broken }
			},
			want: is(posthog.ReasonServerFailure),
		},
		"the user was there, and the answer is lost": {
			arrange: func(a *api) {
				a.addMember(alice)
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, lost }
			},
			want: isExists, creates: 1, reads: 1,
		},
		"the user was there, and after a lost answer PostHog says so": {
			arrange: func(a *api) {
				a.addMember(alice)
				a.create = func(_ context.Context, n int, _ string) (posthog.Membership, error) {
					if n == 1 {
						a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, nil }
						return posthog.Membership{}, lost
					}
					a.whenRead = nil
					return posthog.Membership{}, duplicate
				}
			},
			want: isExists, creates: 2, reads: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			test.arrange(a)
			membership, _, err := a.rosters().Add(ctx, role, alice, "one", false)
			switch {
			case test.want == nil && (err != nil || membership.User.UUID != alice || !a.isMember(alice)):
				t.Errorf("got %v, %v; want Alice's membership", membership, err)
			case test.want != nil && (err == nil || !test.want(err)):
				t.Errorf("the error is %v", err)
			}
			if n := len(a.snapshot().Members); n > 1 {
				t.Errorf("Alice is in the role %d times", n)
			}
			a.expect(t, "create", test.creates)
			a.expect(t, "read", 1+test.reads)
		})
	}
}

func TestAdd_userWhoCameAfterTheReading(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	if _, there, err := rosters.CachedMembership(t.Context(), role, alice); err != nil || there {
		t.Fatalf("Alice is a member: %t, %v", there, err)
	}
	a.addMember(alice) // In the web app.
	_, _, err := rosters.Add(t.Context(), role, alice, "one", false)
	if _, ok := errors.AsType[*ExistsError](err); !ok {
		t.Errorf("the error is %v, want one that says Alice is there", err)
	}
	a.expect(t, "read", 2)
}

// After an interrupt nothing is begun, not even a look: whether the create happened stays open, and the message says so.
func TestAdd_interruptedBeforeItCouldLook(t *testing.T) {
	a := newAPI()
	ctx, interrupt := context.WithCancel(t.Context())
	a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
		interrupt()
		return posthog.Membership{}, &posthog.InterruptedError{Err: lost}
	}
	_, _, err := a.rosters().Add(ctx, role, alice, "one", false)
	if _, unclear := errors.AsType[*UnclearError](err); !unclear {
		t.Errorf("the error is %v, want one that says it may have happened", err)
	}
	a.expect(t, "create", 1)
	a.expect(t, "read", 1)
}

func TestAdd_interruptedBeforeItWasSent(t *testing.T) {
	a := newAPI()
	ctx, interrupt := context.WithCancel(t.Context())
	a.create = func(context.Context, int, string) (posthog.Membership, error) {
		interrupt()
		return posthog.Membership{}, &posthog.InterruptedError{}
	}
	if _, _, err := a.rosters().Add(ctx, role, alice, "one", false); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want an interruption", err)
	}
	a.expect(t, "read", 1)
}

func TestAdd_adoptingAThousandCostsOneRead(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	var memberships []posthog.Membership
	for i := range 1000 {
		memberships = append(memberships, a.addMember(fmt.Sprintf("018f401e-9a6b-7a00-8b00-%012d", i)))
	}
	for _, was := range memberships {
		membership, adopted, err := rosters.Add(t.Context(), role, was.User.UUID, "one", true)
		if err != nil || !adopted || membership.ID != was.ID {
			t.Fatalf("got %v, %t, %v; want to adopt %v", membership, adopted, err, was)
		}
	}
	a.expect(t, "read", 1)
}

// Once PostHog has refused a write for a reason that holds for all, no other is sent.
func TestWrites_nothingIsSentAfterADefiniteRefusal(t *testing.T) {
	for _, reason := range []posthog.Reason{
		posthog.ReasonUnauthenticated, posthog.ReasonMissingScope, posthog.ReasonNotAdmin, posthog.ReasonNotInside, posthog.ReasonProjectKey,
		posthog.ReasonOtherKey, posthog.ReasonDeactivated,
	} {
		a := newAPI()
		refused := refusal(http.StatusForbidden, reason)
		a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, refused }
		rosters := a.rosters()
		id := a.addMember(bob).ID
		if _, _, err := rosters.Add(t.Context(), role, alice, "one", false); !errors.Is(err, refused) {
			t.Errorf("the first error is %v", err)
		}
		_, _, adding := rosters.Add(t.Context(), role, alice, "one", false)
		_, removing := rosters.Remove(t.Context(), role, id, bob, "two")
		for _, err := range []error{adding, removing} {
			if not, ok := errors.AsType[*SkippedAfterRefusalError](err); !ok || !errors.Is(not.Err, refused) {
				t.Errorf("the error is %v", err)
			}
		}
		a.expect(t, "create", 1)
		a.expect(t, "delete", 0)
		// Another organization may answer otherwise.
		other := posthog.RoleRef{OrganizationID: elsewhere, ID: role.ID}
		if _, _, err := rosters.Add(t.Context(), other, alice, "three", false); !errors.Is(err, refused) {
			t.Errorf("the error in another organization is %v", err)
		}
		a.expect(t, "create", 2)
	}
	a := newAPI()
	a.create = func(context.Context, int, string) (posthog.Membership, error) {
		return posthog.Membership{}, unknownUser
	}
	rosters := a.rosters()
	for range 2 {
		if _, _, err := rosters.Add(t.Context(), role, alice, "one", false); !errors.Is(err, unknownUser) {
			t.Errorf("a refusal of one user is one of all: %v", err)
		}
	}
}

// An answer is lost, the membership appears later, and another caller reads it before the second create is refused as a duplicate: the
// membership is the one that Add has created, not one that was there before.
func TestAdd_duplicateOfItsOwnCreate(t *testing.T) {
	a := newAPI()
	old := a.addMember(alice)
	rosters := a.rosters()
	if _, err := rosters.Roster(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	a.create = func(ctx context.Context, n int, user string) (posthog.Membership, error) {
		if n == 1 {
			a.removeMember(old.ID)
			return posthog.Membership{}, lost
		}
		a.addMember(user)
		rosters.roles.invalidate(role)
		if _, err := rosters.Roster(ctx, role); err != nil {
			t.Error(err)
		}
		return posthog.Membership{}, duplicate
	}
	membership, adopted, err := rosters.Add(t.Context(), role, alice, "one", false)
	if err != nil || adopted || membership.ID == old.ID {
		t.Errorf("got %v, adopted: %t, %v", membership, adopted, err)
	}
}
