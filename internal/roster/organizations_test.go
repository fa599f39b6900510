package roster

import (
	"context"
	"errors"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const elsewhere = "018f401e-9a6b-7a00-8b00-00000000e15e"

func TestOrganization_resolvesEveryNotation(t *testing.T) {
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

// “@current” keeps its first meaning, so that a click in the web app does not split an apply between two organizations.
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

// The server refuses the organization's UUID in a create. The first create is sent twice, and later ones only with “@current”.
func TestAdd_asCurrent(t *testing.T) {
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

func TestAdd_currentIsAnotherOrganization(t *testing.T) {
	needsCurrent := func(err error) bool { _, ok := errors.AsType[*NeedsCurrentError](err); return ok }
	t.Run("before the first create", func(t *testing.T) {
		a := newAPI()
		a.needsCurrent, a.current = true, elsewhere
		if _, _, err := a.rosters().Add(t.Context(), role, alice, "one", false); !needsCurrent(err) {
			t.Errorf("the error is %v", err)
		}
		a.expect(t, "create", 1)
	})
	t.Run("after the first create", func(t *testing.T) {
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
	t.Run("after it was resolved", func(t *testing.T) {
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
	t.Run("and the role was deleted after it was cached", func(t *testing.T) {
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
	t.Run("and the role does not exist", func(t *testing.T) {
		a := newAPI()
		rosters := a.rosters()
		missing := posthog.RoleRef{OrganizationID: role.OrganizationID, ID: elsewhere}
		a.missingRole = missing
		if _, _, err := rosters.Add(t.Context(), missing, alice, "one", false); !is(posthog.ReasonUnknownRole)(err) {
			t.Errorf("the error is %v", err)
		}
		a.expect(t, "organization", 0)
	})
	t.Run("and the server refuses it too", func(t *testing.T) {
		a := newAPI()
		a.create = func(context.Context, int, string) (posthog.Membership, error) {
			return posthog.Membership{}, unknownRole
		}
		if _, _, err := a.rosters().Add(t.Context(), role, alice, "one", false); !needsCurrent(err) {
			t.Errorf("the error is %v", err)
		}
		a.expect(t, "create", 2)
	})
	t.Run("and it cannot be read", func(t *testing.T) {
		a := newAPI()
		a.needsCurrent, a.organizationErr = true, broken
		_, _, err := a.rosters().Add(t.Context(), role, alice, "one", false)
		if failed, ok := errors.AsType[*VerifyError](err); !ok || !errors.Is(failed.Write, unknownRole) || !errors.Is(failed.Verify, broken) {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("and the role cannot be read", func(t *testing.T) {
		a := newAPI()
		a.needsCurrent = true
		a.whenRead = func(context.Context, int) (posthog.Role, error) { return posthog.Role{}, broken }
		outcome := a.rosters().Reconcile(t.Context(), Change{Role: role, Holder: "members", Add: []string{alice}})
		if failed, ok := errors.AsType[*VerifyError](outcome.Failures[0].Err); !ok || !errors.Is(failed.Verify, broken) {
			t.Errorf("the error is %v", outcome.Failures[0].Err)
		}
	})
}
