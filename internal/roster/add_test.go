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
		reads   int // without the one before the create
	}{
		"success": {arrange: func(*api) {}, creates: 1},
		"the response is lost": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					a.addMember(user)
					return posthog.Membership{}, lost
				}
			},
			creates: 1, reads: 1,
		},
		"the first two creates have no effect": {
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
		"the create takes effect late, so the second one is a duplicate": {
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
		"a login page answers, and the user was added": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					a.addMember(user)
					return posthog.Membership{}, loginPage
				}
			},
			creates: 1, reads: 1,
		},
		"no create has an effect": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, broken }
			},
			want: isUnclear, creates: maxAddAttempts, reads: maxAddAttempts,
		},
		"the create cannot be verified": {
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
		"a lost response, then a refusal": {
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
		"the user is a member": {
			arrange: func(a *api) { a.addMember(alice) },
			want:    isExists,
			creates: 1,
		},
		"the user is a hidden member": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, duplicate }
			},
			want: func(err error) bool { _, ok := errors.AsType[*HiddenError](err); return ok }, creates: 1, reads: 1,
		},
		"the user does not exist": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) {
					return posthog.Membership{}, unknownUser
				}
			},
			want: is(posthog.ReasonUnknownUser), creates: 1,
		},
		"the role cannot be read": {
			arrange: func(a *api) {
				a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, broken }
			},
			want: is(posthog.ReasonServerFailure),
		},
		"the user is a member, and the response is lost": {
			arrange: func(a *api) {
				a.addMember(alice)
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, lost }
			},
			want: isExists, creates: 1, reads: 1,
		},
		"the user is a member, which PostHog answers after a lost response": {
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

func TestAdd_userAddedAfterTheCachedRead(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	if _, found, err := rosters.CachedMembership(t.Context(), role, alice); err != nil || found {
		t.Fatalf("Alice is a member: %t, %v", found, err)
	}
	a.addMember(alice) // In the web app.
	_, _, err := rosters.Add(t.Context(), role, alice, "one", false)
	if _, ok := errors.AsType[*ExistsError](err); !ok {
		t.Errorf("the error is %v, want an *ExistsError", err)
	}
	a.expect(t, "read", 2)
}

// After an interrupt no request is started, and no read. Whether the create had an effect is unknown.
func TestAdd_interruptedBeforeVerify(t *testing.T) {
	a := newAPI()
	ctx, interrupt := context.WithCancel(t.Context())
	a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
		interrupt()
		return posthog.Membership{}, &posthog.InterruptedError{Err: lost}
	}
	_, _, err := a.rosters().Add(ctx, role, alice, "one", false)
	if unclear, ok := errors.AsType[*UnclearError](err); !ok || unclear.Verify != nil {
		t.Errorf("the error is %v, want an *UnclearError", err)
	}
	a.expect(t, "create", 1)
	a.expect(t, "read", 1)
}

func TestAdd_interruptedBeforeTheCreate(t *testing.T) {
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

// A create had no effect when the role was read, and there is no time for another attempt. It may still take effect later.
func TestAdd_noTimeForAnotherAttempt(t *testing.T) {
	a := newAPI()
	a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, lost }
	a.backoffErr = &posthog.GaveUpError{Err: lost}
	_, _, err := a.rosters().Add(t.Context(), role, alice, "one", false)
	if _, unclear := errors.AsType[*UnclearError](err); !unclear {
		t.Errorf("the error is %v, want an *UnclearError", err)
	}
	a.expect(t, "create", 1)
}

func TestAdd_thousandAdoptionsCostOneRead(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	var memberships []posthog.Membership
	for i := range 1000 {
		memberships = append(memberships, a.addMember(fmt.Sprintf("018f401e-9a6b-7a00-8b00-%012d", i)))
	}
	for _, existing := range memberships {
		membership, adopted, err := rosters.Add(t.Context(), role, existing.User.UUID, "one", true)
		if err != nil || !adopted || membership.ID != existing.ID {
			t.Fatalf("got %v, %t, %v; want to adopt %v", membership, adopted, err, existing)
		}
	}
	a.expect(t, "read", 1)
}

// PostHog refuses a write for a reason that holds for every write. No further write is sent to this organization.
func TestWrites_skippedAfterRefusal(t *testing.T) {
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
		// Writes to another organization are still sent.
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
			t.Errorf("the refusal of one user is taken for that of every write: %v", err)
		}
	}
}

// The first response is lost and the membership appears later. Another caller reads it before the second create is refused as a duplicate.
// Add has created this membership: the user was not a member before.
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
