package provider

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
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
	// once and forEver name the operations that get through, by their letters: list, people, roles, organization, create,
	// delete.
	once, forEver string
	// says is what the message says when they do not.
	says string
	// pace is how much time the requests are given.
	pace pace
	// unclear says that a create which does not get through may have happened. Only then may adopt_existing be needed to
	// go on; after any other failure the same apply must do.
	unclear bool
	// list is what becomes of every list of memberships besides, which is read if the role has no members field.
	list func(bed *testbed, other string) fakeposthog.Action
	// only names the operations that the fault can strike; "" is all of them.
	only string
	// final says that the request must not be sent again.
	final bool
}

// pace is how much time the requests are given.
type pace int

const (
	steady  pace = iota // enough, on a busy machine too
	brief               // enough for each attempt, and few seconds for all of them with their waits
	hurried             // too little for each attempt
	patient             // what is answered takes a while to read
)

// patience returns the provider's arguments for a fault's pace.
func (f fault) patience() map[string]any {
	switch f.pace {
	case brief:
		return map[string]any{"request_timeout": "4s", "retry_timeout": "4s"}
	case hurried:
		return map[string]any{"request_timeout": "250ms", "retry_timeout": "30s"}
	case patient:
		return map[string]any{"request_timeout": "1m", "retry_timeout": "2m"}
	}
	return map[string]any{"request_timeout": "20s", "retry_timeout": "40s"}
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

// spares reports whether the fault has nothing to do with an operation. A role that cannot be read any more concerns those
// who look what became of a write. A role that is gone is no failure of its own reading. Only what reads or makes memberships
// minds whose role they are, and only a refresh what a role says of them: people and an organization have no memberships,
// and the list of roles takes no more than the number of them.
func (f fault) spares(o operation) bool {
	return f.blind && !o.writes || f.only != "" && !strings.Contains(f.only, o.letter)
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
	return always(fakeposthog.Error(status, "invalid_request", code, detail, ""))
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
	all = append(all, oddRoles()...)
	return append(all, redirections()...)
}

func faultsOfTheNetwork() []fault {
	return []fault{
		{name: "connection refused", refused: true, says: "connection refused. Check that host"},
		{name: "closed before the work", do: always(fakeposthog.CloseBefore()), once: "lprocd", says: "No answer from", unclear: true},
		{name: "closed after the work", do: always(fakeposthog.CloseAfter()), once: "lprocd", forEver: "cd", says: "No answer from"},
		{name: "late work", do: always(fakeposthog.Delay(350 * time.Millisecond)), once: "lprocd", forEver: "cd", says: "request_timeout (250ms)", pace: hurried},
		{name: "late answer", do: always(fakeposthog.DelayAfter(350 * time.Millisecond)), once: "lprocd", forEver: "cd", says: "request_timeout (250ms)", pace: hurried},
		{name: "slow drip", do: always(fakeposthog.Drip(1, 100*time.Millisecond)), once: "lprocd", forEver: "cd", says: "request_timeout (250ms)", pace: hurried},
		{name: "truncated body", do: always(fakeposthog.Truncate(10)), once: "lprocd", forEver: "cd", says: "broke off"},
		{name: "gzip that lies", do: always(fakeposthog.LyingGzip()), once: "lprocd", forEver: "cd", says: "broke off"},
		{name: "closed after the work, and no lists", do: always(fakeposthog.CloseAfter()), blind: true, says: "Then the provider read the role to find out", unclear: true},
	}
}

// refusals say that nothing was done.
func refusals() []fault {
	const denied = "permission_denied"
	const firewall = "<!DOCTYPE html><title>Blocked</title>"
	refused := []fault{
		{name: "400", do: refuses(400, "invalid_input", "Something is wrong."), says: "400 (invalid_input): Something is wrong."},
		{name: "400 duplicate, and no lists", do: refuses(400, "invalid_input", "User is already part of the role."), blind: true, says: "already part of the role."},
		{name: "401 not authenticated", do: refuses(401, "not_authenticated", "Authentication credentials were not provided."), says: "Check api_key"},
		{name: "401 bad key", do: refuses(401, "authentication_failed", "Personal API key found in request Authorization header is invalid."), says: "Check api_key"},
		{name: "401 of a proxy", do: always(fakeposthog.Answer(401, "text/html", firewall)), says: "answered 401, but the answer is a web page"},
		{name: "403 scope", do: refuses(403, denied, "API key missing required scope 'organization:write'"), says: "Add the scope"},
		{name: "403 projects", do: refuses(403, denied, "API keys with scoped projects are only supported on project-based endpoints."), says: "Roles belong to organizations."},
		{name: "403 other organizations", do: refuses(403, denied, "API key does not have access to the requested organization: ID 7."), says: "The key is limited to other organizations."},
		{name: "403 not an admin", do: refuses(403, denied, "Your organization access level is insufficient."), says: "an admin or owner"},
		{name: "403 not inside", do: refuses(403, denied, "You do not have permission to perform this action."), says: "This key does not see the organization. The key's owner is not in it"},
		{name: "403 deactivated", do: refuses(403, "organization_deactivated", "Deactivated."), says: "organization is deactivated"},
		{name: "403 API keys", do: refuses(403, denied, "This action does not support personal API key access"), says: "Check that the key's owner"},
		{name: "403 of a firewall", do: always(fakeposthog.Answer(403, "text/html", firewall)), says: "answered 403, but the answer is a web page"},
		{name: "405", do: refuses(405, "method_not_allowed", "No."), says: "405 (method_not_allowed)"},
		{name: "409", do: refuses(409, "conflict", "No."), says: "409 (conflict)"},
	}
	for i := range refused {
		refused[i].final = true
	}
	return append(refused, []fault{
		{name: "404", do: refuses(404, "not_found", "Not found."), once: "d", says: "404 (not_found)", only: "procd"},
		{name: "404, and no lists", do: refuses(404, "not_found", "Not found."), blind: true, says: "404 (not_found)"},
		{name: "429 with Retry-After", do: always(fakeposthog.Throttle("1")), once: "lprocd", says: "retry_timeout", pace: brief},
		{name: "429 without Retry-After", do: always(fakeposthog.Throttle("")), once: "lprocd", says: "retry_timeout", pace: brief},
		{name: "429 for an hour", do: always(fakeposthog.Throttle("3600")), says: "asked to wait 1h", final: true},
	}...)
}

// faultsOfTheServer may strike before the work or after it.
func faultsOfTheServer() []fault {
	const broken = "A server error occurred."
	const timeout = "<html>timeout</html>"
	return []fault{
		{name: "408", do: refuses(408, "timeout", "Too slow."), once: "lprocd", says: "408", unclear: true},
		{name: "500", do: refuses(500, "error", broken), once: "lprocd", says: broken, unclear: true},
		{name: "500 after the work", do: always(fakeposthog.ErrorAfter(500, "server_error", "error", broken, "")), once: "lprocd", forEver: "cd", says: broken},
		{name: "502 of a proxy", do: always(fakeposthog.BadGateway()), once: "lprocd", says: "answered 502", unclear: true},
		{name: "502 after the work", do: always(fakeposthog.AnswerAfter(502, "text/html", timeout)), once: "lprocd", forEver: "cd", says: "answered 502"},
		{name: "503 with Retry-After", do: always(fakeposthog.Unavailable("1")), once: "lprocd", says: "503", unclear: true, pace: brief},
		{name: "503 without Retry-After", do: always(fakeposthog.Unavailable("")), once: "lprocd", says: "503", unclear: true, pace: brief},
		{name: "503 for an hour", do: always(fakeposthog.Unavailable("3600")), says: "asked to wait 1h", unclear: true},
		{name: "504", do: always(fakeposthog.Answer(504, "text/html", timeout)), once: "lprocd", says: "answered 504", unclear: true},
		{name: "504 after the work", do: always(fakeposthog.AnswerAfter(504, "text/html", timeout)), once: "lprocd", forEver: "cd", says: "answered 504"},
	}
}

// wrongAnswers are successes by their status, and either not PostHog's or of another version of it.
func wrongAnswers() []fault {
	notAPage := "This answer is not from PostHog's API"
	return []fault{
		{name: "login page", do: always(fakeposthog.HTMLLogin()), once: "c", says: "is a web page", unclear: true},
		{name: "login page after the work", do: always(fakeposthog.AnswerAfter(200, "text/html", "<!DOCTYPE html>Log in")), once: "cd", forEver: "cd", says: "is a web page"},
		{name: "33 MiB", do: always(fakeposthog.Huge(33 << 20)), once: "c", says: "larger than 32 MiB", pace: patient, unclear: true},
		{name: "empty body", do: body(""), once: "cd", forEver: "cd", says: "the answer is empty"},
		{name: "JSON of another shape", do: body(`{"hello": ["world"]}`), once: "cd", forEver: "cd", says: notAPage},
		{name: "wrong types", do: body(`{"count": "1", "next": 7, "results": {}, "id": [], "user": "x"}`), once: "cd", forEver: "cd", says: notAPage},
		{name: "null", do: body("null"), once: "cd", forEver: "cd", says: notAPage},
		{name: "null in the place of ids", do: mangled(`"(id|uuid)":\s*"[^"]*"`, `"$1": null`), once: "cd", forEver: "cd", says: "has no “id”"},
		{name: "ids missing", do: mangled(`"(id|uuid)":\s*"[^"]*",`, ``), once: "cd", forEver: "cd", says: "has no “id”"},
		{name: "another role's membership", do: mangled(`"role_id":\s*"[^"]*"`, `"role_id": "018f401e-9a6b-7a00-8b00-00000000aaaa"`), once: "cd", forEver: "cd", says: "belongs to role", only: "lcd"},

		{name: "nulls in every nullable field", options: []fakeposthog.Option{fakeposthog.NullFields()}, forEver: "lprocd"},
		{name: "fields missing", options: []fakeposthog.Option{fakeposthog.OldFields()}, forEver: "lprocd"},
		{name: "unknown fields", options: []fakeposthog.Option{fakeposthog.ExtraFields()}, forEver: "lprocd"},
	}
}

// oddRoles are answers to a refresh, which reads the role, and the list of memberships if the role has no members field
// it.
func oddRoles() []fault {
	const aaaa = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	withoutMembers := changed(func(role map[string]any) { delete(role, "members") })
	inMember := func(change func(member map[string]any)) func(*testbed, string) fakeposthog.Action {
		return changed(func(role map[string]any) { change(role["members"].([]any)[0].(map[string]any)) })
	}
	members := func(value any) func(*testbed, string) fakeposthog.Action {
		return changed(func(role map[string]any) { role["members"] = value })
	}
	inList := func(name string, value any) func(*testbed, string) fakeposthog.Action {
		return changed(func(list map[string]any) { list[name] = value })
	}
	all := []fault{
		{name: "role without members", do: withoutMembers, once: "l", forEver: "l"},
		{name: "members null", do: members(nil), once: "l", forEver: "l"},
		{name: "list that leaves somebody out", do: withoutMembers, list: inList("count", 2), says: "returned only 1 in each of"},
		{name: "empty list that counts one", do: withoutMembers, list: inList("results", []any{}), says: "returned only 0 in each of"},
		{name: "list of null", do: withoutMembers, list: inList("results", []any{nil}), says: "is null"},
		{name: "list without its count", do: withoutMembers, list: changed(func(list map[string]any) { delete(list, "count") }), says: "no “count”"},
		{name: "list that is refused", do: withoutMembers, list: refuses(403, "permission_denied", "No."), says: "403 (permission_denied): No."},
		{name: "role of another id", do: changed(func(role map[string]any) { role["id"] = aaaa }), says: "the role is another one, " + aaaa},
		{name: "member of another role", do: inMember(func(member map[string]any) { member["role_id"] = aaaa }), says: "member 0 of the role belongs to role"},
		{name: "member without an id", do: inMember(func(member map[string]any) { delete(member, "id") }), says: "member 0 of the role has no “id”"},
		{name: "member without a user", do: inMember(func(member map[string]any) { delete(member, "user") }), says: "member 0 of the role has no “"},
		{name: "null member", do: members([]any{nil}), says: "member 0 of the role is null"},
		{name: "members of another type", do: members("nobody"), says: "This answer is not from PostHog's API"},
		{name: "member of another type", do: members([]any{7}), says: "This answer is not from PostHog's API"},
	}
	for i := range all {
		all[i].only = "l"
	}
	return all
}

// changed makes the answer another JSON object.
func changed(change func(object map[string]any)) func(*testbed, string) fakeposthog.Action {
	return always(fakeposthog.Rewrite(func(status int, header http.Header, body []byte) (int, []byte) {
		var object map[string]any
		if err := json.Unmarshal(body, &object); err != nil {
			return status, []byte(err.Error())
		}
		change(object)
		written, err := json.Marshal(object)
		if err != nil {
			panic(err)
		}
		header.Del("Content-Length")
		return status, written
	}))
}

func redirections() []fault {
	login := func(bed *testbed, _ string) string { return bed.host + "/login" }
	elsewhere := func(bed *testbed, other string) string {
		return other + "/api/organizations/" + bed.organization + "/roles/" + bed.role + "/role_memberships/"
	}
	const notFollowed = " The provider does not follow redirects."
	all := []fault{{name: "redirect to nowhere", do: always(fakeposthog.Answer(302, "", "")), says: "a redirect without an address."}}
	for _, status := range []int{301, 302, 307, 308} {
		name := strconv.Itoa(status)
		all = append(all,
			fault{name: name + " to another host", do: redirects(status, elsewhere), says: "/role_memberships/." + notFollowed},
			fault{name: name + " on the same host", do: redirects(status, login), says: "/login." + notFollowed})
	}
	return all
}

// otherHost returns the URL of a server that fails the test on each request, or "" if the fault redirects to no other host.
func otherHost(t *testing.T, f fault) string {
	t.Helper()
	if !strings.HasSuffix(f.name, "to another host") {
		return ""
	}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		t.Errorf("another host received %s %s", request.Method, request.URL)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
