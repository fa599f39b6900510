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
		"by id":                    {membership.ID, alice, membership.ID},
		"by user":                  {"018f401e-9a6b-7a00-8b00-00000000dead", alice, membership.ID},
		"the id of another user":   {other.ID, alice, membership.ID},
		"neither":                  {"018f401e-9a6b-7a00-8b00-00000000dead", "unknown", ""},
		"another id, unknown user": {other.ID, "unknown", ""},
		"only the user":            {"", bob, other.ID},
	} {
		found, ok := roster.ByUUID(test.user)
		if ok != (test.want != "") || found.ID != test.want {
			t.Errorf("%s: got %q, %t; want %q", name, found.ID, ok, test.want)
		}
	}
}

func TestRoster_with(t *testing.T) {
	a := newAPI()
	removed, added := a.addMember(alice), posthog.Membership{User: posthog.User{UUID: bob}}
	roster, err := a.rosters().Roster(t.Context(), role)
	if err != nil {
		t.Fatal(err)
	}
	changed := roster.With([]posthog.Membership{added}, []posthog.Membership{removed})
	_, hasAlice := changed.ByUUID(alice)
	_, hasBob := changed.ByUUID(bob)
	if hasAlice || !hasBob || changed.MemberCount != 1 || len(roster.Members) != 1 {
		t.Errorf("got %+v", changed.Role)
	}
}

// A missing role is cached. Errors are not.
func TestRoster_missingRole(t *testing.T) {
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

func TestCachedMembership_manyWritesCostOneRead(t *testing.T) {
	a := newAPI()
	existing := a.addMember(bob)
	rosters := a.rosters()
	for i := range 50 {
		user := fmt.Sprintf("018f401e-9a6b-7a00-8b00-%012d", i)
		if _, found, err := rosters.CachedMembership(t.Context(), role, user); err != nil || found {
			t.Fatalf("user %d: is a member %t, %v", i, found, err)
		}
		if _, _, err := rosters.Add(t.Context(), role, user, "one", false); err != nil {
			t.Fatal(err)
		}
	}
	a.expect(t, "read", 1)
	if membership, found, err := rosters.CachedMembership(t.Context(), role, bob); err != nil || !found || membership.ID != existing.ID {
		t.Errorf("Bob is a member: %t, %v", found, err)
	}
}

// The cached role is updated with the writes of this process.
func TestCachedMembership_includesOwnWrites(t *testing.T) {
	a := newAPI()
	id := a.addMember(bob).ID
	rosters := a.rosters()
	expect := func(user string, want bool) {
		t.Helper()
		if _, found, err := rosters.CachedMembership(t.Context(), role, user); err != nil || found != want {
			t.Errorf("is a member: %t, %v; want %t", found, err, want)
		}
	}
	expect(bob, true)
	expect(alice, false)
	if _, err := rosters.Remove(t.Context(), role, id, bob, "one"); err != nil {
		t.Fatal(err)
	}
	expect(bob, false)
	if _, _, err := rosters.Add(t.Context(), role, alice, "two", false); err != nil {
		t.Fatal(err)
	}
	expect(alice, true)
	expect(bob, false)
	a.expect(t, "read", 2)
}

func TestCachedMembership_returnsReadErrors(t *testing.T) {
	a := newAPI()
	a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, broken }
	if _, _, err := a.rosters().CachedMembership(t.Context(), role, bob); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}
