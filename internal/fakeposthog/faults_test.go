package fakeposthog_test

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// The test applies every action to a create, and checks the answer and whether the membership was created.
func TestActions_onACreate(t *testing.T) {
	duplicateBody := `{"proxied":true}`
	dropBody := func(status int, h http.Header, _ []byte) (int, []byte) {
		h.Set("X-Rewritten", "yes")
		return status + 1, nil
	}
	for _, tt := range []struct {
		name   string
		do     fakeposthog.Action
		status int    // 0 without an answer
		body   string // part of the body
		header string // "Name: value" must be in the answer, "!Name" must not
		cut    bool   // the body ends early
		done   bool
	}{
		{name: "Answer", do: fakeposthog.Answer(418, "text/plain", "teapot", "X-Pot", "tea"), status: 418, body: "teapot",
			header: "X-Pot: tea"},
		{name: "Answer without a type", do: fakeposthog.Answer(204, "", ""), status: 204, header: "!Content-Type"},
		{name: "AnswerAfter", do: fakeposthog.AnswerAfter(504, "application/json", duplicateBody), status: 504,
			body: duplicateBody, header: "Content-Type: application/json", done: true},
		{name: "Error", do: fakeposthog.Error(500, "server_error", "error", "A server error occurred.", ""), status: 500,
			body: serverError, header: "Content-Type: application/json"},
		{name: "Error with attr", do: fakeposthog.Error(400, "validation_error", "x", "y", "z"), status: 400,
			body: envelope("validation_error", "x", "y", "z")},
		{name: "ErrorAfter", do: fakeposthog.ErrorAfter(500, "server_error", "error", "A server error occurred.", ""),
			status: 500, body: serverError, done: true},
		{name: "CloseBefore", do: fakeposthog.CloseBefore()},
		{name: "CloseAfter", do: fakeposthog.CloseAfter(), done: true},
		{name: "Delay", do: fakeposthog.Delay(time.Millisecond), status: 201, body: `"role_id"`, done: true},
		{name: "DelayAfter", do: fakeposthog.DelayAfter(time.Millisecond), status: 201, body: `"role_id"`, done: true},
		{name: "Truncate", do: fakeposthog.Truncate(20), status: 201, body: `{"id":"`, cut: true, done: true},
		{name: "Truncate to nothing", do: fakeposthog.Truncate(0), status: 201, cut: true, done: true},
		{name: "Truncate beyond the end", do: fakeposthog.Truncate(1 << 20), status: 201, body: `"role_id"`, done: true},
		{name: "Drip", do: fakeposthog.Drip(100, time.Millisecond), status: 201, body: `"role_id"`, done: true},
		{name: "Before", do: fakeposthog.Before(func() {}), status: 201, body: `"role_id"`, done: true},
		{name: "After", do: fakeposthog.After(func() {}), status: 201, body: `"role_id"`, done: true},
		{name: "Rewrite", do: fakeposthog.Rewrite(dropBody), status: 202, header: "X-Rewritten: yes", done: true},
		{name: "Redirect", do: fakeposthog.Redirect(308, "https://eu.posthog.com/"), status: 308,
			header: "Location: https://eu.posthog.com/"},
		{name: "LyingGzip", do: fakeposthog.LyingGzip(), status: 201, cut: true, done: true},
		{name: "Huge", do: fakeposthog.Huge(100_000), status: 200, body: `"results":[]`},
		{name: "Throttle", do: fakeposthog.Throttle("8"), status: 429, body: throttled("8 seconds"), header: "Retry-After: 8"},
		{name: "Throttle without a header", do: fakeposthog.Throttle(""), status: 429,
			body: envelope("throttled_error", "throttled", "Request was throttled.", "null"), header: "!Retry-After"},
		{name: "Throttle with a date", do: fakeposthog.Throttle("Fri, 07 Nov 2025 23:59:59 GMT"), status: 429,
			body: `"Request was throttled."`, header: "Retry-After: Fri, 07 Nov 2025 23:59:59 GMT"},
		{name: "Unavailable", do: fakeposthog.Unavailable("1"), status: 503, body: `"server_error"`, header: "Retry-After: 1"},
		{name: "Unavailable without a header", do: fakeposthog.Unavailable(""), status: 503, header: "!Retry-After"},
		{name: "HTMLLogin", do: fakeposthog.HTMLLogin(), status: 200, body: "<form", header: "Content-Type: text/html; charset=utf-8"},
		{name: "BadGateway", do: fakeposthog.BadGateway(), status: 502, body: "502 Bad Gateway",
			header: "Content-Type: text/html; charset=utf-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hog, c := start(t)
			role, user := hog.Role(0), hog.User(0).UUID
			hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: tt.do})
			got := c.add(role, user)
			idle(t, hog)

			if got.status != tt.status || !strings.Contains(got.body, tt.body) {
				t.Errorf("got %d %q, want %d and %q", got.status, got.body, tt.status, tt.body)
			}
			if lost := tt.status == 0 || tt.cut; lost != (got.err != nil) {
				t.Errorf("error: %v", got.err)
			}
			wantHeader(t, got.header, tt.header)
			if hog.IsMember(role, user) != tt.done {
				t.Errorf("work done: %t, want %t", !tt.done, tt.done)
			}
			wantEqual(t, "recorded status", hog.Requests()[0].Status, tt.status)
			wantEqual(t, "faults used", hog.FaultsUsed(), 1)

			after := c.get(c.memberships(role))
			wantEqual(t, "the next request", after.status, 200)
		})
	}
}

