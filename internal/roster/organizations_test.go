package roster

import (
	"errors"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const elsewhere = "018f401e-9a6b-7a00-8b00-00000000e15e"

func TestOrganization_isItsUUIDHoweverItIsWritten(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	for range 3 {
		for _, written := range []string{role.OrganizationID, "@current", "hogflix"} {
			if id, err := rosters.Organization(t.Context(), written); id != role.OrganizationID || err != nil {
				t.Errorf("%s is %q, %v", written, id, err)
			}
		}
	}
	a.expect(t, "organization", 1)
	a.expect(t, "organizations", 1)
}

// What “@current” means is settled once: somebody who clicks in the web app must not split one apply between two.
func TestOrganization_currentStays(t *testing.T) {
	a := newAPI()
	rosters := a.rosters()
	if _, err := rosters.Organization(t.Context(), "@current"); err != nil {
		t.Fatal(err)
	}
	a.current = elsewhere
	if id, err := rosters.Organization(t.Context(), "@current"); id != role.OrganizationID || err != nil {
		t.Errorf("@current is %q, %v", id, err)
	}
}

func TestOrganization_unknownSlug(t *testing.T) {
	_, err := newAPI().rosters().Organization(t.Context(), "hogflicks")
	if unknown, ok := errors.AsType[*UnknownOrganizationError](err); !ok || len(unknown.Known) != 1 {
		t.Errorf("the error is %v", err)
	}
}

// On servers that refuse the organization's UUID in a create, “@current” takes its place, once that is known at once.
func TestAdd_byTheNameCurrent(t *testing.T) {
	a := newAPI()
	a.needsCurrent = true
	rosters := a.rosters()
	for _, user := range []string{alice, bob} {
		if membership, _, err := rosters.Add(t.Context(), role, user, "one", false); err != nil || membership.User.UUID != user {
			t.Fatalf("got %v, %v", membership, err)
		}
	}
	a.expect(t, "create", 3)
	a.expect(t, "organization", 1)
}

func TestAdd_needsCurrentAndItIsAnother(t *testing.T) {
	needsCurrent := func(err error) bool { _, ok := errors.AsType[*NeedsCurrentError](err); return ok }
	t.Run("from the beginning", func(t *testing.T) {
		a := newAPI()
		a.needsCurrent, a.current = true, elsewhere
		if _, _, err := a.rosters().Add(t.Context(), role, alice, "one", false); !needsCurrent(err) {
			t.Errorf("the error is %v", err)
		}
		a.expect(t, "create", 1)
	})
	t.Run("since a while ago", func(t *testing.T) {
		a := newAPI()
		a.needsCurrent = true
		rosters := a.rosters()
		if _, _, err := rosters.Add(t.Context(), role, alice, "one", false); err != nil {
			t.Fatal(err)
		}
		a.current = elsewhere
		if _, _, err := rosters.Add(t.Context(), role, bob, "two", false); !needsCurrent(err) {
			t.Errorf("the error is %v", err)
		}
		if a.isMember(bob) {
			t.Error("Bob is in the role")
		}
	})
	t.Run("and what was written means what it meant", func(t *testing.T) {
		a := newAPI()
		a.needsCurrent = true
		rosters := a.rosters()
		if _, err := rosters.Organization(t.Context(), "@current"); err != nil {
			t.Fatal(err)
		}
		a.current = elsewhere
		if _, _, err := rosters.Add(t.Context(), role, bob, "two", false); !needsCurrent(err) {
			t.Errorf("the error is %v", err)
		}
		if id, err := rosters.Organization(t.Context(), "@current"); id != role.OrganizationID || err != nil {
			t.Errorf("@current is %q now, %v", id, err)
		}
	})
	t.Run("the role has gone since it was read", func(t *testing.T) {
		a := newAPI()
		a.needsCurrent = true
		rosters := a.rosters()
		if _, _, err := rosters.Add(t.Context(), role, alice, "one", false); err != nil {
			t.Fatal(err)
		}
		a.missingRole = role
		if _, _, err := rosters.Add(t.Context(), role, bob, "two", false); !is(posthog.ReasonUnknownRole)(err) || needsCurrent(err) {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("the role is gone", func(t *testing.T) {
		a := newAPI()
		rosters := a.rosters()
		gone := posthog.RoleRef{OrganizationID: role.OrganizationID, ID: elsewhere}
		a.missingRole = gone
		if _, _, err := rosters.Add(t.Context(), gone, alice, "one", false); !is(posthog.ReasonUnknownRole)(err) {
			t.Errorf("the error is %v", err)
		}
		a.expect(t, "organization", 0)
	})
}
