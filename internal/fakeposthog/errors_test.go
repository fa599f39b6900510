package fakeposthog_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestErrors_keys(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(1))
	other := hog.AddOrganization("Other")
	hog.AddUserWith(other, hog.Owner())
	gone := hog.AddOrganization("Gone")
	hog.AddUserWith(gone, hog.Owner())
	hog.DeactivateOrganization(gone)
	plain, admin, inactive := hog.User(0), hog.User(1), hog.User(2)
	hog.SetLevel("", admin.UUID, fakeposthog.LevelAdmin)

	inactiveKey := hog.AddKey(fakeposthog.Key{Owner: inactive.UUID})
	hog.DeactivateUser(inactive.UUID)
	revoked := hog.AddKey(fakeposthog.Key{})
	hog.RevokeKey(revoked)
	revokedToken := hog.AddKey(fakeposthog.Key{Secret: "pha_revoked"})
	hog.RevokeKey(revokedToken)
	scopes := func(scopes ...string) string { return hog.AddKey(fakeposthog.Key{Scopes: scopes}) }

	noCredentials := envelope("authentication_error", "not_authenticated", "Authentication credentials were not provided.", "null")
	badKey := envelope("authentication_error", "authentication_failed",
		"Personal API key found in request Authorization header is invalid.", "null")
	badToken := envelope("authentication_error", "authentication_failed", "Invalid access token.", "null")
	badQuery := envelope("authentication_error", "authentication_failed", "Incorrect authentication credentials.", "null")
	noOrganization := envelope("invalid_request", "not_found", "Organization not found.", "null")
	required := envelope("validation_error", "required", "This field is required.", "user_uuid")
	deactivated := envelope("authentication_error", "organization_deactivated", "This organization has been deactivated.", "null")
	noPatch := envelope("invalid_request", "method_not_allowed", `Method "PATCH" not allowed.`, "null")
	noScope := func(scope string) string { return denied("API key missing required scope '" + scope + "'") }

	list := c.memberships(hog.Role(0))
	members := c.organization() + "members/"
	for _, tt := range []struct {
		name, key, method, path string
		status                  int
		body                    string // "" matches all
	}{
		{"no credentials", "", "GET", list, 401, noCredentials},
		{"no credentials, unknown organization", "", "GET", "/api/organizations/x/roles/", 401, noCredentials},
		{"unknown key", "phx_nope", "GET", list, 401, badKey},
		{"project key", "phc_hedgehog", "GET", list, 401, badKey},
		{"project secret key", "phs_hedgehog", "GET", list, 401, noCredentials},
		{"unknown OAuth token", "pha_nope", "GET", list, 401, badToken},
		{"revoked OAuth token", revokedToken, "GET", list, 401, badToken},
		{"revoked key", revoked, "GET", list, 401, badKey},
		{"key of a deactivated user", inactiveKey, "GET", list, 401, badKey},
		{"OAuth token", hog.AddKey(fakeposthog.Key{Secret: "pha_token"}), "GET", list, 200, ""},

		{"no scope", hog.AddKey(fakeposthog.Key{Scopes: []string{}}), "GET", list, 403, noScope("organization:read")},
		{"another scope", scopes("insight:read"), "GET", list, 403, noScope("organization:read")},
		{"read reads", scopes("organization:read"), "GET", list, 200, ""},
		{"read does not write", scopes("organization:read"), "POST", list, 403, noScope("organization:write")},
		{"read does not delete", scopes("organization:read"), "DELETE", list + unknownID + "/", 403, noScope("organization:write")},
		{"write reads", scopes("organization:write"), "GET", list, 200, ""},
		{"write writes", scopes("organization:write"), "POST", list, 400, required},
		{"* grants all", scopes("*"), "GET", members, 200, ""},
		{"members need their own scope", scopes("organization:write"), "GET", members, 403, noScope("organization_member:read")},
		{"members with their own scope", scopes("organization_member:read"), "GET", members, 200, ""},
		{"which does not list roles", scopes("organization_member:write"), "GET", c.organization() + "roles/", 403,
			noScope("organization:read")},

		{"key limited to projects", hog.AddKey(fakeposthog.Key{ScopedProjects: true}), "GET", list, 403,
			denied("API keys with scoped projects are only supported on project-based endpoints.")},
		{"key limited to another organization", hog.AddKey(fakeposthog.Key{Organizations: []string{other}}), "GET", list, 403,
			denied("API key does not have access to the requested organization: ID " + hog.OrganizationID + ".")},
		{"key limited to this organization", hog.AddKey(fakeposthog.Key{Organizations: []string{""}}), "GET", list, 200, ""},
		{"limited key, unknown organization", hog.AddKey(fakeposthog.Key{Organizations: []string{""}}), "GET",
			"/api/organizations/" + unknownID + "/roles/", 404, noOrganization},

		{"a plain member reads", hog.AddKey(fakeposthog.Key{Owner: plain.UUID}), "GET", list, 200, ""},
		{"a plain member does not write", hog.AddKey(fakeposthog.Key{Owner: plain.UUID}), "POST", list, 403,
			denied("Your organization access level is insufficient.")},
		{"nor delete", hog.AddKey(fakeposthog.Key{Owner: plain.UUID}), "DELETE", list + unknownID + "/", 403,
			denied("Your organization access level is insufficient.")},
		{"an admin writes", hog.AddKey(fakeposthog.Key{Owner: admin.UUID}), "POST", list, 400, required},

		{"unknown organization, no scope", hog.AddKey(fakeposthog.Key{Scopes: []string{}}), "GET",
			"/api/organizations/" + unknownID + "/roles/", 404, noOrganization},
		{"unknown organization, limited to projects", hog.AddKey(fakeposthog.Key{ScopedProjects: true}), "GET",
			"/api/organizations/" + unknownID + "/roles/", 404, noOrganization},
		{"unknown organization, unknown method", hog.Key, "PUT", "/api/organizations/" + unknownID + "/roles/", 404, noOrganization},
		{"project key in the query", hog.Key, "GET", list + "?token=phc_hog", 401, badQuery},
		{"project key in the query, other name", hog.Key, "GET", list + "?limit=5&api_key=phc_hog", 401, badQuery},

		{"organization deactivated", hog.Key, "GET", "/api/organizations/" + gone + "/roles/", 403, deactivated},
		{"HEAD of a list", hog.Key, "HEAD", list, 200, ""},
		{"HEAD of organizations", hog.Key, "HEAD", "/api/organizations/", 200, ""},
		{"PUT of a membership", hog.Key, "PUT", list + unknownID + "/", 403, noPersonalKeys},
		{"PATCH of a membership", hog.Key, "PATCH", list + unknownID + "/", 403, noPersonalKeys},
		{"DELETE of the collection", hog.Key, "DELETE", list, 403, noPersonalKeys},
		{"PUT of the collection", hog.Key, "PUT", list, 403, noPersonalKeys},
		{"GET of a member", hog.Key, "GET", members + plain.UUID + "/", 403, noPersonalKeys},
		{"POST of members", hog.Key, "POST", members, 403, noPersonalKeys},
		{"PATCH of the collection", hog.Key, "PATCH", list, 405, noPatch},
		{"PATCH of members", hog.Key, "PATCH", members, 405, noPatch},
		{"PATCH of members with another scope", scopes("organization:write"), "PATCH", members, 403,
			noScope("organization_member:write")},
		{"PATCH of organizations", hog.Key, "PATCH", "/api/organizations/", 405, noPatch},
		{"PATCH of organizations with another scope", scopes("organization:read"), "PATCH", "/api/organizations/", 403,
			noScope("organization:write")},
		{"unknown endpoint", hog.Key, "GET", c.organization() + "groups/", 404,
			envelope("invalid_request", "not_found", "Endpoint not found.", "null")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := c.with(tt.key).send(tt.method, tt.path, "", "")
			if tt.body == "" {
				tt.body = got.body
			}
			wantAnswer(t, got, tt.status, tt.body)
			if challenged := got.header.Get("WWW-Authenticate") != ""; challenged != (tt.status == 401) {
				t.Errorf("WWW-Authenticate: %q", got.header.Get("WWW-Authenticate"))
			}
			if want := "application/json"; got.header.Get("Content-Type") != want {
				t.Errorf("content type %q, want %q", got.header.Get("Content-Type"), want)
			}
		})
	}
}

