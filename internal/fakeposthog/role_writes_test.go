package fakeposthog_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func (c *client) rolePath(id string) string { return c.organization() + "roles/" + id + "/" }

func (c *client) patch(path, body string) response {
	c.t.Helper()
	return c.send("PATCH", path, "application/json", body)
}

// named is the body of a write of a role.
func named(name string) string {
	quoted, _ := json.Marshal(name)
	return `{"name":` + string(quoted) + `}`
}

func invalidName(code, detail string) string {
	return envelope("validation_error", code, detail, "name")
}

var nameTaken = invalidName("unique", "There is already a role with this name.")

func TestRoleWrites_create(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(0))
	roles := c.organization() + "roles/"
	got := c.post(roles, `{"name":" Support\u00a0","id":"`+unknownID+`","is_default":true,"created_by":1,"members":[1],"x":null}`)
	wantEqual(t, "status", got.status, 201)
	wantEqual(t, "no location", got.header.Get("Location"), "")
	wantEqual(t, "content type", got.header.Get("Content-Type"), "application/json")
	created := decode[map[string]any](t, got.body)
	wantEqual(t, "fields", fields(created), []string{"created_at", "created_by", "id", "is_default", "members", "name"})
	wantEqual(t, "id", created["id"], any(hog.Role(0)))
	wantEqual(t, "name", created["name"], any("Support"))
	wantEqual(t, "created_by", created["created_by"], nil)
	wantEqual(t, "members", created["members"], any([]any{}))
	wantEqual(t, "is_default", created["is_default"], any(false))
	wantEqual(t, "as read", decode[map[string]any](t, c.get(c.rolePath(hog.Role(0))).body), created)

	form := c.send("POST", strings.TrimSuffix(roles, "/"), "application/x-www-form-urlencoded", "name=Sales+Hogs")
	wantEqual(t, "form, without the slash", form.status, 201)
	wantEqual(t, "names", hog.RoleNames(""), map[string]string{hog.Role(0): "Support", hog.Role(1): "Sales Hogs"})
	hog.ExpectRequests(t, "POST roles", 2)
}

func TestRoleWrites_names(t *testing.T) {
	long := strings.Repeat("é", 200)
	blank := invalidName("blank", "This field may not be blank.")
	notText := invalidName("invalid_input", "Not a valid string.")
	for _, tt := range []struct {
		name, body string
		kept       string // the name that is stored, or
		problem    string // the answer
	}{
		{name: "missing", body: `{}`, problem: invalidName("required", "This field is required.")},
		{name: "null", body: `{"name":null}`, problem: invalidName("null", "This field may not be null.")},
		{name: "empty", body: named(""), problem: blank},
		{name: "blank", body: named(" \t\r\n\v\f\u0085\u00a0\u2028\u3000\x1c\x1f"), problem: blank},
		{name: "201 characters", body: named(long + "x"), problem: invalidName("max_length",
			"Ensure this field has no more than 200 characters.")},
		{name: "200 characters after trimming", body: named("  " + long + "\u2003"), kept: long},
		{name: "white space inside", body: named("\n a \t/\n\u00a0b\x1d"), kept: "a \t/\n\u00a0b"},
		{name: "zero width space", body: named("\u200bx\u200b"), kept: "\u200bx\u200b"},
		{name: "true", body: `{"name":true}`, problem: notText},
		{name: "a list", body: `{"name":[]}`, problem: notText},
		{name: "an object", body: `{"name":{}}`, problem: notText},
		{name: "a number", body: `{"name":42}`, kept: "42"},
		{name: "a fraction", body: `{"name":1.5}`, kept: "1.5"},
		{name: "taken", body: named("Support"), problem: nameTaken},
		{name: "taken in another case", body: named(" sUPPORT "), problem: nameTaken},
		{name: "É and é", body: named("EQUIPE É"), problem: nameTaken},
		{name: "Ü and ü", body: named("ÜBER"), problem: nameTaken},
		{name: "ß and SS", body: named("STRASSE"), kept: "STRASSE"},
		{name: "é of two code points", body: named("equipe e\u0301"), kept: "equipe e\u0301"},
		{name: "taken in another organization", body: named("Elsewhere"), kept: "Elsewhere"},
		{name: "null as a body", body: `null`, problem: envelope("validation_error", "null", "No data provided", "null")},
		{name: "a list as a body", body: `[]`,
			problem: envelope("validation_error", "invalid_input", "Invalid data. Expected a dictionary, but got list.", "null")},
	} {
		for _, method := range []string{"POST", "PUT", "PATCH"} {
			t.Run(tt.name+"/"+method, func(t *testing.T) {
				hog, c := start(t, fakeposthog.Roles(0))
				for _, taken := range []string{"Support", "equipe é", "über", "straße"} {
					hog.AddRole("", taken)
				}
				hog.AddRole(hog.AddOrganization("Other"), "Elsewhere")
				path, status := c.organization()+"roles/", 201
				if method != "POST" {
					path, status = c.rolePath(hog.AddRole("", "Old")), 200
				}
				if method == "PATCH" && tt.body == "{}" {
					tt.problem, tt.kept = "", "Old"
				}
				before := hog.RoleNames("")

				got := c.send(method, path, "application/json", tt.body)
				if tt.problem != "" {
					wantAnswer(t, got, 400, tt.problem)
					wantEqual(t, "names", hog.RoleNames(""), before)
					return
				}
				wantEqual(t, "status", got.status, status)
				written := decode[map[string]any](t, got.body)
				wantEqual(t, "name in the answer", written["name"], any(tt.kept))
				wantEqual(t, "name", hog.RoleNames("")[written["id"].(string)], tt.kept)
			})
		}
	}
}

