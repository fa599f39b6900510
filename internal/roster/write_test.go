package roster

import (
	"context"
	"errors"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

func TestAdd(t *testing.T) {
	ctx := t.Context()
	isUnclear := func(err error) bool { _, ok := errors.AsType[*UnclearError](err); return ok }
	for name, test := range map[string]struct {
		arrange func(a *api)
		want    func(error) bool // nil: the user is added
		creates int
		lists   int
	}{
		"well": {arrange: func(*api) {}, creates: 1},
		"the answer is lost": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					a.join(user)
					return posthog.Membership{}, lost
				}
			},
			creates: 1, lists: 1,
		},
		"it did not happen, and then does": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
					if n < 3 {
						return posthog.Membership{}, broken
					}
					return a.join(user), nil
				}
			},
			creates: 3, lists: 2,
		},
		"it happens late, so that the second create is a duplicate": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
					if n == 1 {
						return posthog.Membership{}, lost
					}
					a.join(user)
					return posthog.Membership{}, duplicate
				}
			},
			creates: 2, lists: 2,
		},
		"a login page answers, and the create was done": {
			arrange: func(a *api) {
				a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
					a.join(user)
					return posthog.Membership{}, loginPage
				}
			},
			creates: 1, lists: 1,
		},
		"it never happens": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, broken }
			},
			want: isUnclear, creates: maxAdds, lists: maxAdds,
		},
		"it cannot be looked up": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, lost }
				a.list = func(context.Context, int) ([]posthog.Membership, error) { return nil, broken }
			},
			want: isUnclear, creates: 1, lists: 1,
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
			want: func(err error) bool { return posthog.DenialOf(err) == posthog.DeniedNotAdmin }, creates: 2, lists: 2,
		},
		"the user was there": {
			arrange: func(a *api) { a.join(alice) },
			want: func(err error) bool {
				exists, ok := errors.AsType[*ExistsError](err)
				return ok && exists.Membership.User.UUID == alice
			},
			creates: 1, lists: 1,
		},
		"the user is there and hidden": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, duplicate }
			},
			want: func(err error) bool { _, ok := errors.AsType[*HiddenError](err); return ok }, creates: 1, lists: 2,
		},
		"no such user": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) {
					return posthog.Membership{}, unknownUser
				}
			},
			want: posthog.IsUnknownUser, creates: 1,
		},
		"no such role": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) {
					return posthog.Membership{}, unknownRole
				}
				a.role = notFound
			},
			want: func(err error) bool {
				_, needsCurrent := errors.AsType[*NeedsCurrentError](err)
				return !needsCurrent && posthog.IsUnknownRole(err)
			},
			creates: 1,
		},
		"the server wants @current": {
			arrange: func(a *api) {
				a.create = func(context.Context, int, string) (posthog.Membership, error) {
					return posthog.Membership{}, unknownRole
				}
			},
			want: func(err error) bool { _, ok := errors.AsType[*NeedsCurrentError](err); return ok }, creates: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			test.arrange(a)
			membership, err := New(a).Add(ctx, role, alice)
			switch {
			case test.want == nil && (err != nil || membership.User.UUID != alice || !a.has(alice)):
				t.Errorf("got %v, %v; want Alice's membership", membership, err)
			case test.want != nil && (err == nil || !test.want(err)):
				t.Errorf("the error is %v", err)
			}
			if n := len(a.snapshot()); n > 1 {
				t.Errorf("Alice is in the role %d times", n)
			}
			a.expect(t, "create", test.creates)
			a.expect(t, "list", test.lists)
		})
	}
}

func TestAdd_userWhoCameAfterTheFirstListing(t *testing.T) {
	a := newAPI()
	rosters := New(a)
	if _, was, err := rosters.WasMember(t.Context(), role, alice); err != nil || was {
		t.Fatalf("Alice was a member: %t, %v", was, err)
	}
	a.join(alice) // In the web app.
	_, err := rosters.Add(t.Context(), role, alice)
	if _, ok := errors.AsType[*ExistsError](err); !ok {
		t.Errorf("the error is %v, want one that says Alice is there", err)
	}
	a.expect(t, "list", 2)
}

func TestAdd_interruptedLooksOnceMore(t *testing.T) {
	for name, happened := range map[string]bool{"it happened": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			ctx, interrupt := context.WithCancel(t.Context())
			a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
				if happened {
					a.join(user)
				}
				interrupt()
				return posthog.Membership{}, &posthog.InterruptedError{Err: lost}
			}
			membership, err := New(a).Add(ctx, role, alice)
			if happened && (err != nil || membership.User.UUID != alice) {
				t.Errorf("got %v, %v; want Alice's membership", membership, err)
			}
			if _, unclear := errors.AsType[*UnclearError](err); !happened && !unclear {
				t.Errorf("the error is %v, want one that says it may have happened", err)
			}
			a.expect(t, "create", 1)
			a.expect(t, "list", 1)
		})
	}
}

func TestAdd_interruptedBeforeItWasSent(t *testing.T) {
	a := newAPI()
	ctx, interrupt := context.WithCancel(t.Context())
	a.create = func(context.Context, int, string) (posthog.Membership, error) {
		interrupt()
		return posthog.Membership{}, &posthog.InterruptedError{}
	}
	if _, err := New(a).Add(ctx, role, alice); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want an interruption", err)
	}
	a.expect(t, "list", 0)
}

