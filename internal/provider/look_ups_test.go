package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

func TestLookUps(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.MembersEach(2))
	bed.hog.RenameRole(bed.role, "Engineering")
	bed.hog.AddUser("", "USER4@example.com")
	web := bed.hog.AddRoleBy("", "Web", bed.hog.Owner().UUID)
	bed.hog.SetDefaultRole(web)
	c := newCore(t, bed)
	c.Declare("data.posthog_user.by_email", map[string]any{"email": "USER0@example.com"})
	c.Declare("data.posthog_user.by_uuid", map[string]any{"uuid": bed.user})
	c.Declare("data.posthog_role.by_name", map[string]any{"name": "engineering"})
	c.Declare("data.posthog_role.by_id", map[string]any{"id": web})
	c.Declare("data.posthog_roles.all", map[string]any{})
	c.Declare("data.posthog_organization_members.all", map[string]any{})
	c.Declare(all, map[string]any{})
	read := c.Must(c.Plan()).Data
	attribute := func(address, name string) any {
		attributes, _ := read["data.posthog_"+address].(map[string]any)
		return attributes[name]
	}
	for _, test := range []struct {
		address, name string
		want          any
	}{
		{"user.by_email", "uuid", bed.user},
		{"user.by_email", "email", "USER0@example.com"},
		{"user.by_uuid", "email", "user0@example.com"},
		{"user.by_uuid", "level", int64(1)},
		{"role.by_name", "id", bed.role},
		{"role.by_name", "member_count", int64(2)},
		{"role.by_name", "created_by", nil},
		{"role.by_id", "created_by", bed.hog.Owner().UUID},
		{"role.by_id", "is_default", true},
		{"role_memberships.all", "total_count", int64(2)},
	} {
		if got := attribute(test.address, test.name); got != test.want {
			t.Errorf("%s of %s is %v, want %v", test.name, test.address, got, test.want)
		}
	}
	of := func(address, name string, text func(element map[string]any) string) []string {
		elements, _ := attribute(address, name).([]any)
		var texts []string
		for _, element := range elements {
			texts = append(texts, text(element.(map[string]any)))
		}
		return texts
	}
	roles := of("roles.all", "roles", func(role map[string]any) string { return fmt.Sprint(role["name"]) })
	if want := []string{"Engineering", "Web"}; !slices.Equal(roles, want) {
		t.Errorf("the roles are %v, want %v", roles, want)
	}
	who := of("role_memberships.all", "memberships", func(m map[string]any) string {
		return fmt.Sprintf("%v in %v (%v)", m["user"].(map[string]any)["email"], m["role_name"], m["role_id"])
	})
	if want := []string{"user0@example.com in Engineering (" + bed.role + ")", "user1@example.com in Engineering (" + bed.role + ")"}; !slices.Equal(who, want) {
		t.Errorf("the memberships are %v, want %v", who, want)
	}
	people := of("organization_members.all", "members", func(member map[string]any) string { return fmt.Sprint(member["email"]) })
	if len(people) != 7 || slices.Contains(people, "<nil>") {
		t.Errorf("the members are %v, want 7 with an email each", people)
	}
	// Two share an email, and are left out.
	if byEmail, _ := attribute("organization_members.all", "uuids_by_email").(map[string]any); len(byEmail) != 5 {
		t.Errorf("the UUIDs by email are %v, want 5", byEmail)
	}
}

func TestLookUps_badInput(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Users(3))
	bed.hog.RenameRole(bed.role, "Support")
	other := bed.hog.AddRole("", "support")
	twin := bed.hog.AddUser("", "USER1@example.com")
	limited := bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read"}})
	const nobody = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	for name, test := range map[string]struct {
		source    string
		arguments map[string]any
		key       string
		want      []string
	}{
		"nobody":           {source: "user", arguments: map[string]any{"email": "usr0@example.com"}, want: []string{"User not found", `has the email "usr0@example.com". Did you mean user0@example.com`}},
		"two people":       {source: "user", arguments: map[string]any{"email": "User1@example.com"}, want: []string{"Several users have this email", twin.UUID}},
		"no such user":     {source: "user", arguments: map[string]any{"uuid": nobody}, want: []string{"User not found", "00000000aaaa"}},
		"neither":          {source: "user", arguments: map[string]any{}, want: []string{"email", "uuid"}},
		"both":             {source: "role", arguments: map[string]any{"name": "a", "id": nobody}, want: []string{"name", "id"}},
		"no such role":     {source: "role", arguments: map[string]any{"name": "Supporters"}, want: []string{"Role not found", `has the name "Supporters"`}},
		"two letters":      {source: "user", arguments: map[string]any{"email": "uesr0@example.com"}, want: []string{"User not found", "Did you mean user0@example.com?"}},
		"nearly that role": {source: "role", arguments: map[string]any{"name": "Supports"}, want: []string{"Role not found", "Did you mean Support or support?"}},
		"two roles":        {source: "role", arguments: map[string]any{"name": "SUPPORT"}, want: []string{"Several roles have this name", other, "Use the UUID of one of them"}},
		"no such id":       {source: "role", arguments: map[string]any{"id": nobody}, want: []string{"Role not found", "00000000aaaa"}},
		"limit alone":      {source: "role_memberships", arguments: map[string]any{"limit": 3}, want: []string{"limit", "role_id"}},
		"without the scope": {
			source: "organization_members", arguments: map[string]any{}, key: limited,
			want: []string{"Unable to list members", "Add the scope organization_member:read"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCore(t, bed)
			if test.key != "" {
				c.Configure("api_key", test.key)
			}
			c.Declare("data.posthog_"+test.source+".x", test.arguments)
			if result := c.Plan(); !acctest.Message(test.want...).MatchString(result.Errors()) {
				t.Errorf("the message is another: %s", result)
			}
		})
	}
}

