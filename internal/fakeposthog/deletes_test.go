package fakeposthog_test

import (
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestDeletes(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(2), fakeposthog.MembersEach(2))
	role := hog.Role(0)
	members := hog.Members(role)
	elsewhere := hog.Members(hog.Role(1))[0].ID
	missing := envelope("invalid_request", "not_found", "Not found.", "null")
	for _, tt := range []struct {
		name, id string
		status   int
		body     string
	}{
		{"a membership", members[0].ID + "/", 204, ""},
		{"already deleted", members[0].ID + "/", 404, missing},
		{"without the slash", members[1].ID, 204, ""},
		{"missing", unknownID + "/", 404, missing},
		{"malformed", "alice/", 404, missing},
		{"malformed, with a dot", "alice@example.com/", 404, missing},
		{"in another role", elsewhere + "/", 404, missing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantAnswer(t, c.delete(c.memberships(role)+tt.id), tt.status, tt.body)
		})
	}
	wantEqual(t, "members left", len(hog.Members(role)), 0)
	wantEqual(t, "members of the other role", len(hog.Members(hog.Role(1))), 2)
	wantAnswer(t, c.delete(c.memberships("engineering")+elsewhere), 500, serverError)
}

func TestGetByID(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(1))
	path := c.memberships(hog.Role(0))
	id := hog.Members(hog.Role(0))[0].ID
	got := c.get(path + id + "/")
	wantEqual(t, "membership", decode[map[string]any](t, got.body), c.list(path).Results[0])
	wantAnswer(t, c.get(path+unknownID), 404, envelope("invalid_request", "not_found", "Not found.", "null"))

	hog, c = start(t, fakeposthog.MembersEach(1), fakeposthog.Older())
	id = hog.Members(hog.Role(0))[0].ID
	wantAnswer(t, c.get(c.memberships(hog.Role(0))+id+"/"), 403, noPersonalKeys)
}

// What PostHog changes by itself.
func TestChanges(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(2), fakeposthog.MembersEach(2))
	first, second := hog.Role(0), hog.Role(1)
	leaver, sleeper := hog.User(0), hog.User(1)

	hog.SetDefaultRole(second)
	joiner := hog.AddUser("", "joiner@example.com")
	if hog.IsMember(first, joiner.UUID) || !hog.IsMember(second, joiner.UUID) {
		t.Error("who joins is given the default role, and only that")
	}

	hog.DeactivateUser(sleeper.UUID)
	wantEqual(t, "deactivated users stay listed", c.list(c.memberships(first)).Count, 2)

	hog.LeaveOrganization("", leaver.UUID)
	wantEqual(t, "who leaves the organization leaves its roles", c.list(c.memberships(first)).Count, 1)

	hog.RenameRole(first, "Renamed")
	if got := decode[map[string]any](t, c.get(c.organization()+"roles/"+first+"/").body)["name"]; got != "Renamed" {
		t.Errorf("name: %v", got)
	}

	id := hog.Members(first)[0].ID
	hog.DeleteRole(first)
	wantEqual(t, "a deleted role", c.list(c.memberships(first)).Count, 0)
	if got := c.delete(c.memberships(first) + id); got.status != 404 {
		t.Errorf("deleting from a deleted role: %d", got.status)
	}

	again := hog.Join(second, sleeper.UUID)
	wantEqual(t, "joining twice is joining once", hog.Join(second, sleeper.UUID), again)
	if !hog.Leave(second, sleeper.UUID) || hog.Leave(second, sleeper.UUID) {
		t.Error("leaving works once")
	}
	hog.ExpectRequests(t, "POST role_memberships", 0)
}