func TestAdd_adoptingAThousandCostsOneListing(t *testing.T) {
	a := newAPI()
	rosters := New(a)
	var users []string
	for range 1000 {
		users = append(users, a.join(alice[:len(alice)-4]+string(rune('a'+len(users)%6))+alice[len(alice)-3:]).User.UUID)
	}
	for i, user := range users {
		if _, err := rosters.Add(t.Context(), role, user); err == nil {
			t.Fatalf("user %d was added", i)
		}
	}
	a.expect(t, "list", 1)
}

func TestRemove(t *testing.T) {
	for name, test := range map[string]struct {
		arrange func(a *api, id string)
		want    func(error) bool // nil: the user is out
		deletes int
		lists   int
	}{
		"well":                     {arrange: func(*api, string) {}, deletes: 1},
		"the membership is gone":   {arrange: func(a *api, id string) { a.leave(id) }, deletes: 1, lists: 1},
		"the user was added again": {arrange: func(a *api, id string) { a.leave(id); a.join(alice) }, deletes: 2, lists: 1},
		"the answer is lost": {
			arrange: func(a *api, _ string) {
				a.remove = func(_ context.Context, _ int, id string) error { a.leave(id); return lost }
			},
			deletes: 1, lists: 1,
		},
		"a login page answers": {
			arrange: func(a *api, _ string) {
				a.remove = func(context.Context, int, string) error { return loginPage }
			},
			want: func(err error) bool { return errors.Is(err, loginPage) }, deletes: 1, lists: 1,
		},
		"the server fails": {
			arrange: func(a *api, _ string) { a.remove = func(context.Context, int, string) error { return broken } },
			want:    func(err error) bool { return errors.Is(err, broken) }, deletes: 1, lists: 1,
		},
		"the key may not": {
			arrange: func(a *api, _ string) { a.remove = func(context.Context, int, string) error { return forbidden } },
			want:    func(err error) bool { return posthog.DenialOf(err) == posthog.DeniedNotAdmin }, deletes: 1,
		},
		"somebody adds the user again and again": {
			arrange: func(a *api, _ string) {
				a.remove = func(_ context.Context, _ int, id string) error { a.leave(id); a.join(alice); return notFound }
			},
			want: posthog.IsNotFound, deletes: maxRemoves, lists: maxRemoves,
		},
		"the list fails too": {
			arrange: func(a *api, _ string) {
				a.remove = func(context.Context, int, string) error { return notFound }
				a.list = func(context.Context, int) ([]posthog.Membership, error) { return nil, organization }
			},
			want: func(err error) bool {
				both, ok := errors.AsType[*LookError](err)
				return ok && posthog.IsNotFound(both.Write) && posthog.IsOrganizationNotFound(both.Look)
			},
			deletes: 1, lists: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			id := a.join(alice).ID
			a.join(bob)
			test.arrange(a, id)
			err := New(a).Remove(t.Context(), role, id, alice)
			switch {
			case test.want == nil && (err != nil || a.has(alice)):
				t.Errorf("got %v; want Alice out of the role", err)
			case test.want != nil && (err == nil || !test.want(err)):
				t.Errorf("the error is %v", err)
			}
			if !a.has(bob) {
				t.Error("Bob is out of the role")
			}
			a.expect(t, "delete", test.deletes)
			a.expect(t, "list", test.lists)
		})
	}
}

func TestRemove_looksOnceMoreWhenTheTimeIsUp(t *testing.T) {
	for name, gone := range map[string]bool{"gone": true, "still there": false} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			id := a.join(alice).ID
			ctx, cancel := context.WithCancel(t.Context())
			a.remove = func(_ context.Context, _ int, id string) error {
				if gone {
					a.leave(id)
				}
				cancel()
				return lost
			}
			if err := New(a).Remove(ctx, role, id, alice); gone != (err == nil) || !gone && !errors.Is(err, lost) {
				t.Errorf("the error is %v", err)
			}
			a.expect(t, "delete", 1)
			a.expect(t, "list", 1)
		})
	}
}

// Whoever was in the role beforehand is not ours, even if the answer to our create was lost.
func TestAdd_unclearCreateOfSomebodyWhoWasThere(t *testing.T) {
	a := newAPI()
	was := a.join(alice)
	rosters := New(a)
	if _, found, err := rosters.WasMember(t.Context(), role, alice); err != nil || !found {
		t.Fatal(found, err)
	}
	a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, lost }
	_, err := rosters.Add(t.Context(), role, alice)
	if exists, ok := errors.AsType[*ExistsError](err); !ok || exists.Membership.ID != was.ID {
		t.Errorf("the error is %v, want that she was there", err)
	}
}

// A list of an organization that the role is not in is empty, and says nothing.
func TestFind_currentOrganizationIsAnotherNow(t *testing.T) {
	current := posthog.RoleRef{OrganizationID: posthog.CurrentOrganization, ID: role.ID}
	for name, exists := range map[string]bool{"the role is elsewhere": false, "the role is empty": true} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			if !exists {
				a.role = notFound
			}
			a.remove = func(context.Context, int, string) error { return notFound }
			rosters := New(a)
			_, found, err := rosters.Find(t.Context(), current, "", alice)
			if _, elsewhere := errors.AsType[*ElsewhereError](err); found || elsewhere == exists {
				t.Errorf("found %t, error %v", found, err)
			}
			err = rosters.Remove(t.Context(), current, "018f401e-9a6b-7a00-8b00-00000000aaaa", alice)
			if _, elsewhere := errors.AsType[*ElsewhereError](err); elsewhere == exists || exists && err != nil {
				t.Errorf("removing ends with %v", err)
			}
		})
	}
}