// Hundreds of look-ups cost a request for what they are looked up in.
func TestLookUps_requests(t *testing.T) {
	t.Parallel()
	const n = 200
	bed := fake(t, fakeposthog.Users(n), fakeposthog.Roles(n))
	c := newCore(t, bed)
	for i := range n {
		c.Declare(fmt.Sprintf("data.posthog_user.user%d", i), map[string]any{"email": bed.email(i)})
		c.Declare(fmt.Sprintf("data.posthog_role.role%d", i), map[string]any{"name": fmt.Sprintf("role %d", i)})
	}
	if found := len(c.Must(c.Plan()).Data); found != 2*n {
		t.Errorf("%d were found, want %d", found, 2*n)
	}
	if requests := bed.hog.CountRequests(""); requests > 3 {
		t.Errorf("the look-ups made %d requests, want at most 3", requests)
	}
}

// Hundreds of memberships by email: when everybody is in their role already, nobody is looked for in the organization.
func TestRequests_hundredsByEmail(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	const roles, users = 10, 30
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.Users(users))
	c := newCore(t, bed)
	for role := range roles {
		for user := range users {
			c.Declare(fmt.Sprintf("posthog_role_membership.role%d_%d", role, user), memberByEmail(bed.hog.Role(role), bed.email(user)))
		}
	}
	adds := func() {
		t.Helper()
		added := 0
		for _, change := range c.Must(c.Plan()).Changes {
			if change.Action == terraformcore.Create {
				added++
			}
		}
		if added != roles*users {
			t.Fatalf("the plan adds %d, want %d", added, roles*users)
		}
	}
	adds()
	bed.hog.ExpectRequests(t, "GET role", roles)
	if others := bed.hog.CountRequests("") - roles; others > 4 {
		t.Errorf("the plan of creates made %d other requests, want at most 4", others)
	}
	for i := range roles {
		for j := range users {
			bed.hog.Join(bed.hog.Role(i), bed.hog.User(j).UUID)
		}
	}
	bed.hog.ForgetRequests()
	c.Configure("adopt_existing", true)
	adds()
	bed.hog.ExpectRequests(t, "GET role", roles)
	bed.hog.ExpectRequests(t, "GET members", 0)
	bed.hog.ExpectRequests(t, "", roles)
}

// Older servers list the first 100 roles only. A role's id needs no list.
func TestLookUps_roleByIDOnOlderServers(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Older(), fakeposthog.Roles(120), fakeposthog.MembersEach(2))
	c := newCore(t, bed)
	c.Declare("data.posthog_role.last", map[string]any{"id": bed.hog.Role(119)})
	last := c.Must(c.Plan()).Data["data.posthog_role.last"].(map[string]any)
	if last["name"] != "Role 119" || last["member_count"] != int64(2) {
		t.Errorf("the role is another: %v", last)
	}
	bed.hog.ExpectRequests(t, "GET role", 1)
	bed.hog.ExpectRequests(t, "GET roles", 0)
}

// If several users or roles differ in case only, the exact spelling wins.
func TestLookUps_exactSpellingWins(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.RenameRole(bed.role, "Support")
	lower := bed.hog.AddRole("", "support")
	twin := bed.hog.AddUser("", "USER1@example.com")
	c := newCore(t, bed)
	c.Declare("data.posthog_user.lower", map[string]any{"email": bed.email(1)})
	c.Declare("data.posthog_user.upper", map[string]any{"email": twin.Email})
	c.Declare("data.posthog_role.lower", map[string]any{"name": "support"})
	c.Declare("data.posthog_role.upper", map[string]any{"name": "Support"})
	read := c.Must(c.Plan()).Data
	for address, want := range map[string]string{"user.lower": bed.hog.User(1).UUID, "user.upper": twin.UUID, "role.lower": lower, "role.upper": bed.role} {
		attributes := read["data.posthog_"+address].(map[string]any)
		if attributes["uuid"] != want && attributes["id"] != want {
			t.Errorf("%s is %v, want %s", address, attributes, want)
		}
	}
}

// The shape in which the PostHog vendor's own provider documents its data sources: the organization beside the name.
func TestLookUps_inTheVendorsShape(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.RenameRole(bed.role, "Engineers")
	c := newCore(t, bed)
	c.Configure("organization_id", nil)
	const role, user = "data.posthog_role.engineers", "data.posthog_user.somebody"
	c.Declare(role, map[string]any{"organization_id": bed.organization, "name": "Engineers"})
	c.Declare(user, map[string]any{"organization_id": bed.organization, "email": "user0@example.com"})
	read := c.Must(c.Plan()).Data
	engineers, somebody := read[role].(map[string]any), read[user].(map[string]any)
	for name, attributes := range map[string]map[string]any{
		"id created_at created_by":                    engineers,
		"uuid first_name last_name is_email_verified": somebody,
	} {
		for name := range strings.FieldsSeq(name) {
			if _, there := attributes[name]; !there {
				t.Errorf("there is no %s in %v", name, attributes)
			}
		}
	}
	c.Declare(one, map[string]any{"organization_id": bed.organization, "role_id": engineers["id"], "user_uuid": somebody["uuid"]})
	c.MustApply()
	if !bed.hog.IsMember(bed.role, bed.user) || c.Attribute(one, "user_uuid") != bed.user || c.Attribute(one, "role_id") != bed.role {
		t.Errorf("the membership is another: %v", c.State[one].Attributes)
	}
}
