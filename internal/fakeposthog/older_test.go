package fakeposthog_test

import (
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// olderServers are the options for servers before mid-2026.
var olderServers = map[string]fakeposthog.Option{
	"before mid-2026": fakeposthog.BeforeMid2026(),
	"of late 2025":    fakeposthog.RefuseExplicitOrganization(),
	"before 2025":     fakeposthog.Older(),
	"old fields":      fakeposthog.OldFields(),
}

func TestOlder_parametersOfRolesAreFilters(t *testing.T) {
	for name, opt := range olderServers {
		t.Run(name, func(t *testing.T) {
			hog, c := start(t, opt, fakeposthog.Roles(0))
			upper := hog.AddRole("", "ÜBER")
			hog.AddRole("", "Support")
			roles, role := c.organization()+"roles/", c.organization()+"roles/"+upper+"/"

			for _, query := range []string{"limit=10", "offset=0", "format=json", "foo=", "name=ÜBER&foo=1", "search=x"} {
				wantAnswer(t, c.get(roles+"?"+query), 500, serverError)
				wantAnswer(t, c.get(role+"?"+query), 500, serverError)
				wantAnswer(t, c.send("PATCH", role+"?"+query, "", ""), 500, serverError)
				wantAnswer(t, c.delete(role+"?"+query), 500, serverError)
			}
			wantEqual(t, "no filter", c.list(roles).Count, 2)
			wantEqual(t, "exact name", c.list(roles+"?name=ÜBER").all("id"), []string{upper})
			wantEqual(t, "exact name in another case", c.list(roles+"?name=über").Count, 0)
			wantEqual(t, "name in another case", c.list(roles+"?name__iexact=über").all("id"), []string{upper})
			wantEqual(t, "both", c.list(roles+"?name__iexact=über&name=Support").Count, 0)
			wantEqual(t, "one role that matches", c.get(role+"?name__iexact=über").status, 200)
			wantAnswer(t, c.get(role+"?name=Support"), 404, notFound)
			wantEqual(t, "other lists have no filters", c.list(c.memberships(upper)+"?limit=5&foo=1").Count, 0)
		})
	}

	hog, c := start(t)
	wantEqual(t, "newest, list", c.list(c.organization()+"roles/?foo=1&format=json&name=x&offset=0").Count, 1)
	wantEqual(t, "newest, one", c.get(c.organization()+"roles/"+hog.Role(0)+"/?foo=1").status, 200)
}

// Writes require the level in the current organization of the key's owner.
func TestOlder_levelInTheOpenOrganization(t *testing.T) {
	for name, opt := range olderServers {
		t.Run(name, func(t *testing.T) {
			hog, c := start(t, opt)
			other := hog.AddOrganization("Other")
			user := hog.User(0).UUID
			hog.AddUserWith(other, hog.User(0))
			plain := c.with(hog.AddKey(fakeposthog.Key{Owner: user}))
			row := hog.Join(hog.Role(0), hog.User(1).UUID).ID
			membership := c.memberships(hog.Role(0)) + row + "/"
			refused := denied("You need to have admin level or higher.")

			wantAnswer(t, plain.delete(membership), 403, refused)
			wantAnswer(t, plain.add(hog.Role(0), unknownID), 403, refused)
			wantAnswer(t, plain.delete(c.organization()+"roles/"+unknownID+"/"), 403, refused)

			hog.SetLevel("", user, fakeposthog.LevelAdmin)
			hog.SetCurrentOrganization(user, other)
			wantAnswer(t, plain.delete(membership), 403, refused)
			wantEqual(t, "read", plain.get(c.memberships(hog.Role(0))).status, 200)

			hog.SetLevel("", user, fakeposthog.LevelMember)
			hog.SetLevel(other, user, fakeposthog.LevelAdmin)
			wantAnswer(t, plain.delete(membership), 204, "")
		})
	}
}

// Roles are created in the current organization of the key's owner, where their names are unique.
func TestOlder_roleWrites(t *testing.T) {
	for name, opt := range olderServers {
		t.Run(name, func(t *testing.T) {
			hog, c := start(t, opt, fakeposthog.Roles(0))
			other := hog.AddOrganization("Other")
			hog.AddUserWith(other, hog.Owner())
			hog.SetLevel(other, hog.Owner().UUID, fakeposthog.LevelOwner)
			support := hog.AddRole("", "Support")
			foreign := hog.AddRole(other, "Foreign")
			foreignPath := "/api/organizations/" + other + "/roles/"

			wantAnswer(t, c.patch(c.rolePath(support), named("SUPPORT")), 400, nameTaken)
			wantAnswer(t, c.patch(c.rolePath(support), named("Support")), 400, nameTaken)
			wantEqual(t, "another name", c.patch(c.rolePath(support), named("Foreign")).status, 200)

			got := c.post(foreignPath, named("Support"))
			wantEqual(t, "status", got.status, 201)
			created := decode[map[string]any](t, got.body)["id"].(string)
			wantEqual(t, "names", hog.RoleNames(""), map[string]string{support: "Foreign", created: "Support"})
			wantEqual(t, "names elsewhere", hog.RoleNames(other), map[string]string{foreign: "Foreign"})
			wantAnswer(t, c.post(foreignPath, named("support")), 400, nameTaken)
			wantAnswer(t, c.patch(foreignPath+foreign+"/", named("support")), 400, nameTaken)
			wantAnswer(t, c.delete(foreignPath+foreign+"/"), 204, "")

			hog.SetCurrentOrganization(hog.Owner().UUID, other)
			wantEqual(t, "open by now", c.post(foreignPath, named("Support")).status, 201)
			wantEqual(t, "roles elsewhere", len(hog.RoleNames(other)), 1)
		})
	}
}

func TestOlder(t *testing.T) {
	hog, c := start(t, fakeposthog.Older(), fakeposthog.MembersEach(4), fakeposthog.Roles(2))
	role := hog.Role(0)
	wantAnswer(t, c.get(c.organization()+"roles/?limit=10"), 500, serverError)
	wantEqual(t, "members whatever is searched", c.list(c.organization()+"members/?search=nobody").Count, 8)
	wantEqual(t, "roles without a limit", c.list(c.organization()+"roles/").Count, 2)
	wantAnswer(t, c.get("/api/organizations/hogflix/roles/"), 500, serverError)
	wantAnswer(t, c.get(c.memberships(role)+hog.Members(role)[0].ID+"/"), 403, noPersonalKeys)
	if got := distinctOf(readPages(c, c.memberships(role), 2)); len(got) == 4 {
		t.Error("pages are ordered")
	}
	got := c.list(c.memberships(role) + "?limit=500")
	wantEqual(t, "fields", fields(got.Results[0]), []string{"id", "joined_at", "role_id", "updated_at", "user"})
}