func TestRoleWrites_rename(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(2))
	role := hog.Role(0)
	hog.SetDefaultRole(role)
	other := hog.AddRole("", "Other")
	for _, tt := range []struct{ method, path, body, want string }{
		{"PATCH", c.rolePath(role), named("Sales"), "Sales"},
		{"PATCH", c.rolePath(role), named("Sales"), "Sales"},
		{"PATCH", c.rolePath(role), named("SALES"), "SALES"},
		{"PATCH", c.rolePath(role), `{}`, "SALES"},
		{"PATCH", c.rolePath(role), ``, "SALES"},
		{"PATCH", c.rolePath(role), `{"id":"x","is_default":false,"members":[]}`, "SALES"},
		{"PUT", strings.TrimSuffix(c.rolePath(role), "/"), named("Put"), "Put"},
		{"PATCH", c.rolePath(strings.ToUpper(role)), named("Upper"), "Upper"},
	} {
		got := c.send(tt.method, tt.path, "application/json", tt.body)
		wantEqual(t, tt.body, got.status, 200)
		written := decode[map[string]any](t, got.body)
		wantEqual(t, "name", written["name"], any(tt.want))
		wantEqual(t, "is_default", written["is_default"], any(true))
		wantEqual(t, "whole object", sortedMembers(written),
			sortedMembers(decode[map[string]any](t, c.get(c.rolePath(role)).body)))
		wantEqual(t, "members", len(written["members"].([]any)), 2)
	}
	form := c.send("PATCH", c.rolePath(role), "application/x-www-form-urlencoded", "name=Form&name=+Last+")
	wantEqual(t, "form", decode[map[string]any](t, form.body)["name"], any("Last"))
	wantEqual(t, "names", hog.RoleNames(""), map[string]string{role: "Last", other: "Other"})
	hog.ExpectRequests(t, "PATCH role", 8)
	hog.ExpectRequests(t, "PUT role", 1)
}

// SCIM or a race can create two roles with equal names. Then neither can be renamed to its own name.
func TestRoleWrites_twoRolesOfOneName(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(0))
	one := hog.AddRole("", "Support")
	hog.AddRole("", "support")
	wantAnswer(t, c.patch(c.rolePath(one), named("Support")), 400, nameTaken)
	wantEqual(t, "another name", c.patch(c.rolePath(one), named("Sales")).status, 200)
	wantAnswer(t, c.patch(c.rolePath(one), named("SUPPORT")), 400, nameTaken)
}

func TestRoleWrites_delete(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(2), fakeposthog.MembersEach(2))
	role, kept := hog.Role(0), hog.Role(1)
	hog.SetDefaultRole(role)
	row := hog.Members(role)[0].ID
	hog.ForgetHistory()

	wantAnswer(t, c.delete(c.rolePath(role)), 204, "")
	wantAnswer(t, c.delete(c.rolePath(role)), 404, notFound)
	wantAnswer(t, c.get(c.rolePath(role)), 404, notFound)
	wantEqual(t, "memberships", c.list(c.memberships(role)).Count, 0)
	wantAnswer(t, c.delete(c.memberships(role)+row+"/"), 404, notFound)
	hog.AddUser("", "new@example.com") // is added to no role
	wantEqual(t, "history", len(hog.History(role)), 2)
	wantEqual(t, "other role", len(hog.Members(kept)), 2)
	wantEqual(t, "the name is free", c.post(c.organization()+"roles/", named("Role 0")).status, 201)
	hog.ExpectRequests(t, "DELETE role", 2)
}

