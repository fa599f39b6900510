package roster

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

func TestOrganizationMembers(t *testing.T) {
	a := newAPI()
	a.organizationMembers = []posthog.Member{
		{User: posthog.User{UUID: alice, Email: "Alice@example.com"}},
		{User: posthog.User{UUID: bob, Email: "bob@example.com"}},
		{User: posthog.User{UUID: elsewhere, Email: "BOB@example.com"}},
	}
	rosters := a.rosters()
	for range 3 {
		members, err := rosters.OrganizationMembers(t.Context(), role.OrganizationID)
		if err != nil {
			t.Fatal(err)
		}
		if found := members.ByEmail("alice@EXAMPLE.com"); len(found) != 1 || found[0].User.UUID != alice {
			t.Errorf("Alice by email: %v", found)
		}
		if found := members.ByEmail("bob@example.com"); len(found) != 2 {
			t.Errorf("both Bobs by email: %v", found)
		}
		if found := members.ByEmail("carol@example.com"); len(found) != 0 {
			t.Errorf("Carol by email: %v", found)
		}
		if member, found := members.ByUUID(bob); !found || member.User.Email != "bob@example.com" {
			t.Errorf("Bob by UUID: %v, %t", member, found)
		}
		if _, found := members.ByUUID("unknown"); found {
			t.Error("an unknown user was found by UUID")
		}
	}
	a.expect(t, "members", 1)
}

func TestRoster_findsByEmail(t *testing.T) {
	a := newAPI()
	membership := a.addMember(alice)
	a.whenRead = func(context.Context, int) (posthog.Role, error) {
		snapshot := a.snapshot()
		snapshot.Members[0].User.Email = "Alice@Example.com"
		return snapshot, nil
	}
	roster, err := a.rosters().Roster(t.Context(), role)
	if err != nil {
		t.Fatal(err)
	}
	if found := roster.ByEmail("alice@example.COM"); len(found) != 1 || found[0].ID != membership.ID {
		t.Errorf("got %v", found)
	}
	if found := roster.ByEmail("bob@example.com"); len(found) != 0 {
		t.Errorf("got %v", found)
	}
}

// With a key without the scope, the members are requested once, and not once for each user.
func TestOrganizationMembers_withoutTheScope(t *testing.T) {
	a := newAPI()
	scope := refusal(http.StatusForbidden, posthog.ReasonMissingScope)
	a.listErr = scope
	rosters := a.rosters()
	for range 3 {
		if members, err := rosters.OrganizationMembers(t.Context(), role.OrganizationID); err != nil || !errors.Is(members.ListError, scope) {
			t.Errorf("got %v, %v", members, err)
		}
	}
	a.expect(t, "members", 1)
	a.listErr = broken
	if _, err := a.rosters().OrganizationMembers(t.Context(), role.OrganizationID); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}
