package roster

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

func TestRoster_findsByIDThenByUser(t *testing.T) {
	a := newAPI()
	membership := a.addMember(alice)
	other := a.addMember(bob)
	roster, err := a.rosters().Roster(t.Context(), role)
	if err != nil || !roster.Exists || roster.Name != "Engineering" {
		t.Fatal(roster, err)
	}
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
		found, ok := roster.Find(test.id, test.user)
		if ok != (test.want != "") || found.ID != test.want {
			t.Errorf("%s: got %q, %t; want %q", name, found.ID, ok, test.want)
		}
	}
}

// That a role is gone is an answer like any other: it is kept, however many ask.
func TestRoster_ofARoleThatIsGone(t *testing.T) {
	for _, test := range []struct {
		answer error
		failed bool
		reads  int
	}{{notFound, false, 1}, {organization, true, 3}, {broken, true, 3}} {
		a := newAPI()
		a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, test.answer }
		rosters := a.rosters()
		for range 3 {
			roster, err := rosters.Roster(t.Context(), role)
			if (err != nil) != test.failed || err == nil && (roster.Exists || len(roster.Members) > 0) {
				t.Errorf("%v: got %v, %v", test.answer, roster, err)
			}
		}
		a.expect(t, "read", test.reads)
	}
}

func TestCachedMembership_costsOneReadHoweverManyWrites(t *testing.T) {
	a := newAPI()
	was := a.addMember(bob)
	rosters := a.rosters()
	for i := range 50 {
		user := fmt.Sprintf("018f401e-9a6b-7a00-8b00-%012d", i)
		if _, there, err := rosters.CachedMembership(t.Context(), role, user); err != nil || there {
			t.Fatalf("user %d: is a member %t, %v", i, there, err)
		}
		if _, _, err := rosters.Add(t.Context(), role, user, "one", false); err != nil {
			t.Fatal(err)
		}
	}
	a.expect(t, "read", 1)
	if membership, there, err := rosters.CachedMembership(t.Context(), role, bob); err != nil || !there || membership.ID != was.ID {
		t.Errorf("Bob is a member: %t, %v", there, err)
	}
}

// What this process has written counts, although the reading is from before.
func TestCachedMembership_hasOwnWritesOnTop(t *testing.T) {
	a := newAPI()
	id := a.addMember(bob).ID
	rosters := a.rosters()
	standing := func(user string, want bool) {
		t.Helper()
		if _, there, err := rosters.CachedMembership(t.Context(), role, user); err != nil || there != want {
			t.Errorf("is a member: %t, %v; want %t", there, err, want)
		}
	}
	standing(bob, true)
	standing(alice, false)
	if _, err := rosters.Remove(t.Context(), role, id, bob, "one"); err != nil {
		t.Fatal(err)
	}
	standing(bob, false)
	if _, _, err := rosters.Add(t.Context(), role, alice, "two", false); err != nil {
		t.Fatal(err)
	}
	standing(alice, true)
	standing(bob, false)
	a.expect(t, "read", 2)
}

func TestCachedMembership_sharesItsErrors(t *testing.T) {
	a := newAPI()
	a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, broken }
	if _, _, err := a.rosters().CachedMembership(t.Context(), role, bob); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}
