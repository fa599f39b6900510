package provider

import (
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A fault is one way in which PostHog, or what is in front of it, fails.
type fault struct {
	name string
	// options make a server that has always been like that; do makes one that is asked to be.
	options []fakeposthog.Option
	do      func(bed *testbed, other string) fakeposthog.Action
	// refused is a fault of the network: nobody takes connections any more, once Terraform has planned.
	refused bool
	// blind adds that roles cannot be listed any more, once Terraform has planned.
	blind bool
	// once and forEver name the operations that get through, by their letters: list, create, delete.
	once, forEver string
	// says is what the message says when they do not.
	says string
	// patient gives the requests all the time they need: the fault is in what is answered, which takes a while to read.
	patient bool
	// unclear says that a create which does not get through may have happened. Only then may adopt_existing be needed to
	// go on; after any other failure the same apply must do.
	unclear bool
}

const (
	justOnce = "once"
	forEver  = "for ever"
)

// times returns how often the fault strikes. What a server or a network is like does not pass.
func (f fault) times() []string {
	if f.do == nil {
		return []string{forEver}
	}
	return []string{justOnce, forEver}
}

// spares reports whether the fault has nothing to do with an operation.
func (f fault) spares(o operation) bool { return f.blind && o.name == "list" }

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

// mangled makes the work be done and part of the answer be something else.
func mangled(pattern, replacement string) func(*testbed, string) fakeposthog.Action {
	part := regexp.MustCompile(pattern)
	return always(fakeposthog.Rewrite(func(status int, header http.Header, body []byte) (int, []byte) {
		header.Del("Content-Length")
		return status, part.ReplaceAll(body, []byte(replacement))
	}))
}

// redirects answers with a redirect to where a function says.
func redirects(status int, to func(bed *testbed, other string) string) func(*testbed, string) fakeposthog.Action {
	return func(bed *testbed, other string) fakeposthog.Action {
		return fakeposthog.Redirect(status, to(bed, other))
	}
}

// faults returns the rows of the matrix.
func faults() []fault {
	all := append(faultsOfTheNetwork(), refusals()...)
	all = append(all, faultsOfTheServer()...)
	all = append(all, wrongAnswers()...)
	return append(all, redirections()...)
}

func faultsOfTheNetwork() []fault {
	return []fault{
		{name: "connection refused", refused: true, says: "connection refused. Check that host"},
		{name: "closed before the work", do: always(fakeposthog.CloseBefore()), once: "lcd", says: "No answer from", unclear: true},
		{name: "closed after the work", do: always(fakeposthog.CloseAfter()), once: "lcd", forEver: "cd", says: "No answer from"},
		{name: "late work", do: always(fakeposthog.Delay(700 * time.Millisecond)), once: "lcd", forEver: "cd", says: "request_timeout (500ms)"},
		{name: "late answer", do: always(fakeposthog.DelayAfter(700 * time.Millisecond)), once: "lcd", forEver: "cd", says: "request_timeout (500ms)"},
		{name: "slow drip", do: always(fakeposthog.Drip(1, 100*time.Millisecond)), once: "lcd", forEver: "cd", says: "request_timeout (500ms)"},
		{name: "truncated body", do: always(fakeposthog.Truncate(10)), once: "lcd", forEver: "cd", says: "broke off"},
		{name: "gzip that lies", do: always(fakeposthog.LyingGzip()), once: "lcd", forEver: "cd", says: "broke off"},
		{name: "closed after the work, and no lists", do: always(fakeposthog.CloseAfter()), blind: true, says: "Then it looked for the user in the role:", unclear: true},
	}
}

// refusals say that nothing was done.
func refusals() []fault {
	const denied = "permission_denied"
	const firewall = "<!DOCTYPE html><title>Blocked</title>"
	return []fault{
		{name: "400", do: refuses(400, "invalid_input", "Something is wrong."), says: "400 (invalid_input): Something is wrong."},
		{name: "400 duplicate, and no lists", do: refuses(400, "invalid_input", "User is already part of the role."), blind: true, says: "already part of the role."},
		{name: "401 not authenticated", do: refuses(401, "not_authenticated", "Authentication credentials were not provided."), says: "Check api_key"},
		{name: "401 bad key", do: refuses(401, "authentication_failed", "Personal API key found in request Authorization header is invalid."), says: "Check api_key"},
		{name: "401 of a proxy", do: always(fakeposthog.Answer(401, "text/html", firewall)), says: "answered 401, but the answer is a web page"},
		{name: "403 scope", do: refuses(403, denied, "API key missing required scope 'organization:write'"), says: "Add the scope"},
		{name: "403 projects", do: refuses(403, denied, "API keys with scoped projects are only supported on project-based endpoints."), says: "Roles belong to organizations."},
		{name: "403 other organizations", do: refuses(403, denied, "API key does not have access to the requested organization: ID 7."), says: "has this one"},
		{name: "403 not an admin", do: refuses(403, denied, "Your organization access level is insufficient."), says: "an admin or owner"},
		{name: "403 not inside", do: refuses(403, denied, "You do not have permission to perform this action."), says: "is not in this organization"},
		{name: "403 deactivated", do: refuses(403, "organization_deactivated", "Deactivated."), says: "deactivated organization"},
		{name: "403 API keys", do: refuses(403, denied, "This action does not support personal API key access"), says: "Check that the key's owner"},
		{name: "403 of a firewall", do: always(fakeposthog.Answer(403, "text/html", firewall)), says: "answered 403, but the answer is a web page"},
		{name: "404", do: refuses(404, "not_found", "Not found."), once: "d", says: "404 (not_found)"},
		{name: "404, and no lists", do: refuses(404, "not_found", "Not found."), blind: true, says: "404 (not_found)"},
		{name: "405", do: refuses(405, "method_not_allowed", "No."), says: "405 (method_not_allowed)"},
		{name: "409", do: refuses(409, "conflict", "No."), says: "409 (conflict)"},
		{name: "429 with Retry-After", do: always(fakeposthog.Throttle("1")), once: "lcd", says: "retry_timeout"},
		{name: "429 without Retry-After", do: always(fakeposthog.Throttle("")), once: "lcd", says: "retry_timeout"},
		{name: "429 for an hour", do: always(fakeposthog.Throttle("3600")), says: "asked to wait 1h"},
	}
}

// faultsOfTheServer may strike before the work or after it.
func faultsOfTheServer() []fault {
	const broken = "A server error occurred."
	const timeout = "<html>timeout</html>"
	return []fault{
		{name: "408", do: refuses(408, "timeout", "Too slow."), once: "lcd", says: "408", unclear: true},
		{name: "500", do: refuses(500, "error", broken), once: "lcd", says: broken, unclear: true},
		{name: "500 after the work", do: always(fakeposthog.ErrorAfter(500, "server_error", "error", broken, "")), once: "lcd", forEver: "cd", says: broken},
		{name: "502 of a proxy", do: always(fakeposthog.BadGateway()), once: "lcd", says: "answered 502", unclear: true},
		{name: "502 after the work", do: always(fakeposthog.AnswerAfter(502, "text/html", timeout)), once: "lcd", forEver: "cd", says: "answered 502"},
		{name: "503 with Retry-After", do: always(fakeposthog.Unavailable("1")), once: "lcd", says: "503", unclear: true},
		{name: "503 without Retry-After", do: always(fakeposthog.Unavailable("")), once: "lcd", says: "503", unclear: true},
		{name: "503 for an hour", do: always(fakeposthog.Unavailable("3600")), says: "asked to wait 1h", unclear: true},
		{name: "504", do: always(fakeposthog.Answer(504, "text/html", timeout)), once: "lcd", says: "answered 504", unclear: true},
		{name: "504 after the work", do: always(fakeposthog.AnswerAfter(504, "text/html", timeout)), once: "lcd", forEver: "cd", says: "answered 504"},
	}
}

// wrongAnswers are successes by their status, and either not PostHog's or of another version of it.
func wrongAnswers() []fault {
	notAPage := "Something else than PostHog's API answers there"
	return []fault{
		{name: "login page", do: always(fakeposthog.HTMLLogin()), once: "c", says: "is a web page", unclear: true},
		{name: "login page after the work", do: always(fakeposthog.AnswerAfter(200, "text/html", "<!DOCTYPE html>Log in")), once: "cd", forEver: "cd", says: "is a web page"},
		{name: "100 MB", do: always(fakeposthog.Huge(100 << 20)), once: "c", says: "larger than 32 MiB", patient: true, unclear: true},
		{name: "empty body", do: body(""), once: "cd", forEver: "cd", says: "the answer is empty"},
		{name: "JSON of another shape", do: body(`{"hello": ["world"]}`), once: "cd", forEver: "cd", says: notAPage},
		{name: "wrong types", do: body(`{"count": "1", "next": 7, "results": {}, "id": [], "user": "x"}`), once: "cd", forEver: "cd", says: notAPage},
		{name: "null", do: body("null"), once: "cd", forEver: "cd", says: notAPage},
		{name: "a list of null", do: body(`{"count": 1, "next": null, "results": [null]}`), once: "cd", forEver: "cd", says: "is null"},
		{name: "a list without its count", do: mangled(`"count":\s*\d+,`, ``), once: "cd", forEver: "cd", says: "no “count”"},
		{name: "an empty list that counts one", do: body(`{"count": 1, "next": null, "results": []}`), once: "lcd", forEver: "cd", says: "PostHog counts 1"},
		{name: "null in the place of ids", do: mangled(`"(id|uuid)":\s*"[^"]*"`, `"$1": null`), once: "cd", forEver: "cd", says: "has no “id”"},
		{name: "ids missing", do: mangled(`"(id|uuid)":\s*"[^"]*",`, ``), once: "cd", forEver: "cd", says: "has no “id”"},
		{name: "another role's membership", do: mangled(`"role_id":\s*"[^"]*"`, `"role_id": "018f401e-9a6b-7a00-8b00-00000000aaaa"`), once: "cd", forEver: "cd", says: "belongs to role"},

		{name: "nulls in every nullable field", options: []fakeposthog.Option{fakeposthog.NullFields()}, forEver: "lcd"},
		{name: "fields missing", options: []fakeposthog.Option{fakeposthog.OldFields()}, forEver: "lcd"},
		{name: "unknown fields", options: []fakeposthog.Option{fakeposthog.ExtraFields()}, forEver: "lcd"},
	}
}

func redirections() []fault {
	login := func(bed *testbed, _ string) string { return bed.host + "/login" }
	elsewhere := func(bed *testbed, other string) string {
		return other + "/api/organizations/" + bed.organization + "/roles/" + bed.role + "/role_memberships/"
	}
	const notFollowed = " Redirects are not followed. Set host (or POSTHOG_HOST) to"
	all := []fault{{name: "redirect to nowhere", do: always(fakeposthog.Answer(302, "", "")), says: "without saying which." + notFollowed}}
	for _, status := range []int{301, 302, 307, 308} {
		name := strconv.Itoa(status)
		all = append(all,
			fault{name: name + " to another host", do: redirects(status, elsewhere), says: "/role_memberships/." + notFollowed},
			fault{name: name + " on the same host", do: redirects(status, login), says: "/login." + notFollowed})
	}
	return all
}
