package provider

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// Each row of the API's tables of refusals becomes a message that says what could not be done, to which role and user,
// what PostHog said, and what to do.
func TestMessages(t *testing.T) {
	t.Parallel()
	const nobody = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	adding := "Unable to add user to role"
	reading := "Unable to read role"

	for name, test := range map[string]struct {
		arrange func(bed *testbed)                        // changes the testbed
		declare func(bed *testbed, c *terraformcore.Core) // what is declared; a membership when nil
		blames  string                                    // the attribute
		want    []string
	}{
		"revoked key": {
			arrange: func(bed *testbed) { bed.hog.RevokeKey(bed.key) },
			want:    []string{reading, "401 (authentication_failed)", "Personal API key found in request Authorization header is invalid.", "Check api_key"},
		},
		"scope missing to read": {
			arrange: func(bed *testbed) { bed.key = bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"insight:read"}}) },
			want:    []string{reading, "403 (permission_denied)", "API key missing required scope 'organization:read'", "Add the scope"},
		},
		"scope missing to write": {
			arrange: func(bed *testbed) { bed.key = bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read"}}) },
			want:    []string{adding, "403 (permission_denied)", "API key missing required scope 'organization:write'", "Add the scope"},
		},
		"key limited to projects": {
			arrange: func(bed *testbed) { bed.key = bed.hog.AddKey(fakeposthog.Key{ScopedProjects: true}) },
			want:    []string{reading, "scoped projects", "Roles belong to organizations."},
		},
		"key limited to other organizations": {
			arrange: func(bed *testbed) {
				bed.key = bed.hog.AddKey(fakeposthog.Key{Organizations: []string{bed.hog.AddOrganization("Other")}})
			},
			blames: "organization_id",
			want:   []string{reading, "does not have access to the requested organization", "a personal API key that includes this organization"},
		},
		"owner is not an admin": {
			arrange: func(bed *testbed) { bed.key = bed.hog.AddKey(fakeposthog.Key{Owner: bed.hog.User(1).UUID}) },
			want:    []string{adding, "Your organization access level is insufficient.", "Use the key of an admin or owner"},
		},
		"owner is not in the organization": {
			arrange: func(bed *testbed) { bed.organization = bed.hog.AddOrganization("Other") },
			blames:  "organization_id",
			want:    []string{reading, "You do not have permission to perform this action.", "The key's owner is not in it"},
		},
		"organization deactivated": {
			arrange: func(bed *testbed) { bed.hog.DeactivateOrganization("") },
			blames:  "organization_id",
			want:    []string{reading, "403 (organization_deactivated)", "organization is deactivated"},
		},
		"organization unknown": {
			arrange: func(bed *testbed) { bed.organization = nobody },
			blames:  "organization_id",
			want:    []string{reading, "404", "Organization not found.", "Check organization_id"},
		},
		"user unknown": {
			arrange: func(bed *testbed) { bed.user = nobody },
			blames:  "user_uuid",
			want:    []string{adding, nobody, "400 (invalid_input)", "User does not exist.", "Check the UUID"},
		},
		"user deactivated": {
			arrange: func(bed *testbed) { bed.hog.DeactivateUser(bed.user) },
			blames:  "user_uuid",
			want:    []string{adding, "User does not exist.", "must be active and in the organization"},
		},
		"role unknown": {
			arrange: func(bed *testbed) { bed.role = nobody },
			blames:  "role_id",
			want:    []string{"Role not found", "There is no role " + nobody, "Check role_id"},
		},
		"role of another organization": {
			arrange: func(bed *testbed) { bed.role = bed.hog.AddRole(bed.hog.AddOrganization("Other"), "Elsewhere") },
			blames:  "role_id",
			want:    []string{"Role not found", "belong to another organization"},
		},
		"already in the role": {
			arrange: func(bed *testbed) { bed.hog.Join(bed.role, bed.user) },
			blames:  "user_uuid",
			want:    []string{"User is already in the role", "joined 20", "import {", "to = posthog_role_membership.example", "id = \"", "/user", "adopt_existing = true"},
		},
		"already in the role, hidden": {
			arrange: func(bed *testbed) {
				bed.hog.Join(bed.role, bed.user)
				bed.hog.HideMembership(bed.role, bed.user)
			},
			blames: "user_uuid",
			want:   []string{adding, "PostHog says that the user is already part of the role, but does not list user", "may be hidden from this key"},
		},
		"server that refuses explicit organizations": {
			arrange: func(bed *testbed) {
				bed.hog.SetCurrentOrganization(bed.hog.Owner().UUID, bed.asOther())
				bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: fakeposthog.Error(400, "validation_error", "invalid_input", "Role does not exist.", "")})
			},
			blames: "organization_id",
			want:   []string{adding, "PostHog answered “Role does not exist.”, although the role exists.", "Another organization is open now."},
		},
		"server error for ever": {
			arrange: func(bed *testbed) {
				bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Times: fakeposthog.Forever, Do: fakeposthog.Error(500, "server_error", "error", "A server error occurred.", "")})
			},
			want: []string{"Membership may have been created", "cannot tell whether that succeeded", "A server error occurred.", "does not list the user yet", "Apply again"},
		},
		"rate limit longer than retry_timeout": {
			arrange: func(bed *testbed) {
				bed.hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.Throttle("3600")})
			},
			declare: listing,
			want:    []string{reading, "asked to wait 1h", "retry_timeout (15m)", "Raise retry_timeout", "-parallelism"},
		},
		"login page": {
			arrange: func(bed *testbed) {
				bed.hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.HTMLLogin()})
			},
			declare: listing,
			want:    []string{reading, "answered 200, but the answer is a web page, not JSON.", "The answer begins with: <!", "Check host"},
		},
		"login page, on the first run": {
			arrange: func(bed *testbed) {
				bed.hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.HTMLLogin()})
			},
			want: []string{reading, "the answer is a web page, not JSON.", "Check host"},
		},
		"no answer to the create, nor to the look": {
			arrange: func(bed *testbed) {
				bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Times: fakeposthog.Forever, Do: fakeposthog.HTMLLogin()})
				// The plan lists the role, and the apply once more before it creates.
				bed.hog.Inject(fakeposthog.Fault{On: "GET role", Skip: 2, Times: fakeposthog.Forever, Do: fakeposthog.HTMLLogin()})
			},
			want: []string{"Membership may have been created", "Then the provider read the role", "Check host", "Apply again"},
		},
		"bad gateway": {
			arrange: func(bed *testbed) {
				bed.hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
			},
			declare: listing,
			want:    []string{reading, "answered 502", "Run again later"},
		},
		"redirect to another host": {
			arrange: func(bed *testbed) {
				bed.hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.Redirect(301, "https://eu.posthog.com/login?next=/")})
			},
			declare: listing,
			want:    []string{reading, "a redirect to https://eu.posthog.com/login. The provider does not follow redirects.", "set host"},
		},
		"host that enforces TLS": {
			arrange: func(bed *testbed) {
				*bed = testbed{hog: fakeposthog.Start(bed.t, fakeposthog.RequireTLS()), t: bed.t, role: bed.role, user: bed.user}
				bed.host, bed.key, bed.organization = bed.hog.URL, bed.hog.Key, bed.hog.OrganizationID
			},
			declare: listing,
			want:    []string{reading, "a redirect to https://127.0.0.1", "set host (or POSTHOG_HOST) to \"https://127.0.0.1"},
		},
		"nobody answers": {
			arrange: func(bed *testbed) { bed.host = "http://" + closedPort(bed.t) },
			declare: func(bed *testbed, c *terraformcore.Core) {
				c.Configure("request_timeout", "50ms")
				listing(bed, c)
			},
			want: []string{reading, "No answer from http://127.0.0.", "connection refused", "Check that host"},
		},
		"slow server": {
			arrange: func(bed *testbed) {
				bed.hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.Drip(1, 100e6)})
			},
			declare: func(bed *testbed, c *terraformcore.Core) {
				c.Configure("request_timeout", "50ms")
				listing(bed, c)
			},
			want: []string{reading, "did not answer within request_timeout (50ms)", "raise request_timeout"},
		},
		"list that leaves somebody out": {
			arrange: func(bed *testbed) {
				bed.hog.Join(bed.role, bed.user)
				bed.hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.Rewrite(func(status int, _ http.Header, body []byte) (int, []byte) {
					return status, regexp.MustCompile(`"count": ?1`).ReplaceAll(body, []byte(`"count":2`))
				})})
			},
			declare: func(bed *testbed, c *terraformcore.Core) {
				c.Declare(all, map[string]any{"role_id": bed.role, "limit": 10})
			},
			want: []string{reading, "PostHog reports 2 entries for role ", "returned only 1 in each of", "Run again."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			bed.t = t
			test.arrange(bed)
			c := newCore(t, bed)
			if test.declare != nil {
				test.declare(bed, c)
			} else {
				c.Declare(one, map[string]any{"role_id": bed.role, "user_uuid": bed.user})
			}
			result := c.Apply()
			if !acctest.Message(append([]string{"Error: "}, test.want...)...).MatchString(result.Errors()) || !result.HasErrorAt(test.blames) {
				t.Errorf("the message is another, or blames another attribute than %q: %s", test.blames, result)
			}
		})
	}
}

