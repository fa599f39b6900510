package fakeposthog

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is a request as it arrived.
type Request struct {
	Kind         string // such as "GET role_memberships": see the package's documentation
	Method       string
	Host         string
	Path         string // decoded, as it was spelt
	RawQuery     string
	Header       http.Header
	Body         string
	Organization string // the part of the path, as it was spelt
	Role         string
	Membership   string
	Status       int // of the answer; 0 while there is none, and when the connection was closed instead
	At           time.Time
}

// journal is the record of requests, and the faults that wait for them. It has a lock of its own, so that a request can be seen
// to arrive while another is worked on.
type journal struct {
	mu       sync.Mutex
	requests []*Request
	counts   map[string]int
	working  int           // how many requests are not finished
	change   chan struct{} // closed and replaced when a request arrives or is finished
	faults   []*Fault
	used     int
}

func (j *journal) init() {
	j.counts = map[string]int{}
	j.change = make(chan struct{})
}

// changed needs the lock.
func (j *journal) changed() {
	close(j.change)
	j.change = make(chan struct{})
}

// arrived records a request and picks the fault for it, both at once: of two requests, the first recorded is the first to
// be hit.
func (j *journal) arrived(r *http.Request, at route, body []byte, now time.Time) (*Request, Action) {
	entry := &Request{
		Kind: at.kind(r.Method, r.URL.Path), Method: r.Method, Host: r.Host, Path: r.URL.Path, RawQuery: r.URL.RawQuery,
		Header: r.Header.Clone(), Body: string(body), At: now,
		Organization: at.organization, Role: at.role, Membership: at.membership,
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests = append(j.requests, entry)
	j.counts[entry.Kind]++
	j.working++
	j.changed()
	return entry, j.pick(*entry)
}

func (j *journal) answered(entry *Request, status int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entry.Status = status
}

// finished says that nothing more will be done about a request.
func (j *journal) finished() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.working--
	j.changed()
}

// count needs the lock.
func (j *journal) count(kind string) int {
	if kind == "" {
		return len(j.requests)
	}
	return j.counts[kind]
}

// Requests returns what arrived since the start or the last ForgetRequests, in the order of arrival.
func (s *Server) Requests() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	requests := make([]Request, 0, len(s.journal.requests))
	for _, entry := range s.journal.requests {
		requests = append(requests, *entry)
	}
	return requests
}

// ForgetRequests empties the record.
func (s *Server) ForgetRequests() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.requests = nil
	clear(s.journal.counts)
}

// CountRequests returns how many requests of the kind are on record; "" is all of them.
func (s *Server) CountRequests(kind string) int {
	mustKnow(kind)
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.count(kind)
}

// ExpectRequests fails the test, with a list of all requests, unless exactly n of the kind are on record; "" is all of them.
func (s *Server) ExpectRequests(tb TB, kind string, n int) {
	tb.Helper()
	got := s.CountRequests(kind)
	if got == n {
		return
	}
	what := "requests"
	if kind != "" {
		what = fmt.Sprintf("requests %q", kind)
	}
	tb.Errorf("got %d %s, want %d; all requests:\n%s", got, what, n, describe(s.Requests()))
}

// WaitForRequest returns once n requests of the kind have arrived since the start or the last ForgetRequests, or with an error
// when the context ends. It lets a test wait for an event instead of sleeping.
func (s *Server) WaitForRequest(ctx context.Context, kind string, n int) error {
	mustKnow(kind)
	return s.journal.wait(ctx, func(j *journal) error {
		if got := j.count(kind); got < n {
			return fmt.Errorf("waiting for %d requests %q, of which %d came", n, kind, got)
		}
		return nil
	})
}

// WaitForIdle returns once every request that has arrived is dealt with, also those whose client went away, or with an error
// when the context ends. Only then can a test tell what came of them.
func (s *Server) WaitForIdle(ctx context.Context) error {
	return s.journal.wait(ctx, func(j *journal) error {
		if j.working > 0 {
			return fmt.Errorf("waiting for %d requests to be dealt with", j.working)
		}
		return nil
	})
}

// wait returns once missing returns nil. It is called with the lock.
func (j *journal) wait(ctx context.Context, missing func(*journal) error) error {
	for {
		j.mu.Lock()
		err, change := missing(j), j.change
		j.mu.Unlock()
		if err == nil {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

// maxDescribed keeps the message of a failed test readable.
const maxDescribed = 50

func describe(requests []Request) string {
	if len(requests) == 0 {
		return "  (none)"
	}
	var b strings.Builder
	for i, r := range requests {
		if i == maxDescribed {
			fmt.Fprintf(&b, "  … and %d more\n", len(requests)-i)
			break
		}
		target := r.Path
		if r.RawQuery != "" {
			target += "?" + r.RawQuery
		}
		fmt.Fprintf(&b, "  %s %s → %d %s\n", r.Method, target, r.Status, r.Body)
	}
	return b.String()
}

// mustKnow panics for a kind that no request can have: expecting none of those would always hold.
func mustKnow(kind string) {
	method, endpoint, _ := strings.Cut(kind, " ")
	endpoints := []string{"role_memberships", "role_membership", "roles", "role", "members", "member",
		"organizations", "organization"}
	if kind == "" || method != "" && (strings.HasPrefix(endpoint, "/") || slices.Contains(endpoints, endpoint)) {
		return
	}
	panic(fmt.Sprintf("fakeposthog: no request is of kind %q; the endpoints are %v", kind, endpoints))
}
