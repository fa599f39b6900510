package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestBadInput(t *testing.T) {
	const user = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	bed := fake(t)
	provider := func(host, key, organization string) string {
		return fmt.Sprintf("provider \"posthog\" {\n host = %q\n api_key = %q\n organization_id = %q\n}\n", host, key, organization)
	}
	good := membership(bed.role, bed.user)

	for name, test := range map[string]struct {
		config string
		env    map[string]string
		want   *regexp.Regexp
	}{
		"no key": {
			config: `provider "posthog" {}` + "\n" + good,
			want:   says("No API key", "POSTHOG_PERSONAL_API_KEY", "organization:read"),
		},
		"empty key":        {config: provider(bed.host, "", bed.organization) + good, want: says("Invalid api_key", "api_key must not be empty")},
		"key with space":   {config: provider(bed.host, "phx_secret word", bed.organization) + good, want: says("Invalid api_key", "must not contain spaces")},
		"key with newline": {config: provider(bed.host, "phx_secret\n", bed.organization) + good, want: says("Invalid api_key", "line breaks", "trimspace()")},
		"project key":      {config: provider(bed.host, "phc_secret", bed.organization) + good, want: says("Invalid api_key", "is a project key (phc_…)", "personal API key")},
		"project key in the environment": {
			config: `provider "posthog" {}` + "\n" + good, env: map[string]string{"POSTHOG_API_KEY": "phc_secret"},
			want: says("The environment variable POSTHOG_API_KEY, which stands in for api_key, is a project key"),
		},
		"host without scheme":     {config: provider("eu.posthog.com", bed.key, bed.organization) + good, want: says("Invalid host", "host must be an absolute URL")},
		"host with port alone":    {config: provider("localhost:8000", bed.key, bed.organization) + good, want: says("Invalid host", "host must")},
		"host of another scheme":  {config: provider("ftp://eu.posthog.com", bed.key, bed.organization) + good, want: says("Invalid host", "must begin with https://")},
		"host with credentials":   {config: provider("https://me:secret@eu.posthog.com", bed.key, bed.organization) + good, want: says("Invalid host", "must not carry a user name or password")},
		"host with query":         {config: provider("https://eu.posthog.com/?a=b", bed.key, bed.organization) + good, want: says("Invalid host", "must not carry a query")},
		"host in the environment": {config: good, env: map[string]string{"POSTHOG_PERSONAL_API_KEY": bed.key, "POSTHOG_HOST": "eu.posthog.com"}, want: says("Invalid provider configuration", "POSTHOG_HOST, which stands in for host, must be an absolute URL")},
		"no organization":         {config: bed.bare() + good, want: says("No organization", "organization_id", "POSTHOG_ORGANIZATION_ID")},
		"organization's name":     {config: provider(bed.host, bed.key, "My company") + good, want: says("Invalid organization_id", "its slug", `"@current"`, `not "My company"`)},
		"organization in upper case": {
			config: provider(bed.host, bed.key, strings.ToUpper(bed.organization)) + good,
			want:   says("Invalid organization_id", "write \""+bed.organization+"\" instead"),
		},
		"organization in the environment": {
			config: bed.bare() + good, env: map[string]string{"POSTHOG_ORGANIZATION_ID": "my company"},
			want: says("POSTHOG_ORGANIZATION_ID, which stands in for organization_id, must be the organization's UUID"),
		},
		"resource organization":            {config: bed.bare() + membership(bed.role, bed.user, `organization_id = "x/y"`), want: says("Invalid organization_id", `not "x/y"`)},
		"role in upper case":               {config: bed.provider() + membership(strings.ToUpper(bed.role), bed.user), want: says("Invalid role_id", "write \""+bed.role+"\" instead")},
		"role without hyphens":             {config: bed.provider() + membership(strings.ReplaceAll(bed.role, "-", ""), bed.user), want: says("Invalid role_id", "write \""+bed.role+"\" instead")},
		"role that is a name":              {config: bed.provider() + membership("Engineering", bed.user), want: says("Invalid role_id", `not "Engineering"`)},
		"user that is an email":            {config: bed.provider() + membership(bed.role, "alice@example.com"), want: says("Invalid user_uuid", `not "alice@example.com"`)},
		"request timeout":                  {config: bed.provider(`request_timeout = "soon"`) + good, want: says("Invalid request_timeout", `must be a duration such as "30s"`, `not "soon"`)},
		"retry timeout":                    {config: bed.provider(`retry_timeout = "-1m"`) + good, want: says("Invalid retry_timeout", "longer than zero")},
		"retry timeout number":             {config: bed.provider(`retry_timeout = 30`) + good, want: says("Invalid retry_timeout", `not "30"`)},
		"data source role":                 {config: bed.provider() + roleMemberships("x"), want: says("Invalid role_id", `not "x"`)},
		"data source limit":                {config: bed.provider() + roleMemberships(bed.role, "limit = 0"), want: says("limit", "at least 1")},
		"data source offset":               {config: bed.provider() + roleMemberships(bed.role, "offset = -1"), want: says("offset", "at least 0")},
		"data source without organization": {config: bed.bare() + roleMemberships(bed.role), want: says("No organization", "organization_id")},

		"import id of one part":     {config: importing(bed, bed.role), want: says("Invalid import id", "one part", "role_id/MEMBER", "organization_id/role_id/MEMBER")},
		"import id of four parts":   {config: importing(bed, bed.organization+"/"+bed.role+"/"+user+"/x"), want: says("Invalid import id", "neither a UUID nor an email", "role_id/MEMBER")},
		"import id with a bad role": {config: importing(bed, "engineering/"+user), want: says("Invalid import id", "the role_id in it must be a UUID", "role_id/MEMBER")},
		"import id with a bad org":  {config: importing(bed, "a c/"+bed.role+"/"+user), want: says("Invalid import id", "the organization_id in it must be", "role_id/MEMBER")},
		"import id in upper case":   {config: importing(bed, bed.role+"/"+strings.ToUpper(user)), want: says("Invalid import id", "write \""+user+"\" instead")},
		"import id with a name":     {config: importing(bed, bed.role+"/alice"), want: says("Invalid import id", `"alice", is neither a UUID nor an email address`)},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
				Config: test.config, ExpectError: test.want,
			}}})
		})
	}
	if members := bed.hog.Members(bed.role); len(members) > 0 {
		t.Errorf("bad input has changed something: %v", members)
	}
	bed.hog.ExpectRequests(t, "", 0)
}

