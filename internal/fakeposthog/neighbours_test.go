package fakeposthog_test

import (
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestNeighbours_roles(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(3), fakeposthog.MembersEach(2))
	hog.AddRole(hog.AddOrganization("Other"), "Elsewhere")
	hog.SetDefaultRole(hog.Role(1))
	roles := c.list(c.organization() + "roles/?limit=50")
	wantEqual(t, "count", roles.Count, 3)
	wantEqual(t, "ids", distinctOf(roles.all("id")), []string{hog.Role(0), hog.Role(1), hog.Role(2)})
	for _, role := range roles.Results {
		wantEqual(t, "fields", fields(role), []string{"created_at", "created_by", "id", "is_default", "members", "name"})
		id := role["id"].(string)
		wantEqual(t, "one of them", decode[map[string]any](t, c.get(c.organization()+"roles/"+id).body), role)
		wantEqual(t, "is_default", role["is_default"], any(id == hog.Role(1)))
		wantEqual(t, "created_by", role["created_by"].(map[string]any)["uuid"], any(hog.Owner().UUID))
		var members []map[string]any
		for _, m := range role["members"].([]any) {
			members = append(members, m.(map[string]any))
		}
		wantEqual(t, "members are full memberships", members, c.list(c.memberships(id)).Results)
	}
}

func TestNeighbours_rolesAreUnordered(t *testing.T) {
	_, c := start(t, fakeposthog.Roles(10))
	first := c.list(c.organization() + "roles/").all("id")
	for range 100 {
		if again := c.list(c.organization() + "roles/").all("id"); again[0] != first[0] {
			return
		}
	}
	t.Error("100 requests gave the same first role")
}

func TestNeighbours_nullCreatedBy(t *testing.T) {
	hog, c := start(t, fakeposthog.NullFields())
	role := decode[map[string]any](t, c.get(c.organization()+"roles/"+hog.Role(0)+"/").body)
	if value, present := role["created_by"]; !present || value != nil {
		t.Errorf("created_by: %v", value)
	}
	member := c.list(c.organization() + "members/").Results[0]
	if value, present := member["last_login"]; !present || value != nil {
		t.Errorf("last_login: %v", value)
	}
}

func TestNeighbours_members(t *testing.T) {
	hog, c := start(t, fakeposthog.Users(3))
	hog.DeactivateUser(hog.User(1).UUID)
	hog.AddUser(hog.AddOrganization("Other"), "stranger@example.com")
	emails := func(query string) []string {
		var emails []string
		for _, m := range c.list(c.organization() + "members/" + query).Results {
			wantEqual(t, "fields", fields(m), []string{"has_social_auth", "id", "is_2fa_enabled", "joined_at", "last_login",
				"level", "updated_at", "user"})
			emails = append(emails, m["user"].(map[string]any)["email"].(string))
		}
		return emails
	}
	wantEqual(t, "newest first, without the deactivated", emails(""),
		[]string{hog.User(2).Email, hog.User(0).Email, hog.Owner().Email})
	wantEqual(t, "by email", emails("?email="+hog.User(2).Email), []string{hog.User(2).Email})
	wantEqual(t, "by part of an email", len(emails("?email=user")), 0)
	wantEqual(t, "by email in another case", len(emails("?email=USER2@example.com")), 0)
	wantEqual(t, "by the email of a deactivated user", len(emails("?email="+hog.User(1).Email)), 0)
	wantEqual(t, "a page", c.list(c.organization()+"members/?limit=2").Count, 3)
	wantEqual(t, "its rows", len(c.list(c.organization()+"members/?limit=2").Results), 2)
}

func TestNeighbours_organizations(t *testing.T) {
	hog, c := start(t)
	other := hog.AddOrganization("Other Hogs")
	hog.AddUserWith(other, hog.Owner())
	hog.AddOrganization("Strangers")
	got := c.list("/api/organizations/")
	wantEqual(t, "ids", got.all("id"), []string{hog.OrganizationID, other})
	wantEqual(t, "names", got.all("name"), []string{"Hogflix", "Other Hogs"})
	wantEqual(t, "slugs", got.all("slug"), []string{"hogflix", "other-hogs"})
	wantEqual(t, "level in the first", got.Results[0]["membership_level"], any(fakeposthog.LevelOwner))
	wantEqual(t, "level in the other", got.Results[1]["membership_level"], any(fakeposthog.LevelMember))

	limited := c.with(hog.AddKey(fakeposthog.Key{Organizations: []string{other}}))
	wantEqual(t, "of a limited key", limited.list("/api/organizations").all("id"), []string{other})
	hog.ExpectRequests(t, "GET organizations", 2)
}

func TestOlder(t *testing.T) {
	hog, c := start(t, fakeposthog.Older(), fakeposthog.MembersEach(4), fakeposthog.Roles(2))
	role := hog.Role(0)
	wantAnswer(t, c.get(c.organization()+"roles/?limit=10"), 500, serverError)
	wantEqual(t, "roles without a limit", c.list(c.organization()+"roles/").Count, 2)
	wantAnswer(t, c.get("/api/organizations/hogflix/roles/"), 500, serverError)
	wantAnswer(t, c.get(c.memberships(role)+hog.Members(role)[0].ID+"/"), 403,
		denied("This action does not support personal API key access"))
	if got := distinctOf(readPages(c, c.memberships(role), 2)); len(got) == 4 {
		t.Error("pages are ordered")
	}
	got := c.list(c.memberships(role) + "?limit=500")
	wantEqual(t, "fields", fields(got.Results[0]), []string{"id", "joined_at", "role_id", "updated_at", "user"})
}
