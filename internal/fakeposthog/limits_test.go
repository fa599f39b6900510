package fakeposthog_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// clock is a clock that a test advances.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func throttled(seconds string) string {
	return envelope("throttled_error", "throttled", "Request was throttled. Expected available in "+seconds+".", "null")
}

func TestRateLimit_slides(t *testing.T) {
	clock := newClock()
	hog, c := start(t, fakeposthog.RateLimit(2, time.Minute), fakeposthog.Clock(clock.Now))
	path := c.memberships(hog.Role(0))
	for _, tt := range []struct {
		after      time.Duration
		status     int
		retryAfter string
	}{
		{0, 200, ""},
		{20 * time.Second, 200, ""},
		{0, 429, "40"},
		{500 * time.Millisecond, 429, "40"}, // 39.5 seconds, rounded up
		{39 * time.Second, 429, "1"},        // half a second
		{500 * time.Millisecond, 200, ""},   // the first is a minute ago; the refused ones did not count
		{0, 429, "20"},
		{20 * time.Second, 200, ""},
	} {
		clock.advance(tt.after)
		got := c.get(path)
		if got.status != tt.status || got.header.Get("Retry-After") != tt.retryAfter {
			t.Errorf("after %s: got %d, Retry-After %q; want %d, %q",
				tt.after, got.status, got.header.Get("Retry-After"), tt.status, tt.retryAfter)
		}
		if tt.status == 429 {
			seconds := tt.retryAfter + " seconds"
			if tt.retryAfter == "1" {
				seconds = "1 second"
			}
			wantAnswer(t, got, 429, throttled(seconds))
		}
	}
}

func TestRateLimit_eachKeyHasItsOwn(t *testing.T) {
	clock := newClock()
	hog, c := start(t, fakeposthog.RateLimit(1, time.Hour), fakeposthog.Clock(clock.Now))
	path := c.memberships(hog.Role(0))
	other := c.with(hog.AddKey(fakeposthog.Key{}))
	wantEqual(t, "first", c.get(path).status, 200)
	wantEqual(t, "second", c.get(path).status, 429)
	wantEqual(t, "the other key's first", other.get(path).status, 200)
	wantEqual(t, "no key", c.with("").get(path).status, 401)
	wantEqual(t, "bad key", c.with("phx_bad").get(path).status, 401)
	wantEqual(t, "an hour", c.get(path).header.Get("Retry-After"), "3600")
}

// A key's own limit replaces the server's limit, if it is lower or higher.
func TestRateLimit_ofOneKey(t *testing.T) {
	clock := newClock()
	hog, c := start(t, fakeposthog.RateLimit(2, time.Hour), fakeposthog.Clock(clock.Now))
	path := c.memberships(hog.Role(0))
	slow := c.with(hog.AddKey(fakeposthog.Key{Requests: 1, Per: time.Minute}))
	fast := c.with(hog.AddKey(fakeposthog.Key{Requests: 3, Per: time.Hour}))
	statuses := func(c *client) []int { return []int{c.get(path).status, c.get(path).status, c.get(path).status} }
	wantEqual(t, "lower", statuses(slow), []int{200, 429, 429})
	wantEqual(t, "its period", slow.get(path).header.Get("Retry-After"), "60")
	wantEqual(t, "higher", statuses(fast), []int{200, 200, 200})
	wantEqual(t, "the server's", statuses(c), []int{200, 200, 429})
	clock.advance(time.Minute)
	wantEqual(t, "after the lower one's period", statuses(slow), []int{200, 429, 429})
	wantEqual(t, "the higher one is used up", fast.get(path).status, 429)
}

