package fakeposthog_test

import (
	"slices"
	"strings"
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
		one := decode[map[string]any](t, c.get(c.organization()+"roles/"+id).body)
		wantEqual(t, "one of them", sortedMembers(one), sortedMembers(role))
		wantEqual(t, "is_default", role["is_default"], any(id == hog.Role(1)))
		wantEqual(t, "created_by", role["created_by"], nil)
		wantEqual(t, "members are full memberships", sortedMembers(role)["members"], any(c.list(c.memberships(id)).Results))
	}
}

// sortedMembers sorts the members of a role by id, because the server does not sort them.
func sortedMembers(role map[string]any) map[string]any {
	slices.SortFunc(role["members"].([]any), func(a, b any) int {
		return strings.Compare(a.(map[string]any)["id"].(string), b.(map[string]any)["id"].(string))
	})
	return role
}

func TestNeighbours_membersOfARoleAreUnordered(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(20))
	for range 3 {
		body := c.get(c.organization() + "roles/" + hog.Role(0) + "/").body
		var ids []string
		for _, m := range decode[map[string]any](t, body)["members"].([]any) {
			ids = append(ids, m.(map[string]any)["id"].(string))
		}
		wantEqual(t, "members", distinctOf(ids), idsOf(hog.Members(hog.Role(0))))
		if slices.IsSorted(ids) {
			t.Error("the members are ordered")
		}
	}
}

// Names are unique without regard to case through the API, but not through SCIM.
func TestNeighbours_rolesOfOneName(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(0))
	hog.AddRole("", "Support")
	hog.AddRole("", "support")
	made := hog.AddRoleBy("", "Web", hog.User(0).UUID)
	wantEqual(t, "filters are ignored", c.list(c.organization()+"roles/?name=Web&search=Web").Count, 3)
	wantEqual(t, "names", distinctOf(c.list(c.organization()+"roles/").all("name")), []string{"Support", "Web", "support"})
	role := decode[map[string]any](t, c.get(c.organization()+"roles/"+made+"/").body)
	wantEqual(t, "created_by", role["created_by"].(map[string]any)["uuid"], any(hog.User(0).UUID))
}

func TestNeighbours_rolesHaveNoMaximumLimit(t *testing.T) {
	_, c := start(t, fakeposthog.Roles(150))
	wantEqual(t, "a page", len(c.list(c.organization()+"roles/").Results), 100)
	wantEqual(t, "one page of all", len(distinctOf(c.list(c.organization()+"roles/?limit=1000").all("id"))), 150)
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
	hog, c := start(t, fakeposthog.NullFields(), fakeposthog.Roles(0))
	hog.AddRoleBy("", "Web", hog.Owner().UUID)
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
	hog.AddUserWith("", fakeposthog.User{Email: "bot@posthog.com", Bot: true})
	emails := func(query string) []string {
		var emails []string
		for _, m := range c.list(c.organization() + "members/" + query).Results {
			wantEqual(t, "fields", fields(m), []string{"has_social_auth", "id", "is_2fa_enabled", "joined_at", "last_login",
				"level", "updated_at", "user"})
			emails = append(emails, m["user"].(map[string]any)["email"].(string))
		}
		return emails
	}
	newestFirst := []string{hog.User(2).Email, hog.User(0).Email, hog.Owner().Email}
	wantEqual(t, "newest first, without the deactivated and bots", emails(""), newestFirst)
	wantEqual(t, "search for a part", emails("?search=SER2@"), []string{hog.User(2).Email})
	wantEqual(t, "search for a name", emails("?search=owner%20hog"), []string{hog.Owner().Email})
	wantEqual(t, "search for nobody", len(emails("?search=nobody")), 0)
	wantEqual(t, "by email", emails("?email="+hog.User(2).Email), []string{hog.User(2).Email})
	wantEqual(t, "by part of an email", len(emails("?email=user")), 0)
	wantEqual(t, "by email in another case", len(emails("?email=USER2@example.com")), 0)
	wantEqual(t, "by the email of a deactivated user", len(emails("?email="+hog.User(1).Email)), 0)
	wantEqual(t, "a page", c.list(c.organization()+"members/?limit=2").Count, 3)
	wantEqual(t, "its rows", len(c.list(c.organization()+"members/?limit=2").Results), 2)
}

