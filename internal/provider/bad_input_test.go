package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

func TestBadInput(t *testing.T) {
	const user = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	bed := fake(t)
	in := func(argument string, value any) func(*terraformcore.Core) {
		return func(c *terraformcore.Core) { c.Configure(argument, value) }
	}
	resource := func(attribute string, value any) func(*terraformcore.Core) {
		return func(c *terraformcore.Core) { c.Config[one][attribute] = value }
	}
	data := func(attributes map[string]any) func(*terraformcore.Core) {
		return func(c *terraformcore.Core) {
			c.Remove(one)
			if attributes["role_id"] == nil {
				attributes["role_id"] = bed.role
			}
			c.Declare(all, attributes)
		}
	}
	both := func(one, other func(*terraformcore.Core)) func(*terraformcore.Core) {
		return func(c *terraformcore.Core) {
			one(c)
			other(c)
		}
	}
	importing := func(id string) func(*terraformcore.Core) { return func(c *terraformcore.Core) { c.AddImport(one, id) } }
	noKey, noHost, noOrganization := in("api_key", nil), in("host", nil), in("organization_id", nil)

	for name, test := range map[string]struct {
		spoil  func(c *terraformcore.Core)
		env    map[string]string
		blames string // the attribute
		want   *regexp.Regexp
	}{
		"no key":           {spoil: both(noKey, noHost), blames: "api_key", want: acctest.Message("No API key", "POSTHOG_PERSONAL_API_KEY", "organization:read")},
		"empty key":        {spoil: in("api_key", ""), blames: "api_key", want: acctest.Message("Invalid api_key", "api_key must not be empty")},
		"key with space":   {spoil: in("api_key", "phx_secret word"), blames: "api_key", want: acctest.Message("Invalid api_key", "api_key has a space at position 11.")},
		"key with newline": {spoil: in("api_key", "phx_secret\n"), blames: "api_key", want: acctest.Message("Invalid api_key", "has a line break at position 11;", "trimspace() removes it")},
		"project key":      {spoil: in("api_key", "phc_secret"), blames: "api_key", want: acctest.Message("Invalid api_key", "is a project key (phc_…)", "personal API key")},
		"project key in the environment": {
			spoil: noKey, env: map[string]string{"POSTHOG_API_KEY": "phc_secret"}, blames: "api_key",
			want: acctest.Message("The environment variable POSTHOG_API_KEY, which is used because api_key is not set, is a project key"),
		},
		"host without scheme":    {spoil: in("host", "eu.posthog.com"), blames: "host", want: acctest.Message("Invalid host", `host has no scheme: begin it with https://: "https://eu.posthog.com".`)},
		"host with port alone":   {spoil: in("host", "localhost:8000"), blames: "host", want: acctest.Message("Invalid host", `"http://localhost:8000"`)},
		"host of another scheme": {spoil: in("host", "ftp://eu.posthog.com"), blames: "host", want: acctest.Message("Invalid host", "must begin with https://")},
		"host with credentials":  {spoil: in("host", "https://me:secret@eu.posthog.com"), blames: "host", want: acctest.Message("Invalid host", "must not carry a user name or password")},
		"host with query":        {spoil: in("host", "https://eu.posthog.com/?a=b"), blames: "host", want: acctest.Message("Invalid host", "must not carry a query")},
		"host in the environment": {
			spoil: both(noKey, noHost), env: map[string]string{"POSTHOG_PERSONAL_API_KEY": bed.key, "POSTHOG_HOST": "eu.posthog.com"}, blames: "host",
			want: acctest.Message("Invalid provider configuration", "POSTHOG_HOST, which is used because host is not set, has no scheme", `"https://eu.posthog.com"`),
		},
		"no organization":     {spoil: noOrganization, blames: "organization_id", want: acctest.Message("No organization", "organization_id", "POSTHOG_ORGANIZATION_ID")},
		"organization's name": {spoil: in("organization_id", "My company"), blames: "organization_id", want: acctest.Message("Invalid organization_id", "its slug", `"@current"`, `not "My company"`)},
		"organization in upper case": {
			spoil: in("organization_id", strings.ToUpper(bed.organization)), blames: "organization_id",
			want: acctest.Message("Invalid organization_id", "write \""+bed.organization+"\" instead"),
		},
		"organization in the environment": {
			spoil: noOrganization, env: map[string]string{"POSTHOG_ORGANIZATION_ID": "my company"}, blames: "organization_id",
			want: acctest.Message("POSTHOG_ORGANIZATION_ID, which is used because organization_id is not set, must be the organization's UUID"),
		},
		"resource organization":            {spoil: resource("organization_id", "x/y"), blames: "organization_id", want: acctest.Message("Invalid organization_id", `not "x/y"`)},
		"role in upper case":               {spoil: resource("role_id", strings.ToUpper(bed.role)), blames: "role_id", want: acctest.Message("Invalid role_id", "write \""+bed.role+"\" instead")},
		"role without hyphens":             {spoil: resource("role_id", strings.ReplaceAll(bed.role, "-", "")), blames: "role_id", want: acctest.Message("Invalid role_id", "write \""+bed.role+"\" instead")},
		"role that is a name":              {spoil: resource("role_id", "Engineering"), blames: "role_id", want: acctest.Message("Invalid role_id", `not "Engineering"`)},
		"user that is an email":            {spoil: resource("user_uuid", "alice@example.com"), blames: "user_uuid", want: acctest.Message("Invalid user_uuid", `not "alice@example.com"`)},
		"request timeout":                  {spoil: in("request_timeout", "soon"), blames: "request_timeout", want: acctest.Message("Invalid request_timeout", `must be a duration such as "30s"`, `not "soon"`)},
		"retry timeout":                    {spoil: in("retry_timeout", "-1m"), blames: "retry_timeout", want: acctest.Message("Invalid retry_timeout", "longer than zero")},
		"retry timeout number":             {spoil: in("retry_timeout", 30), blames: "retry_timeout", want: acctest.Message("Invalid retry_timeout", `not "30"`)},
		"data source role":                 {spoil: data(map[string]any{"role_id": "x"}), blames: "role_id", want: acctest.Message("Invalid role_id", `not "x"`)},
		"data source limit":                {spoil: data(map[string]any{"limit": 0}), blames: "limit", want: acctest.Message("limit", "at least 1")},
		"data source offset":               {spoil: data(map[string]any{"offset": -1}), blames: "offset", want: acctest.Message("offset", "at least 0")},
		"data source without organization": {spoil: both(noOrganization, data(map[string]any{})), blames: "organization_id", want: acctest.Message("No organization", "organization_id")},

		"import id of one part":    {spoil: importing(bed.role), want: acctest.Message("Invalid import id", "one part", "role_id/MEMBER", "organization_id/role_id/MEMBER")},
		"import id of four parts":  {spoil: importing(bed.organization + "/" + bed.role + "/" + user + "/x"), want: acctest.Message("Invalid import id", "it has more than three parts", "role_id/MEMBER")},
		"import id without a role": {spoil: importing("/" + user), want: acctest.Message("Invalid import id", "remove the slash at the beginning", "role_id/MEMBER")},
		"import id with a bad org": {spoil: importing("a c/" + bed.role + "/" + user), want: acctest.Message("Invalid import id", "the organization_id in it must be", "role_id/MEMBER")},
		"import id in upper case":  {spoil: importing(bed.role + "/" + strings.ToUpper(user)), want: acctest.Message("Invalid import id", "write \""+user+"\" instead")},
		"import id with a name":    {spoil: importing(bed.role + "/alice"), want: acctest.Message("Invalid import id", `"alice", is neither a UUID nor an email address`)},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			c := newCore(t, bed)
			c.Declare(one, map[string]any{"role_id": bed.role, "user_uuid": bed.user})
			test.spoil(c)
			if result := c.Apply(); !test.want.MatchString(result.Errors()) || !result.HasErrorAt(test.blames) {
				t.Errorf("the message is another, or blames another attribute than %q: %s", test.blames, result)
			}
		})
	}
	if members := bed.hog.Members(bed.role); len(members) > 0 {
		t.Errorf("bad input has changed something: %v", members)
	}
	bed.hog.ExpectRequests(t, "", 0)
}