// PostHog checks the key, then decodes the body, then checks the scope.
func TestErrors_brokenJSON(t *testing.T) {
	hog, c := start(t)
	reader := c.with(hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read"}}))
	path := c.memberships(hog.Role(0))
	wantEqual(t, "without the scope", reader.post(path, "{").status, 400)
	wantEqual(t, "sound, without the scope", reader.post(path, "{}").status, 403)
	wantEqual(t, "without a key", c.with("").post(path, "{").status, 401)
	wantEqual(t, "unknown organization", reader.post("/api/organizations/"+unknownID+"/roles/", "{").status, 404)
}

func TestErrors_otherCredentials(t *testing.T) {
	hog, c := start(t)
	want := envelope("authentication_error", "not_authenticated", "Authentication credentials were not provided.", "null")
	for _, header := range []string{"", "Bearer", "Bearer ", hog.Key, "Basic " + hog.Key, "Token " + hog.Key} {
		req, err := http.NewRequest("GET", hog.URL+c.memberships(hog.Role(0)), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", header)
		resp, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		wantAnswer(t, response{status: resp.StatusCode, body: string(body), err: err}, 401, want)
	}
}

// Paths outside of the API are answered by the web app with 200 and HTML.
func TestErrors_notTheAPI(t *testing.T) {
	hog, c := start(t)
	for _, path := range []string{"/", "/organizations/", "/login"} {
		got := c.get(path)
		if got.status != 200 || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %s", path, got.status, got.header)
		}
	}
	hog.ExpectRequests(t, "GET /login", 1)
}
