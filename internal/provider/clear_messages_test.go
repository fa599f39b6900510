package provider

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// The objects and the values that the tests of messages declare.
const (
	roleByName  = "data.posthog_role.x"
	userByEmail = "data.posthog_user.x"
	allRoles    = "data.posthog_roles.x"
	allMembers  = "data.posthog_organization_members.x"
	roleAddress = "posthog_role.x"
	unknownOrg  = "018f401e-9a6b-7a00-8b00-00000000bbbb"
	wrongKey    = "phx_wrongwrongwrongwrongwrongwrongwrongwrong"
)

// expectPlanError fails the test unless the plan of one object has an error with these texts, in this order.
func expectPlanError(t *testing.T, bed *testbed, address string, attributes map[string]any, texts ...string) {
	t.Helper()
	c := newCore(t, bed)
	if attributes == nil {
		attributes = map[string]any{}
	}
	c.Declare(address, attributes)
	if result := c.Plan(); !acctest.Message(texts...).MatchString(result.Errors()) {
		t.Errorf("%s %v: the error has not %q: %s", address, attributes, texts, result)
	}
}

func TestClearMessages_spaceAtTheEnd(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	email, name, space := bed.email(0), "Role 0", `has a space at the end: write "`
	for _, test := range []struct {
		address    string
		attributes map[string]any
		want       []string
	}{
		{one, map[string]any{"role_id": bed.role, "user_email": email + " "}, []string{"Invalid user_email", "user_email " + space + email + `" instead of "` + email + ` "`}},
		{one, map[string]any{"role_id": bed.role, "user_email": " " + email}, []string{"Invalid user_email", "has a space at the beginning"}},
		{one, map[string]any{"role_id": bed.role, "user_email": " " + email + " "}, []string{"has a space at the beginning and the end"}},
		{one, map[string]any{"role_id": bed.role, "user_email": email + "\n"}, []string{"has a line break at the end"}},
		{one, map[string]any{"role_name": name + " ", "user_email": email}, []string{"Invalid role_name", "role_name " + space + name}},
		{one, map[string]any{"role_id": bed.role + " ", "user_email": email}, []string{"Invalid role_id", "role_id " + space + bed.role}},
		{one, map[string]any{"role_id": name + " ", "user_email": email}, []string{`not "Role 0"; to name a role by its name, write role_name = "Role 0"`}},
		{one, map[string]any{"role_id": bed.role, "user_uuid": email + " "}, []string{`write user_email = "` + email + `"`}},
		{one, map[string]any{"role_id": bed.role, "user_uuid": "\u00a0" + wrongKey}, []string{"user_uuid must not be an API key"}},
		{one, map[string]any{"role_id": bed.role, "user_uuid": bed.user + " "}, []string{"Invalid user_uuid", "user_uuid " + space + bed.user}},
		{one, map[string]any{"role_id": bed.role, "user_uuid": bed.user, "organization_id": "hogflix "}, []string{"Invalid organization_id", "organization_id " + space + "hogflix"}},
		{wholeAddress, map[string]any{"role_id": bed.role, "users": []string{"a@example.com", email + " "}}, []string{"Invalid users", "users[1] " + space + email}},
		{wholeAddress, map[string]any{"role_id": bed.role, "users": []string{bed.user + " "}}, []string{"Invalid users", "users[0] " + space + bed.user}},
		{wholeAddress, map[string]any{"role_id": bed.role, "users": []string{}, "ignored_users": []string{email + " "}}, []string{"Invalid ignored_users", "ignored_users[0] " + space + email}},
		{roleAddress, map[string]any{"name": "New "}, []string{"Invalid name", "name " + space + "New"}},
		{roleByName, map[string]any{"name": name + " "}, []string{"Invalid name", "name " + space + name}},
		{userByEmail, map[string]any{"email": email + " "}, []string{"Invalid email", "email " + space + email}},
	} {
		expectPlanError(t, bed, test.address, test.attributes, test.want...)
	}
	for id, want := range map[string]string{
		name + "/" + email + " ":    "the member in it " + space + email,
		name + "/ " + email:         "the member in it has a space at the beginning",
		name + " /" + email:         "the role in it " + space + name,
		bed.role + " /" + email:     "the role in it " + space + bed.role,
		" " + name + "/" + email:    "the role in it has a space at the beginning",
		"hogflix /Role 0/" + email:  "the organization_id in it " + space + "hogflix",
		name + "/" + bed.user + " ": "the member in it " + space + bed.user,
		" /" + email:                "it names no role",
	} {
		if result := newCore(t, bed).Import(one, id); !acctest.Message("Invalid import id", want).MatchString(result.Errors()) {
			t.Errorf("%q: the error has not %q: %s", id, want, result)
		}
	}
	for id, want := range map[string]string{name + " ": "the role in it " + space + name, "hogflix/ " + name: "the role in it has a space at the beginning"} {
		if result := newCore(t, bed).Import(wholeAddress, id); !acctest.Message("Invalid import id", want).MatchString(result.Errors()) {
			t.Errorf("%q: the error has not %q: %s", id, want, result)
		}
	}
	bed.hog.ExpectRequests(t, "", 0)
}