// One of each with the real Terraform: of the provider, of a resource, and of an import block.
func TestBadInput_asItLooks(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	for name, test := range map[string]struct {
		config string
		want   *regexp.Regexp
	}{
		"provider": {bed.provider(`request_timeout = "soon"`) + membership(bed.role, bed.user), acctest.Message("Error: Invalid request_timeout", "on main.tf line", `request_timeout = "soon"`, "must be a duration")},
		"resource": {bed.provider() + membership("Engineering", bed.user), acctest.Message("Error: Invalid role_id", "on main.tf line", `role_id = "Engineering"`, `not "Engineering"`)},
		"import":   {importing(bed, bed.role+"/alice"), acctest.Message("Error: Invalid import id", `"alice", is neither a UUID nor an email address`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + test.config})
			if result := w.Must(1, "plan"); !test.want.MatchString(result.Stderr) {
				t.Errorf("the message looks different: %s", result)
			}
		})
	}
	t.Cleanup(func() { bed.hog.ExpectRequests(t, "", 0) })
}

// importing returns a configuration with an import block.
func importing(bed *testbed, id string) string {
	return bed.provider() + fmt.Sprintf("import {\n to = posthog_role_membership.one\n id = %q\n}\n", id) + membership(bed.role, bed.user)
}

// Terraform passes an empty import id on.
func TestBadInput_emptyImportID(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user) + whole(bed.hog.AddRole("", "Other"), nil),
	})
	for address, form := range map[string]string{"posthog_role_membership.one": "role_id/MEMBER", wholeAddress: "organization_id/role_id"} {
		result := w.Must(1, "import", address, "")
		if !acctest.Message("Error: Invalid import id", `"" cannot be imported: it is empty.`, form).MatchString(result.Stderr) ||
			strings.Contains(result.Stderr, "always") {
			t.Errorf("the message is another: %s", result)
		}
	}
}

