package fakeposthog_test

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestCreates_errors(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(1))
	other := hog.AddOrganization("Other")
	elsewhere := hog.AddRole(other, "Elsewhere")
	stranger := hog.AddUser(other, "stranger@example.com").UUID
	inactive := hog.User(3).UUID
	hog.DeactivateUser(inactive)
	hidden := hog.User(2).UUID
	hog.HideMembership(hog.Role(0), hidden)
	in, free := hog.User(0).UUID, hog.User(1).UUID

	invalid := func(code, detail, attr string) string { return envelope("validation_error", code, detail, attr) }
	notAnObject := func(got string) string {
		return invalid("invalid_input", "Invalid data. Expected a dictionary, but got "+got+".", "null")
	}
	user := func(uuid string) string { return `{"user_uuid":"` + uuid + `"}` }
	duplicate := invalid("invalid_input", "User is already part of the role.", "null")
	noUser := invalid("invalid_input", "User does not exist.", "null")
	noRole := invalid("invalid_input", "Role does not exist.", "null")
	required := invalid("required", "This field is required.", "user_uuid")
	malformed := invalid("invalid_input", "Must be a valid UUID.", "user_uuid")

	for _, tt := range []struct {
		name, role, body string
		status           int
		want             string
	}{
		{"user_uuid missing", hog.Role(0), `{}`, 400, required},
		{"no body", hog.Role(0), ``, 400, required},
		{"user_uuid null", hog.Role(0), `{"user_uuid":null}`, 400, invalid("null", "This field may not be null.", "user_uuid")},
		{"user_uuid malformed", hog.Role(0), user("alice"), 400, malformed},
		{"user_uuid empty", hog.Role(0), user(""), 400, malformed},
		{"user_uuid too short", hog.Role(0), user(free[1:]), 400, malformed},
		{"user_uuid a list", hog.Role(0), `{"user_uuid":["x"]}`, 400, malformed},
		{"user_uuid a number", hog.Role(0), `{"user_uuid":42}`, 400, noUser},
		{"user_uuid true", hog.Role(0), `{"user_uuid":true}`, 400, noUser},
		{"user_uuid a number that is too large", hog.Role(0), `{"user_uuid":340282366920938463463374607431768211456}`, 400, malformed},
		{"user_uuid a fraction", hog.Role(0), `{"user_uuid":1.5}`, 400, malformed},
		{"user_uuid with an exponent", hog.Role(0), `{"user_uuid":1e3}`, 400, malformed},
		{"user_uuid negative", hog.Role(0), `{"user_uuid":-1}`, 400, malformed},
		{"user_uuid a number, unknown role", unknownID, `{"user_uuid":42}`, 400, noRole},
		{"null", hog.Role(0), `null`, 400, invalid("null", "No data provided", "null")},
		{"unknown user", hog.Role(0), user(unknownID), 400, noUser},
		{"user not in the organization", hog.Role(0), user(stranger), 400, noUser},
		{"deactivated user", hog.Role(0), user(inactive), 400, noUser},
		{"unknown role", unknownID, user(free), 400, noRole},
		{"role of another organization", elsewhere, user(free), 400, noRole},
		{"already in the role", hog.Role(0), user(in), 400, duplicate},
		{"already in the role, other spelling", hog.Role(0), user(strings.ToUpper(in)), 400, duplicate},
		{"already in the role, but hidden", hog.Role(0), user(hidden), 400, duplicate},
		{"role malformed", "engineering", user(free), 500, serverError},
		{"role with a dot", "a.b", user(free), 404, noEndpoint},
		{"a list", hog.Role(0), `[]`, 400, notAnObject("list")},
		{"a number", hog.Role(0), `5`, 400, notAnObject("int")},
		{"a fraction", hog.Role(0), `5.0`, 400, notAnObject("float")},
		{"a text", hog.Role(0), `"x"`, 400, notAnObject("str")},
		{"true", hog.Role(0), `true`, 400, notAnObject("bool")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(hog.Members(hog.Role(0)))
			wantAnswer(t, c.post(c.memberships(tt.role), tt.body), tt.status, tt.want)
			wantEqual(t, "members", len(hog.Members(hog.Role(0))), before)
		})
	}
	wantEqual(t, "listed", c.list(c.memberships(hog.Role(0))).Count, 1)
	wantEqual(t, "truly members", len(hog.Members(hog.Role(0))), 2)
	for _, broken := range []string{`{"user_uuid":`, `{} {}`} {
		if got := c.post(c.memberships(hog.Role(0)), broken); got.status != 400 || !strings.Contains(got.body, `"parse_error"`) {
			t.Errorf("%s: %d %s", broken, got.status, got.body)
		}
	}
	if got := c.send("POST", c.memberships(hog.Role(0)), "text/plain", "x"); got.status != 415 {
		t.Errorf("text: %d %s", got.status, got.body)
	}
}