// One of them with the real Terraform, where the message points at the line to blame.
func TestMessages_asTheyLook(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.DeactivateUser(bed.user)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user)})
	result := w.Must(1, "apply", "-auto-approve")
	if !acctest.Message("Error: Unable to add user to role", "with posthog_role_membership.one", "user_uuid = \""+bed.user, "User does not exist.", "Check the UUID").MatchString(result.Stderr) {
		t.Errorf("the message looks different: %s", result)
	}
}

// listing declares a data source of who is in the role.
func listing(bed *testbed, c *terraformcore.Core) {
	c.Declare(all, map[string]any{"role_id": bed.role})
}

// closedPort returns an address of this machine on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	f := newFront(t, "http://posthog.invalid")
	f.close()
	return f.address
}

func TestMessages_ofDestroy(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, map[string]any{"role_id": bed.role, "user_uuid": bed.user})
	c.MustApply()
	c.Remove(one)
	c.Configure("api_key", bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read"}}))
	result := c.Apply()
	if !acctest.Message("Unable to remove user from role", "could not remove "+bed.email(0)+" ("+bed.user+") from role Role 0 ("+bed.role, "organization:write", "Add the scope").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
	c.Configure("api_key", bed.key)
	c.MustApply() // The state still has the membership, and this removes it.
	if bed.hog.IsMember(bed.role, bed.user) || len(c.StateAddresses()) > 0 {
		t.Errorf("the user is still in the role, or in state: %v", c.StateAddresses())
	}
}

func TestPlainHTTPWarns(t *testing.T) {
	t.Parallel()
	// Nothing is sent: there is nothing to read, and the plan stops at the role that is not known yet.
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + `
		provider "posthog" {
			host            = "http://posthog.invalid"
			api_key         = "phx_x"
			organization_id = "018f401e-9a6b-7a00-8b00-00000000aaaa"
		}
		resource "terraform_data" "role" { input = "018f401e-9a6b-7a00-8b00-00000000aaaa" }
		resource "posthog_role_membership" "one" {
			role_id   = terraform_data.role.output
			user_uuid = "018f401e-9a6b-7a00-8b00-00000000aaaa"
		}`})
	if result := w.Must(0, "plan"); !acctest.Message("Warning: API key sent unencrypted", "http://posthog.invalid unencrypted", "Use https://").MatchString(result.Stdout + result.Stderr) {
		t.Errorf("no warning: %s", result)
	}
}