func TestRoleWrites_refused(t *testing.T) {
	hog, c := start(t)
	other := hog.AddOrganization("Other")
	elsewhere := hog.AddRole(other, "Elsewhere")
	role, roles := hog.Role(0), c.organization()+"roles/"
	plain := hog.AddKey(fakeposthog.Key{Owner: hog.User(0).UUID})
	hog.SetLevel("", hog.User(1).UUID, fakeposthog.LevelAdmin)
	admin := hog.AddKey(fakeposthog.Key{Owner: hog.User(1).UUID})
	reader := hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read"}})
	writer := hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}})

	noAdmin := denied("Your organization access level is insufficient.")
	noScope := denied("API key missing required scope 'organization:write'")
	noOrganization := envelope("invalid_request", "not_found", "Organization not found.", "null")
	noPatch := envelope("invalid_request", "method_not_allowed", `Method "PATCH" not allowed.`, "null")
	foreign := "/api/organizations/" + other + "/roles/"
	for _, tt := range []struct {
		name, key, method, path string
		status                  int
		body                    string
	}{
		{"PATCH, missing", hog.Key, "PATCH", c.rolePath(unknownID), 404, notFound},
		{"PATCH, another organization's", hog.Key, "PATCH", c.rolePath(elsewhere), 404, notFound},
		{"PATCH, malformed", hog.Key, "PATCH", c.rolePath("support"), 404, notFound},
		{"PATCH, dot", hog.Key, "PATCH", c.rolePath("a.b"), 404, notFound},
		{"PUT, missing", hog.Key, "PUT", c.rolePath(unknownID), 404, notFound},
		{"DELETE, missing", hog.Key, "DELETE", c.rolePath(unknownID), 404, notFound},
		{"DELETE, another organization's", hog.Key, "DELETE", c.rolePath(elsewhere), 404, notFound},
		{"DELETE, malformed", hog.Key, "DELETE", c.rolePath("support"), 404, notFound},

		{"PATCH of the collection", hog.Key, "PATCH", roles, 405, noPatch},
		{"PUT of the collection", hog.Key, "PUT", roles, 403, noPersonalKeys},
		{"DELETE of the collection", hog.Key, "DELETE", roles, 403, noPersonalKeys},
		{"POST to an item", hog.Key, "POST", c.rolePath(role), 403, noPersonalKeys},

		{"a plain member's POST", plain, "POST", roles, 403, noAdmin},
		{"a plain member's PATCH", plain, "PATCH", c.rolePath(role), 403, noAdmin},
		{"a plain member's PUT", plain, "PUT", c.rolePath(role), 403, noAdmin},
		{"a plain member's DELETE", plain, "DELETE", c.rolePath(role), 403, noAdmin},
		{"a plain member's DELETE of a missing role", plain, "DELETE", c.rolePath(unknownID), 403, noAdmin},
		{"an admin's DELETE of a missing role", admin, "DELETE", c.rolePath(unknownID), 404, notFound},
		{"POST without the scope", reader, "POST", roles, 403, noScope},
		{"PATCH without the scope", reader, "PATCH", c.rolePath(unknownID), 403, noScope},
		{"PUT without the scope", reader, "PUT", c.rolePath(unknownID), 403, noScope},
		{"DELETE without the scope", reader, "DELETE", c.rolePath(unknownID), 403, noScope},
		{"DELETE with the scope", writer, "DELETE", c.rolePath(unknownID), 404, notFound},
		{"unknown organization", hog.Key, "POST", "/api/organizations/" + unknownID + "/roles/", 404, noOrganization},
		{"organization the owner is not in", hog.Key, "POST", foreign, 403,
			denied("You do not have permission to perform this action.")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantAnswer(t, c.with(tt.key).send(tt.method, tt.path, "application/json", named("New")), tt.status, tt.body)
		})
	}
	wantEqual(t, "names", hog.RoleNames(""), map[string]string{role: "Role 0"})
	wantEqual(t, "names elsewhere", hog.RoleNames(other), map[string]string{elsewhere: "Elsewhere"})
}

// The role may exist after an error.
func TestRoleWrites_faults(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(0))
	roles := c.organization() + "roles/"
	hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fakeposthog.ErrorAfter(500, "server_error", "error", "A server error occurred.", "")})
	wantAnswer(t, c.post(roles, named("Support")), 500, serverError)
	wantAnswer(t, c.post(roles, named("Support")), 400, nameTaken)
	role := hog.Role(0)
	hog.Inject(fakeposthog.Fault{On: "PATCH role", Do: fakeposthog.CloseAfter()})
	if got := c.patch(c.rolePath(role), named("Sales")); got.err == nil {
		t.Errorf("answered: %+v", got)
	}
	wantEqual(t, "renamed", hog.RoleNames(""), map[string]string{role: "Sales"})
	hog.Inject(fakeposthog.Fault{On: "DELETE role", Do: fakeposthog.BadGateway()})
	wantEqual(t, "not deleted", c.delete(c.rolePath(role)).status, 502)
	wantEqual(t, "still there", len(hog.RoleNames("")), 1)
}