func wantHeader(t *testing.T, header http.Header, want string) {
	t.Helper()
	if absent, isAbsent := strings.CutPrefix(want, "!"); isAbsent {
		if _, present := header[absent]; present {
			t.Errorf("%s is there: %q", absent, header.Get(absent))
		}
		return
	}
	if name, value, _ := strings.Cut(want, ": "); header.Get(name) != value {
		t.Errorf("%s: got %q, want %q", name, header.Get(name), value)
	}
}

// idle waits until the server has processed all requests.
func idle(t *testing.T, hog *fakeposthog.Server) {
	t.Helper()
	if err := hog.WaitForIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// The answer to a DELETE has no body. All actions must accept this.
func TestActions_onADelete(t *testing.T) {
	for name, do := range map[string]fakeposthog.Action{
		"Truncate":  fakeposthog.Truncate(0),
		"Drip":      fakeposthog.Drip(1, 0),
		"LyingGzip": fakeposthog.LyingGzip(),
		"Rewrite":   fakeposthog.Rewrite(func(s int, h http.Header, b []byte) (int, []byte) { h.Set("A", "b"); return s, b }),
	} {
		t.Run(name, func(t *testing.T) {
			hog, c := start(t, fakeposthog.MembersEach(1))
			hog.Inject(fakeposthog.Fault{Do: do})
			wantAnswer(t, c.delete(c.memberships(hog.Role(0))+hog.Members(hog.Role(0))[0].ID), 204, "")
			wantEqual(t, "faults used", hog.FaultsUsed(), 1)
		})
	}
}

func TestActions_huge(t *testing.T) {
	hog, c := start(t)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Huge(123_456)})
	got := c.get(c.memberships(hog.Role(0)))
	wantEqual(t, "size", len(got.body), 123_456)
	wantEqual(t, "count", decode[page](t, got.body).Count, 0)
}

// inBackground sends a create. It returns a channel for the answer and a function that aborts the client.
func inBackground(t *testing.T, hog *fakeposthog.Server, c *client) (answered chan response, goAway func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	answered = make(chan response, 1)
	req, err := http.NewRequestWithContext(ctx, "POST", hog.URL+c.memberships(hog.Role(0)),
		strings.NewReader(`{"user_uuid":"`+hog.User(0).UUID+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+hog.Key)
	go func() {
		resp, err := c.http.Do(req)
		if err != nil {
			answered <- response{err: err}
			return
		}
		_ = resp.Body.Close()
		answered <- response{status: resp.StatusCode}
	}()
	if err := hog.WaitForRequest(t.Context(), "POST role_memberships", 1); err != nil {
		t.Fatal(err)
	}
	return answered, cancel
}

// untilMember polls until the membership exists, because no event reports it.
func untilMember(hog *fakeposthog.Server) {
	for !hog.IsMember(hog.Role(0), hog.User(0).UUID) {
		runtime.Gosched()
	}
}

func TestHold(t *testing.T) {
	hog, c := start(t)
	hold, release := fakeposthog.Hold()
	hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: hold})
	answered, goAway := inBackground(t, hog, c)
	defer goAway()
	wantEqual(t, "listed while held", c.list(c.memberships(hog.Role(0))).Count, 0)
	release()
	release() // A second call does nothing.
	wantEqual(t, "answer", (<-answered).status, 201)
	wantEqual(t, "listed after", c.list(c.memberships(hog.Role(0))).Count, 1)
}

