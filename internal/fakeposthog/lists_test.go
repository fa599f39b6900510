package fakeposthog_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestLists_limitAndOffset(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(150))
	role := hog.Role(0)
	for _, tt := range []struct {
		query               string
		from, to            int // of the ordered members
		next, previousQuery string
	}{
		{query: "", from: 0, to: 100, next: "limit=100&offset=100"},
		{query: "?limit=0", from: 0, to: 100, next: "limit=100&offset=100"},
		{query: "?limit=-5", from: 0, to: 100, next: "limit=100&offset=100"},
		{query: "?limit=many", from: 0, to: 100, next: "limit=100&offset=100"},
		{query: "?limit=500", from: 0, to: 150},
		{query: "?limit=150", from: 0, to: 150},
		{query: "?limit=9223372036854775807", from: 0, to: 150},
		{query: "?limit=149", from: 0, to: 149, next: "limit=149&offset=149"},
		{query: "?limit=40&offset=30", from: 30, to: 70, next: "limit=40&offset=70", previousQuery: "limit=40"},
		{query: "?limit=40&offset=100", from: 100, to: 140, next: "limit=40&offset=140", previousQuery: "limit=40&offset=60"},
		{query: "?limit=40&offset=-1", from: 0, to: 40, next: "limit=40&offset=40"},
		{query: "?limit=40&offset=x", from: 0, to: 40, next: "limit=40&offset=40"},
		{query: "?limit=40&offset=150", from: 150, to: 150, previousQuery: "limit=40&offset=110"},
		{query: "?limit=40&offset=9999", from: 150, to: 150, previousQuery: "limit=40&offset=9959"},
		{query: "?a=b&limit=40", from: 0, to: 40, next: "a=b&limit=40&offset=40"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			got := c.list(c.memberships(role) + tt.query)
			wantEqual(t, "count", got.Count, 150)
			var want []string
			for _, m := range hog.Members(role)[tt.from:tt.to] {
				want = append(want, m.ID)
			}
			wantEqual(t, "ids", got.all("id"), want)
			wantLink(t, "next", got.Next, hog.URL+c.memberships(role), tt.next)
			wantLink(t, "previous", got.Previous, hog.URL+c.memberships(role), tt.previousQuery)
		})
	}
}

// The database rejects a number of 29 digits. It is not asked if no row can match.
func TestLists_limitThatIsTooLarge(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(1))
	const digits = "99999999999999999999999999999"
	wantAnswer(t, c.get(c.memberships(hog.Role(0))+"?limit="+digits), 500, serverError)
	wantAnswer(t, c.get(c.organization()+"members/?limit="+digits), 500, serverError)
	wantEqual(t, "an empty role", c.list(c.memberships(unknownID)+"?limit="+digits).Count, 0)
	wantEqual(t, "past the end", len(c.list(c.memberships(hog.Role(0))+"?offset="+digits).Results), 0)
}

func wantLink(t *testing.T, what string, got *string, base, query string) {
	t.Helper()
	switch {
	case query == "" && got != nil:
		t.Errorf("%s: got %s, want null", what, *got)
	case query != "" && got == nil:
		t.Errorf("%s: got null, want %s?%s", what, base, query)
	case query != "" && *got != base+"?"+query:
		t.Errorf("%s: got %s, want %s?%s", what, *got, base, query)
	}
}

func TestLists_nextIsOfTheHostTheServerBelieves(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(3), fakeposthog.NextBase("http://posthog-web:8000/"))
	next := c.list(c.memberships(hog.Role(0)) + "?limit=1").Next
	wantLink(t, "next", next, "http://posthog-web:8000"+c.memberships(hog.Role(0)), "limit=1&offset=1")
}

func TestLists_newestVersionIsOrdered(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(5))
	role := hog.Role(0)
	hog.Leave(role, hog.User(1).UUID)
	hog.Join(role, hog.User(1).UUID) // now the latest
	got := c.list(c.memberships(role))
	wantEqual(t, "ids", got.all("id"), idsOf(hog.Members(role)))
	if !slices.IsSorted(got.all("joined_at")) {
		t.Errorf("not ordered by joined_at: %v", got.all("joined_at"))
	}
}

func idsOf(members []fakeposthog.Membership) []string {
	var ids []string
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	return ids
}

func TestLists_unorderedPagesRepeatAndMiss(t *testing.T) {
	for _, n := range []int{2, 4, 7, 30} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			hog, c := start(t, fakeposthog.MembersEach(n), fakeposthog.Older())
			path := c.memberships(hog.Role(0))
			for range 10 {
				seen := readPages(c, path, (n+1)/2)
				if len(seen) != n {
					t.Fatalf("got %d rows, want %d", len(seen), n)
				}
				if distinct := distinctOf(seen); len(distinct) == n {
					t.Fatal("no row was missing")
				}
			}
			whole := c.list(path + "?limit=500")
			wantEqual(t, "one page", distinctOf(whole.all("id")), idsOf(hog.Members(hog.Role(0))))
		})
	}
}

func TestLists_unorderedForAWhile(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(4), fakeposthog.UnorderedFirst(2))
	path := c.memberships(hog.Role(0))
	if got := distinctOf(readPages(c, path, 2)); len(got) == 4 {
		t.Error("no row was missing at first")
	}
	wantEqual(t, "settled", readPages(c, path, 2), idsOf(hog.Members(hog.Role(0))))
}

// readPages reads all pages by following next.
func readPages(c *client, path string, limit int) []string {
	c.t.Helper()
	var ids []string
	query := fmt.Sprintf("limit=%d", limit)
	for {
		got := c.list(path + "?" + query)
		ids = append(ids, got.all("id")...)
		if got.Next == nil {
			return ids
		}
		next, err := url.Parse(*got.Next)
		if err != nil {
			c.t.Fatal(err)
		}
		query = next.RawQuery
	}
}