func TestBadInput_keyIsNeverPrinted(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"phc_secretsecret", "phx_secretsecret word", "phx_secretsecret\n"} {
		w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + "provider \"posthog\" {}\n" + membership("018f401e-9a6b-7a00-8b00-00000000aaaa", "018f401e-9a6b-7a00-8b00-00000000aaaa")})
		w.Setenv("POSTHOG_PERSONAL_API_KEY", key)
		w.Setenv("TF_LOG", "TRACE")
		w.ExpectNowhere("secretsecret", nil, w.Must(1, "plan"))
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
		"unknown email": {bed.role + "/nobody@example.com", acctest.Message("No such member to import", "Role 0 ("+bed.role+")", "has 2 members, and none of them is", "nobody@example.com")},
		"unknown uuid":  {bed.role + "/018f401e-9a6b-7a00-8b00-00000000aaaa", acctest.Message("No such member to import", "has 2 members, and none of them is", "018f401e-9a6b-7a00-8b00-00000000aaaa")},
		"empty role":    {empty + "/nobody@example.com", acctest.Message("No such member to import", "has 0 members, and none of them is", "nobody@example.com")},
		"missing role":  {"018f401e-9a6b-7a00-8b00-00000000aaaa/nobody@example.com", acctest.Message("Role not found", "018f401e-9a6b-7a00-8b00-00000000aaaa", "Check role_id")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCore(t, bed)
			c.Declare(one, map[string]any{"role_id": bed.role, "user_uuid": bed.user})
			c.AddImport(one, test.id)
			for _, result := range []*terraformcore.Result{c.Plan(), c.Import(one, test.id)} {
				if !test.want.MatchString(result.Errors()) || len(c.State) > 0 {
					t.Errorf("the message is another, or there is something in state: %s", result)
				}
			}
		})
	}
}

func TestImport_invalidIdentity(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	result := newCore(t, bed).Import(one, map[string]any{"organization_id": bed.organization, "role_id": "Role 0", "user_uuid": bed.user})
	if !acctest.Message("Invalid import identity", "role_id must be a UUID").MatchString(result.Errors()) {
		t.Errorf("the message is: %s", result)
	}
}

func TestProviderDataFrom_anotherType(t *testing.T) {
	var diags diag.Diagnostics
	if providerDataFrom("text", &diags); !diags.HasError() || diags[0].Summary() != "Unexpected provider data" {
		t.Errorf("the messages are %v", diags)
	}
}

func TestImport_emailMatchesInAnyCase(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	user := bed.hog.AddUser("", "Grace.Hopper@Example.com")
	bed.hog.Join(bed.role, user.UUID)
	c := newCore(t, bed)
	c.Declare(one, map[string]any{"role_id": bed.role, "user_uuid": user.UUID})
	c.AddImport(one, bed.role+"/grace.hopper@example.COM")
	if result := c.MustApply(); result.Action(one) != terraformcore.NoOp || !result.Changes[one].IsImport {
		t.Errorf("the apply is not an import alone: %s", result)
	}
}

func TestImport_twoPeopleWithOneEmail(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	first, second := bed.hog.AddUser("", "grace@example.com"), bed.hog.AddUser("", "Grace@example.com")
	bed.hog.Join(bed.role, first.UUID)
	bed.hog.Join(bed.role, second.UUID)
	result := newCore(t, bed).Import(one, bed.role+"/GRACE@example.com")
	if !acctest.Message("More than one member to import", first.UUID, second.UUID, "by the user's UUID").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}