func TestNeighbours_emailsThatDifferInCase(t *testing.T) {
	hog, c := start(t, fakeposthog.Users(2))
	hog.ChangeEmail(hog.User(0).UUID, "alice@example.com")
	hog.ChangeEmail(hog.User(1).UUID, "Alice@example.com")
	found := func(query string) int { return c.list(c.organization() + "members/?" + query).Count }
	wantEqual(t, "exact", found("email=Alice@example.com"), 1)
	wantEqual(t, "search", found("search=alice"), 2)
	wantEqual(t, "the former", found("email=user0@example.com"), 0)
	hog.AddUser("", "alice@example.com")
	wantEqual(t, "the same", found("email=alice@example.com"), 2)
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

func TestNeighbours_organization(t *testing.T) {
	hog, c := start(t)
	other := hog.AddOrganization("Hogflix")
	hog.AddUserWith(other, hog.Owner())
	hog.SetSlug(other, "renamed")
	elsewhere := hog.AddOrganization("Hogflix")
	loner := hog.AddUser("", "loner@example.com").UUID
	homeless := c.with(hog.AddKey(fakeposthog.Key{Owner: loner}))
	hog.LeaveOrganization("", loner)

	listed := c.list("/api/organizations/").Results
	wantEqual(t, "by id", decode[map[string]any](t, c.get(c.organization()).body), listed[0])
	wantEqual(t, "the other", decode[map[string]any](t, c.get("/api/organizations/"+other).body), listed[1])
	wantEqual(t, "@current", decode[map[string]any](t, c.get("/api/organizations/@current/").body), listed[0])
	hog.SetCurrentOrganization(hog.Owner().UUID, other)
	wantEqual(t, "@current after the switch", decode[map[string]any](t, c.get("/api/organizations/@current/").body), listed[1])
	wantEqual(t, "slug", listed[1]["slug"], any("renamed"))

	for _, id := range []string{unknownID, "0190", "hogflix", "renamed", "a.b", elsewhere} {
		wantAnswer(t, c.get("/api/organizations/"+id+"/"), 404, notFound)
	}
	wantAnswer(t, homeless.get("/api/organizations/@current/"), 404,
		envelope("invalid_request", "not_found", "Organization not found.", "null"))
	noScope := denied("API key missing required scope 'organization:read'")
	memberReader := c.with(hog.AddKey(fakeposthog.Key{Scopes: []string{"organization_member:read"}}))
	wantAnswer(t, memberReader.get(c.organization()), 403, noScope)
	wantAnswer(t, memberReader.get("/api/organizations/"+unknownID+"/"), 403, noScope)
	limited := c.with(hog.AddKey(fakeposthog.Key{Organizations: []string{other}}))
	wantAnswer(t, limited.get("/api/organizations/"+unknownID+"/"), 404, notFound)
	patch := c.send("PATCH", "/api/organizations/"+unknownID+"/", "", "")
	wantAnswer(t, patch, 403, noPersonalKeys)
}

func TestNeighbours_organizationOn2025(t *testing.T) {
	for name, opt := range map[string]fakeposthog.Option{
		"before 2025": fakeposthog.Older(), "of late 2025": fakeposthog.RefuseExplicitOrganization(),
	} {
		t.Run(name, func(t *testing.T) {
			hog, c := start(t, opt)
			wantAnswer(t, c.get("/api/organizations/hogflix/"), 500, serverError)
			wantAnswer(t, c.get("/api/organizations/"+unknownID+"/"), 404, notFound)
			wantAnswer(t, c.get("/api/organizations/"+hog.AddOrganization("Other")+"/"), 404, notFound)
		})
	}
}