func TestClearMessages_unknownEntriesAreQuoted(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	quoted := []string{`"nobody@example.com"`, `"` + unknownUUID + `"`}
	users := []string{"nobody@example.com", unknownUUID}
	w.declare(users[:1])
	if result := w.Plan(); !acctest.Message("User not found", quoted[0]).MatchString(result.Errors()) {
		t.Errorf("the entry is not quoted: %s", result)
	}
	w.declare(users, "skip_unknown_users", true)
	if result := w.Plan(); !acctest.Message("Unknown users skipped", quoted[0], quoted[1]).MatchString(result.Warnings()) {
		t.Errorf("the entries are not quoted: %s", result)
	}
	w.declare(nil, "ignored_users", users)
	if result := w.Plan(); !acctest.Message("Unknown users in ignored_users", quoted[0], quoted[1]).MatchString(result.Warnings()) {
		t.Errorf("the entries are not quoted: %s", result)
	}
	expectPlanError(t, w.testbed, one, map[string]any{"role_id": w.role, "user_email": users[0]}, "User not found", "has the email "+quoted[0]+".")
	expectPlanError(t, w.testbed, userByEmail, map[string]any{"email": users[0]}, "User not found", "has the email "+quoted[0]+".")
}

func TestClearMessages_sameUserTwice(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	email := bed.email(0)
	for _, users := range [][]string{{email, strings.ToUpper(email)}, {email, bed.user}, {bed.user, email}, {bed.user, strings.ToUpper(email)}} {
		expectPlanError(t, bed, wholeAddress, map[string]any{"role_id": bed.role, "users": users},
			"User listed twice", "users[1] names the same user as users[0]: ", "List each user once")
	}
}

func TestClearMessages_wrongSlug(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	other := bed.asOther()
	bed.hog.SetSlug(other, "other-inc")
	bed.organization = "hogflixx"
	expectPlanError(t, bed, allRoles, nil, "Unable to find organization", `no organization with the slug "hogflixx".`,
		"Organizations of this key:\n\n  "+bed.hog.OrganizationID+"  hogflix (Hogflix)\n  "+other+"  other-inc (Other)\n\n", "Set organization_id to one of them")
}

// One text for every kind of object, and for both answers of PostHog: the organization does not exist, or the key's owner is not in it.
func TestClearMessages_wrongOrganization(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	foreign := bed.hog.AddOrganization("Foreign")
	want := []string{
		"This key does not see the organization. The key's owner is not in it, or it does not exist on this host.",
		"Check organization_id (or POSTHOG_ORGANIZATION_ID). An organization's UUID is in PostHog under Settings, Organization",
	}
	for _, organization := range []string{unknownOrg, foreign} {
		bed.organization = organization
		for address, attributes := range map[string]map[string]any{
			one:          {"role_name": "Role 0", "user_email": bed.email(0)},
			wholeAddress: {"role_id": bed.role, "users": []string{bed.email(0)}},
			roleAddress:  {"name": "New"},
			roleByName:   {"name": "Role 0"},
			userByEmail:  {"email": bed.email(0)},
			allRoles:     nil,
			allMembers:   nil,
			all:          {"role_id": bed.role},
		} {
			expectPlanError(t, bed, address, attributes, append([]string{"Unable to", organization}, want...)...)
		}
		if result := newCore(t, bed).Import(one, "Role 0/"+bed.email(0)); !acctest.Message(want...).MatchString(result.Errors()) {
			t.Errorf("the import has another error: %s", result)
		}
	}
}