func TestCreates_contentTypeWithCharset(t *testing.T) {
	hog, c := start(t)
	user := hog.User(0).UUID
	got := c.send("POST", c.memberships(hog.Role(0)), "application/json; charset=utf-8", `{"role":1,"user_uuid":"`+user+`"}`)
	if got.status != 201 || !hog.IsMember(hog.Role(0), user) {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestCreates_form(t *testing.T) {
	hog, c := start(t)
	user := hog.User(0).UUID
	post := func(body string) response {
		return c.send("POST", c.memberships(hog.Role(0)), "application/x-www-form-urlencoded", body)
	}
	required := envelope("validation_error", "required", "This field is required.", "user_uuid")
	malformed := envelope("validation_error", "invalid_input", "Must be a valid UUID.", "user_uuid")
	wantAnswer(t, post("a=b"), 400, required)
	wantAnswer(t, post("user_uuid="), 400, malformed)
	wantEqual(t, "the last of two counts", post("user_uuid=x&user_uuid="+user).status, 201)
	wantEqual(t, "a member", hog.IsMember(hog.Role(0), user), true)
}

func TestCreates_neverIdempotent(t *testing.T) {
	hog, c := start(t)
	role, user := hog.Role(0), hog.User(0).UUID
	if got := c.add(role, user); got.status != 201 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	wantAnswer(t, c.add(role, user), 400,
		envelope("validation_error", "invalid_input", "User is already part of the role.", "null"))
	wantEqual(t, "members", len(hog.Members(role)), 1)
}

// A hidden row blocks a create and cannot be deleted. The membership of a deactivated user can be deleted, but not created again.
func TestCreates_placesThatAreHeld(t *testing.T) {
	hog, c := start(t)
	role, hidden, sleeper := hog.Role(0), hog.User(0).UUID, hog.User(1).UUID
	hog.HideMembership(role, hidden)
	row := hog.Members(role)[0].ID
	wantEqual(t, "listed", c.list(c.memberships(role)).Count, 0)
	wantEqual(t, "create", c.add(role, hidden).status, 400)
	wantEqual(t, "get", c.get(c.memberships(role)+row+"/").status, 404)
	wantEqual(t, "delete", c.delete(c.memberships(role)+row+"/").status, 404)

	kept := hog.Join(role, sleeper).ID
	hog.DeactivateUser(sleeper)
	wantEqual(t, "listed", c.list(c.memberships(role)).all("id"), []string{kept})
	wantEqual(t, "delete", c.delete(c.memberships(role)+kept+"/").status, 204)
	wantAnswer(t, c.add(role, sleeper), 400, envelope("validation_error", "invalid_input", "User does not exist.", "null"))
}

// The server compared the organization's UUID with its text, so that it found no role in any organization.
func TestCreates_refuseExplicitOrganization(t *testing.T) {
	hog, c := start(t, fakeposthog.RefuseExplicitOrganization())
	role, user := hog.Role(0), hog.User(0).UUID
	noRole := envelope("validation_error", "invalid_input", "Role does not exist.", "null")
	wantAnswer(t, c.add(role, user), 400, noRole)
	wantAnswer(t, c.add(role, unknownID), 400, noRole)
	current := "/api/organizations/@current/roles/" + role + "/role_memberships/"
	if got := c.post(current, `{"user_uuid":"`+user+`"}`); got.status != 201 {
		t.Errorf("@current: got %d %s", got.status, got.body)
	}
	wantEqual(t, "lists are as ever", c.list(c.memberships(role)).Count, 1)
	id := hog.Members(role)[0].ID
	wantAnswer(t, c.get(c.memberships(role)+id+"/"), 403, noPersonalKeys)
	wantAnswer(t, c.get("/api/organizations/hogflix/roles/"), 500, serverError)
	wantAnswer(t, c.delete(c.memberships(role)+id+"/"), 204, "")
}

// The answer to a create equals the object in the list, except for the spelling of the role's id.
func TestCreates_answerEchoesTheURL(t *testing.T) {
	hog, c := start(t)
	shouted := strings.ToUpper(hog.Role(0))
	got := c.add(shouted, hog.User(0).UUID)
	if got.status != 201 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	created := decode[map[string]any](t, got.body)
	wantEqual(t, "role_id of the answer", created["role_id"], any(shouted))
	listed := c.list(c.memberships(hog.Role(0))).Results[0]
	wantEqual(t, "role_id of the list", listed["role_id"], any(hog.Role(0)))
	delete(created, "role_id")
	delete(listed, "role_id")
	wantEqual(t, "the rest", created, listed)
}

func TestMembership_fields(t *testing.T) {
	user := []string{"distinct_id", "email", "first_name", "hedgehog_config", "id", "is_email_verified", "last_name",
		"role_at_organization", "uuid"}
	oldUser := []string{"distinct_id", "email", "first_name", "hedgehog_config", "id", "is_email_verified", "uuid"}
	membership := []string{"id", "joined_at", "organization_member", "role_id", "updated_at", "user"}
	oldMembership := []string{"id", "joined_at", "role_id", "updated_at", "user"}
	member := []string{"has_social_auth", "id", "is_2fa_enabled", "joined_at", "level", "updated_at", "user"}

	for _, tt := range []struct {
		name                     string
		opt                      fakeposthog.Option
		membership, user, member []string
	}{
		{"newest", fakeposthog.Roles(1), membership, user, member},
		{"old", fakeposthog.OldFields(), oldMembership, oldUser, nil},
		{"null", fakeposthog.NullFields(), membership, user, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hog, c := start(t, tt.opt)
			green := hog.AddUserWith("", fakeposthog.User{HedgehogConfig: `{"color": "green"}`})
			hog.Join(hog.Role(0), green.UUID)
			got := c.list(c.memberships(hog.Role(0))).Results[0]
			gotUser := got["user"].(map[string]any)
			wantEqual(t, "membership", fields(got), tt.membership)
			wantEqual(t, "user", fields(gotUser), tt.user)
			m, _ := got["organization_member"].(map[string]any)
			wantEqual(t, "organization_member", fields(m), tt.member)
			if m != nil {
				wantEqual(t, "the same user", m["user"], got["user"])
				wantEqual(t, "hedgehog_config", gotUser["hedgehog_config"], any(map[string]any{"color": "green"}))
				wantEqual(t, "level", m["level"], any(1))
			}
			wantEqual(t, "uuid", gotUser["uuid"], any(green.UUID))
			if tt.name == "null" {
				for _, name := range []string{"distinct_id", "is_email_verified", "hedgehog_config", "role_at_organization"} {
					if value, present := gotUser[name]; !present || value != nil {
						t.Errorf("%s: got %v, want null", name, value)
					}
				}
			}
		})
	}
}

func TestMembership_extraFields(t *testing.T) {
	hog, c := start(t, fakeposthog.ExtraFields(), fakeposthog.MembersEach(1))
	body := c.get(c.memberships(hog.Role(0))).body
	for _, field := range []string{"facets", "expires_at", "badges", "favourite_hedgehog"} {
		if !strings.Contains(body, `"`+field+`"`) {
			t.Errorf("no %s in %s", field, body)
		}
	}
	if got := c.delete(c.memberships(hog.Role(0)) + unknownID); !strings.Contains(got.body, `"extra":{`) {
		t.Errorf("no extra field in %s", got.body)
	}
}

func TestMembership_idChangesWhenReAdded(t *testing.T) {
	hog, c := start(t)
	role, user := hog.Role(0), hog.User(0).UUID
	first := decode[map[string]any](t, c.add(role, user).body)["id"].(string)
	if got := c.delete(c.memberships(role) + first + "/"); got.status != 204 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if second := decode[map[string]any](t, c.add(role, user).body)["id"]; second == first {
		t.Error("the id is the same")
	}
}

func TestMembership_textIsEscaped(t *testing.T) {
	hog, c := start(t)
	name := "Zoë \"Hog\" \\ <b>\n\t☃"
	u := hog.AddUserWith("", fakeposthog.User{FirstName: name})
	hog.Join(hog.Role(0), u.UUID)
	got := c.list(c.memberships(hog.Role(0))).Results[0]["user"].(map[string]any)
	wantEqual(t, "first_name", got["first_name"], any(name))
	wantEqual(t, "last_name", got["last_name"], any(""))
	wantEqual(t, "is_email_verified", got["is_email_verified"], nil)
}