func TestHoldAfter(t *testing.T) {
	hog, c := start(t)
	hold, release := fakeposthog.HoldAfter()
	hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: hold})
	answered, goAway := inBackground(t, hog, c)
	defer goAway()
	untilMember(hog)
	select {
	case got := <-answered:
		t.Errorf("answered while held: %+v", got)
	default:
	}
	release()
	wantEqual(t, "answer", (<-answered).status, 201)
}

// A worker processes a request even if its client has closed the connection.
func TestWorkIsDoneWithoutTheClient(t *testing.T) {
	hold, release := fakeposthog.Hold()
	for name, do := range map[string]fakeposthog.Action{"Hold": hold, "Delay": fakeposthog.Delay(20 * time.Millisecond)} {
		t.Run(name, func(t *testing.T) {
			hog, c := start(t)
			hog.Inject(fakeposthog.Fault{Do: do})
			answered, goAway := inBackground(t, hog, c)
			goAway()
			<-answered
			release()
			idle(t, hog)
			if !hog.IsMember(hog.Role(0), hog.User(0).UUID) {
				t.Error("the work was not done")
			}
		})
	}
}

func TestClose_endsWhatIsHeld(t *testing.T) {
	hold, release := fakeposthog.Hold()
	defer release()
	holdAfter, releaseAfter := fakeposthog.HoldAfter()
	defer releaseAfter()
	for name, tt := range map[string]struct {
		do   fakeposthog.Action
		done bool
	}{
		"Hold":       {hold, false},
		"HoldAfter":  {holdAfter, true},
		"Delay":      {fakeposthog.Delay(time.Hour), false},
		"DelayAfter": {fakeposthog.DelayAfter(time.Hour), true},
		"Drip":       {fakeposthog.Drip(1, time.Hour), true},
	} {
		t.Run(name, func(t *testing.T) {
			hog, c := start(t)
			hog.Inject(fakeposthog.Fault{Do: tt.do})
			answered, goAway := inBackground(t, hog, c)
			defer goAway()
			if tt.done {
				untilMember(hog)
			}
			if err := hog.Close(); err != nil {
				t.Error(err)
			}
			idle(t, hog)
			if got := <-answered; got.err == nil && name != "Drip" {
				t.Errorf("got an answer: %+v", got)
			}
			if hog.IsMember(hog.Role(0), hog.User(0).UUID) != tt.done {
				t.Errorf("work done: %t, want %t", !tt.done, tt.done)
			}
		})
	}
}

func TestInject(t *testing.T) {
	hog, c := start(t)
	path := c.memberships(hog.Role(0))
	teapot := fakeposthog.Answer(418, "", "")
	statuses := func(n int) []int {
		var statuses []int
		for range n {
			statuses = append(statuses, c.get(path).status)
		}
		return statuses
	}

	hog.Inject(fakeposthog.Fault{On: "GET role_memberships", Do: teapot})
	wantEqual(t, "another kind", c.get(c.organization()+"roles/").status, 200)
	wantEqual(t, "once", statuses(2), []int{418, 200})

	hog.Inject(fakeposthog.Fault{Times: 2, Skip: 1, Do: teapot})
	wantEqual(t, "skip one, hit two", statuses(4), []int{200, 418, 418, 200})

	hog.Inject(fakeposthog.Fault{Do: fakeposthog.BadGateway()})
	hog.Inject(fakeposthog.Fault{Do: teapot})
	wantEqual(t, "in the order injected", statuses(3), []int{502, 418, 200})

	hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: teapot})
	wantEqual(t, "for ever", statuses(4), []int{418, 418, 418, 418})
	hog.ClearFaults()
	wantEqual(t, "cleared", statuses(1), []int{200})
	wantEqual(t, "faults used", hog.FaultsUsed(), 9)
}

