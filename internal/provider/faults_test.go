package provider

import (
	"net/http"
	"strings"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A fault is one way in which PostHog, or what is in front of it, fails.
type fault struct {
	name string
	// options make a server that has always been like that; do makes one that is asked to be.
	options []fakeposthog.Option
	do      func(bed *testbed, other string) fakeposthog.Action
	// once and forEver name the operations that get through, by their letters: list, create, delete.
	once, forEver string
	// says is what the message says when they do not.
	says string
}

// always is a fault that does not depend on the testbed.
func always(action fakeposthog.Action) func(*testbed, string) fakeposthog.Action {
	return func(*testbed, string) fakeposthog.Action { return action }
}

// body makes the work be done and something else be answered.
func body(text string) func(*testbed, string) fakeposthog.Action {
	return always(fakeposthog.Rewrite(func(status int, header http.Header, _ []byte) (int, []byte) {
		header.Del("Content-Length")
		if status == http.StatusNoContent && text != "" {
			status = http.StatusOK
		}
		return status, []byte(text)
	}))
}

func refuses(status int, code, detail string) func(*testbed, string) fakeposthog.Action {
	return always(fakeposthog.Error(status, "some_error", code, detail, ""))
}

// faults returns the rows of the matrix.
func faults() []fault {
	const denied = "permission_denied"
	notAPage := "Something else than PostHog's API answers there"
	all := []fault{
		{name: "closed before the work", do: always(fakeposthog.CloseBefore()), once: "lcd", says: "No answer from"},
		{name: "closed after the work", do: always(fakeposthog.CloseAfter()), once: "lcd", forEver: "cd", says: "No answer from"},
		{name: "delayed past request_timeout", do: always(fakeposthog.Delay(700 * time.Millisecond)), once: "lcd", forEver: "cd", says: "within"},
		{name: "slow drip", do: always(fakeposthog.Drip(1, 100*time.Millisecond)), once: "lcd", forEver: "cd", says: "within"},

		{name: "400", do: refuses(400, "invalid_input", "Something is wrong."), says: "400 (invalid_input): Something is wrong."},
		{name: "401 not authenticated", do: refuses(401, "not_authenticated", "Authentication credentials were not provided."), says: "Check api_key"},
		{name: "401 bad key", do: refuses(401, "authentication_failed", "Personal API key found in request Authorization header is invalid."), says: "Check api_key"},
		{name: "403 scope", do: refuses(403, denied, "API key missing required scope 'organization:write'"), says: "Add the scope"},
		{name: "403 projects", do: refuses(403, denied, "API keys with scoped projects are only supported on project-based endpoints."), says: "Roles belong to organizations."},
		{name: "403 other organizations", do: refuses(403, denied, "API key does not have access to the requested organization: ID 7."), says: "has this one"},
		{name: "403 not an admin", do: refuses(403, denied, "Your organization access level is insufficient."), says: "an admin or owner"},
		{name: "403 not inside", do: refuses(403, denied, "You do not have permission to perform this action."), says: "is not in this organization"},
		{name: "403 deactivated", do: refuses(403, "organization_deactivated", "Deactivated."), says: "deactivated organization"},
		{name: "404", do: refuses(404, "not_found", "Not found."), once: "d", says: "404 (not_found)"},
		{name: "405", do: refuses(405, "method_not_allowed", "No."), says: "405 (method_not_allowed)"},
		{name: "408", do: refuses(408, "timeout", "Too slow."), once: "lcd", says: "408"},
		{name: "409", do: refuses(409, "conflict", "No."), says: "409 (conflict)"},
		{name: "429 with Retry-After", do: always(fakeposthog.Throttle("1")), once: "lcd", says: "retry_timeout"},
		{name: "429 without Retry-After", do: always(fakeposthog.Throttle("")), once: "lcd", says: "retry_timeout"},
		{name: "429 for an hour", do: always(fakeposthog.Throttle("3600")), says: "asked to wait 1h"},
		{name: "500", do: refuses(500, "error", "A server error occurred."), once: "lcd", says: "A server error occurred."},
		{name: "502 of a proxy", do: always(fakeposthog.BadGateway()), once: "lcd", says: "answered 502"},
		{name: "503 with Retry-After", do: always(fakeposthog.Unavailable("1")), once: "lcd", says: "503"},
		{name: "503 without Retry-After", do: always(fakeposthog.Unavailable("")), once: "lcd", says: "503"},
		{name: "504", do: always(fakeposthog.Answer(504, "text/html", "<html>timeout</html>")), once: "lcd", says: "answered 504"},

		{name: "empty body", do: body(""), once: "cd", forEver: "cd", says: "the answer is empty"},
		{name: "truncated body", do: always(fakeposthog.Truncate(10)), once: "lcd", forEver: "cd", says: "broke off"},
		{name: "login page", do: always(fakeposthog.HTMLLogin()), once: "c", says: "is a web page"},
		{name: "JSON of another shape", do: body(`{"hello": ["world"]}`), once: "cd", forEver: "cd", says: notAPage},
		{name: "wrong types", do: body(`{"count": "1", "next": 7, "results": {}, "id": [], "user": "x"}`), once: "cd", forEver: "cd", says: notAPage},
		{name: "null", do: body("null"), once: "cd", forEver: "cd", says: notAPage},
		{name: "a list of null", do: body(`{"count": 1, "next": null, "results": [null]}`), once: "cd", forEver: "cd", says: "is null"},
		{name: "an empty list that counts one", do: body(`{"count": 1, "next": null, "results": []}`), once: "lcd", forEver: "cd", says: "PostHog counts 1"},
		{name: "100 MB", do: always(fakeposthog.Huge(100 << 20)), once: "c", says: "larger than 32 MiB"},
		{name: "gzip that lies", do: always(fakeposthog.LyingGzip()), once: "lcd", forEver: "cd", says: "broke off"},

		{name: "nulls in every nullable field", options: []fakeposthog.Option{fakeposthog.NullFields()}, once: "lcd", forEver: "lcd"},
		{name: "fields missing", options: []fakeposthog.Option{fakeposthog.OldFields()}, once: "lcd", forEver: "lcd"},
		{name: "unknown fields", options: []fakeposthog.Option{fakeposthog.ExtraFields()}, once: "lcd", forEver: "lcd"},
	}
	for _, status := range []int{301, 302, 307, 308} {
		all = append(all,
			fault{
				name: http.StatusText(status) + " to another host", says: "Redirects are not followed.",
				do: func(bed *testbed, other string) fakeposthog.Action {
					return fakeposthog.Redirect(status, other+"/api/organizations/"+bed.organization+"/roles/"+bed.role+"/role_memberships/")
				},
			},
			fault{
				name: http.StatusText(status) + " on the same host", says: "Redirects are not followed.",
				do: func(bed *testbed, _ string) fakeposthog.Action {
					return fakeposthog.Redirect(status, strings.TrimSuffix(bed.host, "/")+"/login")
				},
			})
	}
	return all
}