// 500 requests in a row with a limit of 480 a minute all count for the hour.
func TestRateLimit_refusedByTheMinuteCountsForTheHour(t *testing.T) {
	clock := newClock()
	hog, c := start(t, fakeposthog.RateLimit(2, time.Minute), fakeposthog.RateLimit(5, time.Hour), fakeposthog.Clock(clock.Now))
	path := c.memberships(hog.Role(0))
	statuses := func(n int) (statuses []int) {
		for range n {
			statuses = append(statuses, c.get(path).status)
		}
		return statuses
	}
	wantEqual(t, "two refused", statuses(4), []int{200, 200, 429, 429})
	clock.advance(time.Minute)
	wantEqual(t, "one left in the hour", statuses(2), []int{200, 429})
	wantEqual(t, "until the first is an hour ago", c.get(path).header.Get("Retry-After"), "3540")
	clock.advance(59 * time.Minute)
	wantEqual(t, "of the refused, those of the minute's are gone too", statuses(3), []int{200, 200, 429})
	clock.advance(time.Minute)
	wantEqual(t, "what the hour refused counted nowhere", statuses(2), []int{200, 200})
}

func TestRateLimit_refusesBeforeTheWork(t *testing.T) {
	hog, c := start(t, fakeposthog.RateLimit(1, time.Minute), fakeposthog.Clock(newClock().Now))
	wantEqual(t, "first request", c.get(c.memberships(hog.Role(0))).status, 200)
	wantAnswer(t, c.add(hog.Role(0), hog.User(0).UUID), 429, throttled("60 seconds"))
	wantAnswer(t, c.add("engineering", "x"), 429, throttled("60 seconds"))
	wantEqual(t, "members", len(hog.Members(hog.Role(0))), 0)
}

// Requests that other checks refuse are not counted.
func TestRateLimit_looksAtPermissionsFirst(t *testing.T) {
	clock := newClock()
	hog, c := start(t, fakeposthog.RateLimit(1, time.Minute), fakeposthog.Clock(clock.Now))
	path := c.memberships(hog.Role(0))
	reader := c.with(hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read"}}))
	refusals := func() []int {
		return []int{
			reader.get(path + "?token=phc_x").status, // 401
			reader.get("/api/organizations/" + unknownID + "/roles/").status,
			reader.delete(path + unknownID).status,
			reader.post(path, "{").status,
			reader.send("PUT", path, "", "").status,
			reader.get(c.memberships("a.b")).status,
		}
	}
	want := []int{401, 404, 403, 400, 403, 404}
	wantEqual(t, "not counted", refusals(), want)
	wantEqual(t, "the first", reader.get(path).status, 200)
	wantEqual(t, "not refused", refusals(), want)
	wantEqual(t, "the second", reader.get(path).status, 429)
}

func TestRedirects_hostThatEnforcesTLS(t *testing.T) {
	hog, c := start(t, fakeposthog.RequireTLS())
	path := c.memberships(hog.Role(0))
	for _, method := range []string{"GET", "POST"} {
		got := c.with("").send(method, path+"?limit=5", "", "") // before any check of the key
		want := "https" + strings.TrimPrefix(hog.URL, "http") + path + "?limit=5"
		if got.status != 301 || got.header.Get("Location") != want {
			t.Errorf("%s: got %d %q, want 301 %q", method, got.status, got.header.Get("Location"), want)
		}
	}
	hog.ExpectRequests(t, "POST role_memberships", 1)
}

func TestTimes(t *testing.T) {
	clock := newClock()
	hog, c := start(t, fakeposthog.Clock(clock.Now), fakeposthog.Users(4))
	role := hog.Role(0)
	path := c.memberships(role)
	joined := func(i int) any {
		hog.Join(role, hog.User(i).UUID)
		results := c.list(path).Results
		return results[len(results)-1]["joined_at"]
	}
	clock.advance(time.Second)
	wantEqual(t, "no fraction when it is zero", joined(0), any("2025-03-01T12:00:01Z"))
	clock.advance(120 * time.Millisecond)
	wantEqual(t, "microseconds", joined(1), any("2025-03-01T12:00:01.120000Z"))
	clock.advance(999 * time.Nanosecond)
	wantEqual(t, "later than the one before", joined(2), any("2025-03-01T12:00:01.120001Z"))

	for i := range 3 {
		hog.Leave(role, hog.User(i).UUID)
	}
	wantEqual(t, "all gone", c.list(path).Count, 0)
}