func TestInject_remove(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(1))
	// The format of RFC 9457, which PostHog does not use.
	const problemJSON, problemBody = "application/problem+json", `{"type":"about:blank","title":"Not Found","status":404}`
	path := c.memberships(hog.Role(0))
	remove := hog.Inject(fakeposthog.Fault{
		On: "GET role_memberships", Times: fakeposthog.Forever, Do: fakeposthog.Answer(404, problemJSON, problemBody),
		When: func(r fakeposthog.Request) bool { return r.Path == path },
	})
	hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})

	got := c.get(path)
	wantAnswer(t, got, 404, problemBody)
	wantEqual(t, "content type", got.header.Get("Content-Type"), problemJSON)
	wantEqual(t, "another path", c.get(c.memberships(unknownID)).status, 200)
	remove()
	remove() // A second call does nothing.
	wantEqual(t, "removed", c.get(path).status, 200)
	wantEqual(t, "the other fault stays", c.add(hog.Role(0), hog.User(1).UUID).status, 502)
}

// The server answers the second DELETE, then stops answering, and later answers again.
func TestInject_goDownBetweenTwoRequests(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(3))
	role, rows := hog.Role(0), idsOf(hog.Members(hog.Role(0)))
	var comeBack func()
	hog.Inject(fakeposthog.Fault{On: "DELETE role_membership", Skip: 1, Do: fakeposthog.After(func() {
		comeBack = hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.CloseBefore()})
	})})
	remove := func(i int) response { return c.delete(c.memberships(role) + rows[i] + "/") }
	wantEqual(t, "first", remove(0).status, 204)
	wantEqual(t, "second", remove(1).status, 204)
	for range 3 {
		if got := remove(2); got.err == nil {
			t.Errorf("answered: %+v", got)
		}
		if got := c.get(c.memberships(role)); got.err == nil {
			t.Errorf("answered: %+v", got)
		}
	}
	wantEqual(t, "members", idsOf(hog.Members(role)), rows[2:])
	comeBack()
	wantEqual(t, "third", remove(2).status, 204)
}

func TestInject_when(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(2))
	unlucky := hog.User(1).UUID
	hog.Inject(fakeposthog.Fault{
		On: "POST role_memberships", Skip: 1, Do: fakeposthog.BadGateway(),
		When: func(r fakeposthog.Request) bool { return strings.Contains(r.Body, unlucky) },
	})
	wantEqual(t, "another user", c.add(hog.Role(0), hog.User(0).UUID).status, 201)
	wantEqual(t, "skipped", c.add(hog.Role(0), unlucky).status, 201)
	wantEqual(t, "another user", c.add(hog.Role(1), hog.User(0).UUID).status, 201)
	wantEqual(t, "hit", c.add(hog.Role(1), unlucky).status, 502)
	wantEqual(t, "once", c.add(hog.Role(1), unlucky).status, 201)
}

// A member is removed and another is added between two pages. The count is the same, but a third member is missing.
func TestBefore_changesBetweenTwoPages(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(4))
	role, missed := hog.Role(0), hog.Members(hog.Role(0))[2].ID
	hog.Inject(fakeposthog.Fault{On: "GET role_memberships", Skip: 1, Do: fakeposthog.Before(func() {
		hog.Leave(role, hog.User(0).UUID)
		hog.Join(role, hog.User(4).UUID)
	})})
	ids := readPages(c, c.memberships(role), 2)
	wantEqual(t, "rows", len(distinctOf(ids)), 4)
	if slices.Contains(ids, missed) {
		t.Errorf("%s is not missing in %v", missed, ids)
	}
}

func TestAfter_happensBeforeTheAnswer(t *testing.T) {
	hog, c := start(t)
	role, user := hog.Role(0), hog.User(0).UUID
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.After(func() { hog.Leave(role, user) })})
	wantEqual(t, "status", c.add(role, user).status, 201)
	wantEqual(t, "still a member", hog.IsMember(role, user), false)
}