// importing returns a configuration with an import block.
func importing(bed *testbed, id string) string {
	return bed.provider() + fmt.Sprintf("import {\n to = posthog_role_membership.one\n id = %q\n}\n", id) + membership(bed.role, bed.user)
}

func TestBadInput_keyIsNeverPrinted(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"phc_secretsecret", "phx_secretsecret word", "phx_secretsecret\n"} {
		w := newWorkspace(t, map[string]string{"main.tf": requirements + "provider \"posthog\" {}\n" + membership("018f401e-9a6b-7a00-8b00-00000000aaaa", "018f401e-9a6b-7a00-8b00-00000000aaaa")})
		w.setenv("POSTHOG_PERSONAL_API_KEY", key)
		w.setenv("TF_LOG", "TRACE")
		w.expectNowhere("secretsecret", nil, w.must(1, "plan"))
	}
}

func TestImport_matchesNobody(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(2), fakeposthog.MembersEach(2))
	empty := bed.hog.AddRole("", "Empty")
	for name, test := range map[string]struct {
		id   string
		want *regexp.Regexp
	}{
		"unknown email": {bed.role + "/nobody@example.com", says("No such member to import", "Role "+bed.role, "no member with the email nobody@example.com among its 2")},
		"unknown uuid":  {bed.role + "/018f401e-9a6b-7a00-8b00-00000000aaaa", says("No such member to import", "018f401e-9a6b-7a00-8b00-00000000aaaa among its 2")},
		"empty role":    {empty + "/nobody@example.com", says("No such member to import", "nobody is in it")},
		"missing role":  {"018f401e-9a6b-7a00-8b00-00000000aaaa/nobody@example.com", says("Role does not exist", "018f401e-9a6b-7a00-8b00-00000000aaaa", "Check role_id")},
	} {
		t.Run(name, func(t *testing.T) {
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
				Config: importing(bed, test.id), ExpectError: test.want,
			}}})
		})
	}
}

func TestImport_emailMatchesInAnyCase(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	user := bed.hog.AddUser("", "Grace.Hopper@Example.com")
	bed.hog.Join(bed.role, user.UUID)
	config := bed.provider() + fmt.Sprintf("import {\n to = posthog_role_membership.one\n id = %q\n}\n", bed.role+"/grace.hopper@example.COM") + membership(bed.role, user.UUID)
	bed.test(t, resource.TestStep{Config: config})
}

func TestImport_twoPeopleWithOneEmail(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	first, second := bed.hog.AddUser("", "grace@example.com"), bed.hog.AddUser("", "Grace@example.com")
	bed.hog.Join(bed.role, first.UUID)
	bed.hog.Join(bed.role, second.UUID)
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
		Config: importing(bed, bed.role+"/grace@example.com"), ExpectError: says("More than one member to import", first.UUID, second.UUID, "by its user's UUID"),
	}}})
}
