package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func output(name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownOutputValue(name, value)
}

func TestLookUps(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.MembersEach(2))
	bed.hog.RenameRole(bed.role, "Engineering")
	bed.hog.AddUser("", "USER4@example.com")
	web := bed.hog.AddRoleBy("", "Web", bed.hog.Owner().UUID)
	bed.hog.SetDefaultRole(web)
	text := knownvalue.StringExact
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
		Config: bed.provider() + fmt.Sprintf(`
			data "posthog_user" "by_email" { email = "USER0@example.com" }
			data "posthog_user" "by_uuid" { uuid = data.posthog_user.by_email.uuid }
			data "posthog_role" "by_name" { name = "engineering" }
			data "posthog_role" "by_id" { id = %q }
			data "posthog_roles" "all" {}
			data "posthog_organization_members" "all" {}
			data "posthog_role_memberships" "all" {}
			output "uuid" { value = data.posthog_user.by_email.uuid }
			output "written" { value = data.posthog_user.by_email.email }
			output "email" { value = data.posthog_user.by_uuid.email }
			output "level" { value = data.posthog_user.by_uuid.level }
			output "role" { value = data.posthog_role.by_name.id }
			output "count" { value = data.posthog_role.by_name.member_count }
			output "creator" { value = data.posthog_role.by_id.created_by }
			output "default" { value = data.posthog_role.by_id.is_default }
			output "nobody" { value = data.posthog_role.by_name.created_by == null }
			output "roles" { value = data.posthog_roles.all.roles[*].name }
			output "people" { value = data.posthog_organization_members.all.members[*].email }
			output "uuids" { value = data.posthog_organization_members.all.uuids_by_email }
			output "who" { value = [for m in data.posthog_role_memberships.all.memberships : "${m.user.email} in ${m.role_name} (${m.role_id})"] }
			output "total" { value = data.posthog_role_memberships.all.total_count }`, web),
		ConfigStateChecks: []statecheck.StateCheck{
			output("uuid", text(bed.hog.User(0).UUID)), output("written", text("USER0@example.com")), output("email", text("user0@example.com")),
			output("level", knownvalue.Int64Exact(1)), output("role", text(bed.role)), output("count", knownvalue.Int64Exact(2)),
			output("creator", text(bed.hog.Owner().UUID)), output("default", knownvalue.Bool(true)), output("nobody", knownvalue.Bool(true)),
			output("roles", knownvalue.ListExact([]knownvalue.Check{text("Engineering"), text("Web")})),
			output("people", knownvalue.ListSizeExact(7)),
			output("uuids", knownvalue.MapSizeExact(5)), // Two share an email, and are left out.
			output("who", knownvalue.ListExact([]knownvalue.Check{
				text("user0@example.com in Engineering (" + bed.role + ")"), text("user1@example.com in Engineering (" + bed.role + ")"),
			})),
			output("total", knownvalue.Int64Exact(2)),
		},
	}}})
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
		"nobody":           {source: "user", arguments: map[string]any{"email": "usr0@example.com"}, want: []string{"Nobody has that email", "Did you mean user0@example.com"}},
		"two people":       {source: "user", arguments: map[string]any{"email": "user1@example.com"}, want: []string{"Several people have that email", twin.UUID}},
		"no such user":     {source: "user", arguments: map[string]any{"uuid": nobody}, want: []string{"No such user", "00000000aaaa"}},
		"neither":          {source: "user", arguments: map[string]any{}, want: []string{"email", "uuid"}},
		"both":             {source: "role", arguments: map[string]any{"name": "a", "id": nobody}, want: []string{"name", "id"}},
		"no such role":     {source: "role", arguments: map[string]any{"name": "Supporters"}, want: []string{"Role does not exist", `has the name "Supporters"`}},
		"nearly that role": {source: "role", arguments: map[string]any{"name": "Supports"}, want: []string{"Role does not exist", "Did you mean Support or support?"}},
		"two roles":        {source: "role", arguments: map[string]any{"name": "SUPPORT"}, want: []string{"Several roles have that name", other, "by its UUID"}},
		"no such id":       {source: "role", arguments: map[string]any{"id": nobody}, want: []string{"Role does not exist", "00000000aaaa"}},
		"limit alone":      {source: "role_memberships", arguments: map[string]any{"limit": 3}, want: []string{"limit", "role_id"}},
		"without the scope": {
			source: "organization_members", arguments: map[string]any{}, key: limited,
			want: []string{"Unable to list members", "Add the scope organization_member:read"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCore(t, bed)
			if test.key != "" {
				c.provider("api_key", test.key)
			}
			c.config("data.posthog_"+test.source+".x", test.arguments)
			if result := c.plan(); !says(test.want...).MatchString(result.errors()) {
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
		c.config(fmt.Sprintf("data.posthog_user.user%d", i), map[string]any{"email": bed.email(i)})
		c.config(fmt.Sprintf("data.posthog_role.role%d", i), map[string]any{"name": fmt.Sprintf("role %d", i)})
	}
	if found := len(c.must(c.plan()).data); found != 2*n {
		t.Errorf("%d were found, want %d", found, 2*n)
	}
	if requests := bed.hog.CountRequests(""); requests > 3 {
		t.Errorf("the look-ups made %d requests, want at most 3", requests)
	}
}

// A thousand memberships by email: when everybody is in their role already, nobody is looked for in the organization.
func TestRequests_aThousandByEmail(t *testing.T) {
	t.Parallel()
	if withoutRaces(t) {
		return
	}
	const roles, users = 10, 100
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.Users(users))
	c := newCore(t, bed)
	for role := range roles {
		for user := range users {
			c.config(fmt.Sprintf("posthog_role_membership.role%d_%d", role, user), memberByEmail(bed.hog.Role(role), bed.email(user)))
		}
	}
	adds := func() {
		t.Helper()
		added := 0
		for _, change := range c.must(c.plan()).changes {
			if change.action == actCreate {
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
	adds()
	bed.hog.ExpectRequests(t, "GET role", roles)
	bed.hog.ExpectRequests(t, "GET members", 0)
	bed.hog.ExpectRequests(t, "", roles)
}

// The shape in which the PostHog vendor's own provider documents its data sources: the organization beside the name.
func TestLookUps_inTheVendorsShape(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.RenameRole(bed.role, "Engineers")
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
		Config: bed.bare() + fmt.Sprintf(`
			data "posthog_role" "engineers" {
				organization_id = %[1]q
				name            = "Engineers"
			}
			data "posthog_user" "somebody" {
				organization_id = %[1]q
				email           = "user0@example.com"
			}
			output "all" {
				value = [
					data.posthog_role.engineers.id, data.posthog_role.engineers.created_at, data.posthog_role.engineers.created_by,
					data.posthog_user.somebody.uuid, data.posthog_user.somebody.first_name, data.posthog_user.somebody.last_name,
					data.posthog_user.somebody.is_email_verified,
				]
			}
			resource "posthog_role_membership" "one" {
				organization_id = %[1]q
				role_id         = data.posthog_role.engineers.id
				user_uuid       = data.posthog_user.somebody.uuid
			}`, bed.organization),
		ConfigStateChecks: []statecheck.StateCheck{has("user_uuid", knownvalue.StringExact(bed.user)), has("role_id", knownvalue.StringExact(bed.role))},
	}}})
}