func TestClearMessages_wrongScheme(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	plain := bed.host
	bed.host = strings.Replace(plain, "http://", "https://", 1)
	expectPlanError(t, bed, allRoles, nil, "Unable to list roles", bed.host+" answers in plain http.", `write http:// in host (or POSTHOG_HOST): "`+plain+`"`)
	bed.hog.ExpectRequests(t, "", 0)

	secure := fake(t)
	secure.hog = fakeposthog.StartTLS(t, fakeposthog.NewAuthority(t, time.Now().AddDate(1, 0, 0)))
	secure.host = strings.Replace(secure.hog.URL, "https://", "http://", 1)
	expectPlanError(t, secure, allRoles, nil, "Unable to list roles", secure.host+" seems to expect https.", "to an HTTPS server.", `Write https:// in host (or POSTHOG_HOST): "`+secure.hog.URL+`"`)

	// Other servers answer with an alert of TLS.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var connections atomic.Int32
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_, _ = connection.Read(make([]byte, 1<<10))
			_, _ = connection.Write([]byte("\x15\x03\x01\x00\x02\x02\x46"))
			_ = connection.Close()
		}
	}()
	secure.host = "http://" + listener.Addr().String()
	expectPlanError(t, secure, allRoles, nil, "Unable to list roles", secure.host+" seems to expect https.", `Write https:// in host (or POSTHOG_HOST): "https://`)
	if n := connections.Load(); n != 1 {
		t.Errorf("there were %d connections, want 1, because a retry cannot help", n)
	}
}

func TestClearMessages_importIDWithSlashes(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.Join(bed.hog.AddRole("", "Data/Web"), bed.user)
	const hint = "If the role's name has a slash, write the role's UUID."
	for _, test := range []struct {
		address, id string
		want        []string
	}{
		{one, "hogflix/Data/Web/" + bed.user, []string{"Invalid import id", "it has more than three parts", hint}},
		{one, "hogflix/Data/Web/" + bed.email(0), []string{"Role not found", `The import id was read as organization_id "hogflix", role "Data", member "Web/` + bed.email(0) + `".`, hint}},
		{one, "Data/Web/" + bed.email(0), []string{"Unable to find organization", `The import id was read as organization_id "Data", role "Web", member "` + bed.email(0) + `".`, hint}},
		{wholeAddress, "hogflix/Data/Web", []string{"Invalid import id", "it has more than two parts", hint}},
		{wholeAddress, "Data/Web", []string{"Unable to find organization", `The import id was read as organization_id "Data", role "Web".`, hint}},
		{roleAddress, "hogflix/Data/Web", []string{"Invalid import id", "it has more than two parts", hint}},
		{roleAddress, "Data/Web", []string{"Unable to find organization", `The import id was read as organization_id "Data", role "Web".`, hint}},
	} {
		if result := newCore(t, bed).Import(test.address, test.id); !acctest.Message(test.want...).MatchString(result.Errors()) {
			t.Errorf("%s: the error has not %q: %s", test.id, test.want, result)
		}
	}
	if result := newCore(t, bed).Import(one, "Rol 0/"+bed.email(0)); strings.Contains(result.Errors(), "slash") {
		t.Errorf("an id without further slashes has the hint: %s", result)
	}
}

func TestClearMessages_noMemberToImport(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	for _, role := range []string{bed.role, "role 0"} {
		result := newCore(t, bed).Import(one, role+"/"+bed.email(0))
		if !acctest.Message("No such member to import", "Role 0 ("+bed.role+")", "has 0 members").MatchString(result.Errors()) {
			t.Errorf("the role's name is missing: %s", result)
		}
	}
}

func TestClearMessages_keyNotAccepted(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.key = wrongKey
	for address, test := range map[string]struct {
		action     string
		attributes map[string]any
	}{
		one:          {"list roles", map[string]any{"role_name": "Role 0", "user_email": bed.email(0)}},
		wholeAddress: {"read role", map[string]any{"role_id": bed.role, "users": []string{bed.email(0)}}},
		roleAddress:  {"list roles", map[string]any{"name": "New"}},
		roleByName:   {"list roles", map[string]any{"name": "Role 0"}},
		userByEmail:  {"list members", map[string]any{"email": bed.email(0)}},
		allRoles:     {"list roles", nil},
		all:          {"read role", map[string]any{"role_id": bed.role}},
	} {
		expectPlanError(t, bed, address, test.attributes, "Unable to "+test.action+": API key not accepted", "401 (authentication_failed)", "Check api_key")
	}
	c := newCore(t, bed)
	c.Declare("data.posthog_role_memberships.a", map[string]any{"role_id": bed.role})
	c.Declare("data.posthog_role_memberships.b", map[string]any{"role_id": bed.role})
	if text := c.Plan().Errors(); strings.Count(text, "Unable to read role: API key not accepted") != 2 || strings.Count(text, "401 (auth") != 1 {
		t.Errorf("the repeat is not shortened: %s", text)
	}
}