func distinctOf(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestLists_rolesAndOrganizations(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(1))
	other := hog.AddOrganization("Other")
	elsewhere := hog.AddRole(other, "Elsewhere")
	deleted := hog.AddRole("", "Deleted")
	hog.Join(deleted, hog.User(0).UUID)
	hog.DeleteRole(deleted)

	const (
		empty      = `{"count":0,"next":null,"previous":null,"results":[]}`
		noOrg      = `{"type":"invalid_request","code":"not_found","detail":"Organization not found.","attr":null}`
		noRole     = `{"type":"invalid_request","code":"not_found","detail":"Not found.","attr":null}`
		roleByName = "engineering"
	)
	in := func(org, role string) string { return "/api/organizations/" + org + "/roles/" + role + "/" }
	for _, tt := range []struct {
		name, path string
		status     int
		body       string
	}{
		{"unknown role", c.memberships(unknownID), 200, empty},
		{"deleted role", c.memberships(deleted), 200, empty},
		{"role of another organization", c.memberships(elsewhere), 200, empty},
		{"role that is not a UUID", c.memberships(roleByName), 500, serverError},
		{"role with a dot", c.memberships("a.b"), 404, noEndpoint},
		{"a membership of it", c.memberships("a.b") + unknownID + "/", 404, noEndpoint},
		{"GET role with a dot", in(hog.OrganizationID, "a.b"), 404, noRole},
		{"GET unknown role", in(hog.OrganizationID, unknownID), 404, noRole},
		{"GET deleted role", in(hog.OrganizationID, deleted), 404, noRole},
		{"GET role of another organization", in(hog.OrganizationID, elsewhere), 404, noRole},
		{"GET role that is not a UUID", in(hog.OrganizationID, roleByName), 404, noRole},
		{"unknown organization", in(unknownID, hog.Role(0)) + "role_memberships/", 404, noOrg},
		{"malformed organization", in("0190", hog.Role(0)) + "role_memberships/", 404, noOrg},
		{"slug of the organization", in("hogflix", hog.Role(0)) + "role_memberships/", 404, noOrg},
		{"organization the owner is not in", in(other, elsewhere) + "role_memberships/", 403,
			denied("You do not have permission to perform this action.")},
	} {
		t.Run(tt.name, func(t *testing.T) { wantAnswer(t, c.get(tt.path), tt.status, tt.body) })
	}
}

func TestLists_otherSpellings(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(2))
	org, role := hog.OrganizationID, hog.Role(0)
	for _, path := range []string{
		"/api/organizations/" + org + "/roles/" + role + "/role_memberships", // no trailing slash
		"/api/organizations/" + strings.ToUpper(org) + "/roles/" + role + "/role_memberships/",
		"/api/organizations/" + org + "/roles/" + strings.ToUpper(role) + "/role_memberships/",
		"/api/organizations/@current/roles/" + role + "/role_memberships/",
		"/api/organizations/%40current/roles/" + role + "/role_memberships/",
	} {
		t.Run(path, func(t *testing.T) {
			got := c.list(path)
			wantEqual(t, "ids", got.all("id"), idsOf(hog.Members(role)))
			wantEqual(t, "role_id", got.all("role_id"), []string{role, role})
		})
	}
}

func TestLists_currentOrganizationFollowsTheWebApp(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(1))
	other := hog.AddOrganization("Other")
	hog.AddUserWith(other, hog.Owner())
	path := "/api/organizations/@current/roles/" + hog.Role(0) + "/role_memberships/"
	wantEqual(t, "count", c.list(path).Count, 1)
	hog.SetCurrentOrganization(hog.Owner().UUID, other)
	wantEqual(t, "count after the switch", c.list(path).Count, 0)
	hog.LeaveOrganization(other, hog.Owner().UUID)
	wantEqual(t, "count after leaving", c.list(path).Count, 1)
}

func TestLists_restrictedVisibility(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(4))
	role := hog.Role(0)
	hog.RestrictVisibility("", hog.User(1).UUID, hog.User(3).UUID)
	member := c.with(hog.AddKey(fakeposthog.Key{Owner: hog.User(0).UUID}))
	admin := c.with(hog.AddKey(fakeposthog.Key{Owner: hog.User(2).UUID}))
	hog.SetLevel("", hog.User(2).UUID, fakeposthog.LevelAdmin)
	all := idsOf(hog.Members(role))

	wantEqual(t, "a member sees", member.list(c.memberships(role)).all("id"), []string{all[1], all[3]})
	wantEqual(t, "and counts", member.list(c.memberships(role)).Count, 2)
	wantEqual(t, "an admin sees", admin.list(c.memberships(role)).all("id"), all)
	wantEqual(t, "the owner sees", c.list(c.memberships(role)).all("id"), all)
	wantEqual(t, "members a member sees", member.list(c.organization()+"members/").Count, 2)
	roles := member.list(c.organization() + "roles/")
	wantEqual(t, "members in a role a member sees", len(roles.Results[0]["members"].([]any)), 2)

	made := hog.AddRoleBy("", "Made", hog.User(0).UUID)
	createdBy := func(c *client) any {
		return decode[map[string]any](t, c.get(c.organization()+"roles/"+made+"/").body)["created_by"]
	}
	wantEqual(t, "who made a role is hidden too", createdBy(member), nil)
	if createdBy(admin) == nil {
		t.Error("an admin does not see created_by")
	}

	hog.RestrictVisibility("")
	wantEqual(t, "nobody", member.list(c.memberships(role)).Count, 0)
	wantEqual(t, "everyone", admin.list(c.memberships(role)).Count, 4)
}