// An older server lists only its first 100 roles, but finds each role by name.
func TestClearMessages_roleNameOnOlderServers(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		n.declareIn("role_name", "ROLE 130")
		n.MustApply()
		if !n.hog.IsMember(n.hog.Role(130), n.user) {
			t.Error("the user is not in the role")
		}
		n.Declare(roleByName, map[string]any{"name": "Role 129"})
		n.MustApply()
		n.Remove(roleByName)
		n.declareIn("role_name", "Role 1300")
		n.expectError("Role not found", `has the name "Role 1300".`)
		n.declareIn("role_name", terraformcore.UnknownUntilApply("Role 125"))
		n.Must(n.Apply())
		if !n.hog.IsMember(n.hog.Role(125), n.user) {
			t.Error("the user has not moved")
		}
	}, fakeposthog.BeforeMid2026(), fakeposthog.Roles(131))
}

// The first error of each kind shows the moved block. The others refer to it.
func TestClearMessages_renamedKeys(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	declare := func(key string) {
		for i := range 3 {
			c.Declare(fmt.Sprintf("posthog_role_membership.%s%d", key, i), map[string]any{"role_id": bed.role, "user_uuid": bed.hog.User(i).UUID})
		}
	}
	declare("old")
	c.MustApply()
	clear(c.Config)
	declare("new")
	expectTimes := func(want map[string]int) {
		t.Helper()
		text := c.Plan().Errors()
		for part, n := range want {
			if strings.Count(text, part) != n {
				t.Errorf("%q is not there %d times: %s", part, n, text)
			}
		}
	}
	expectTimes(map[string]int{"declared at another.": 3, "declared at another. Another error of this run shows the moved block.": 2})
	clear(c.State)
	const renamed = "If the resource has another name, key or module now, add a moved block"
	expectTimes(map[string]int{renamed: 3, renamed + ", as another error shows.\n\nIf no other resource manages": 2, "moved {": 1})
}

// If no name is similar, the error lists the roles of a small organization.
func TestClearMessages_unknownRoleName(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(2))
	bed.hog.AddRole("", "A b")
	list := "has the name \"Developers\".\n\nRoles of the organization:\n\n  \"A b\"\n  \"Role 0\"\n  \"Role 1\"\n\nCheck the name"
	for address, attributes := range map[string]map[string]any{
		one:          {"role_name": "Developers", "user_email": bed.email(0)},
		wholeAddress: {"role_name": "Developers", "users": []string{bed.email(0)}},
		roleByName:   {"name": "Developers"},
	} {
		expectPlanError(t, bed, address, attributes, "Role not found", list)
	}
	expectPlanError(t, bed, roleByName, map[string]any{"name": "Rol 1"}, `has the name "Rol 1". Did you mean Role 1? Check the name`)
	for i := range 7 {
		bed.hog.AddRole("", fmt.Sprintf("Team %d", i))
	}
	expectPlanError(t, bed, roleByName, map[string]any{"name": "Developers"}, "Roles of the organization:", "Team 6")
	bed.hog.AddRole("", "Team 7")
	expectPlanError(t, bed, roleByName, map[string]any{"name": "Developers"}, `has the name "Developers". Check the name`)
}

func TestClearMessages_slashAtTheEnds(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	for address, id := range map[string]string{one: "Role 0/" + bed.email(0), wholeAddress: "Role 0", roleAddress: "hogflix/Role 0"} {
		for written, want := range map[string]string{id + "/": "remove the slash at the end.", "/" + id: "remove the slash at the beginning."} {
			if result := newCore(t, bed).Import(address, written); !acctest.Message("Invalid import id", `"`+written+`" cannot be imported: `+want).MatchString(result.Errors()) {
				t.Errorf("%q: the error has not %q: %s", written, want, result)
			}
		}
	}
	bed.hog.ExpectRequests(t, "", 0)
}
