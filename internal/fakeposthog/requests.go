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

// Request is a received request.
type Request struct {
	Kind         string // such as "GET role_memberships"; see the documentation of the package
	Method       string
	Host         string
	Path         string // decoded
	RawQuery     string
	Header       http.Header
	Body         string
	Organization string // this part of the path
	Role         string
	Membership   string
	Status       int // of the answer; 0 before the answer and if the connection was closed
	At           time.Time
}

// journal holds the received requests and the faults. It has its own lock, so that requests are recorded while others are
// processed.
type journal struct {
	mu       sync.Mutex
	requests []*Request
	counts   map[string]int
	pending  int           // number of requests that are not finished
	change   chan struct{} // closed and replaced when a request arrives or finishes
	faults   []*Fault
	used     int
}

// notify wakes the waiting calls. The caller holds the lock.
func (j *journal) notify() {
	close(j.change)
	j.change = make(chan struct{})
}

// record records a request and picks its fault under one lock, so that faults hit requests in the order of the record.
func (j *journal) record(r *http.Request, at route, body []byte, now time.Time) (*Request, Action) {
	entry := &Request{
		Kind: at.kind(r.Method, r.URL.Path), Method: r.Method, Host: r.Host, Path: r.URL.Path, RawQuery: r.URL.RawQuery,
		Header: r.Header.Clone(), Body: string(body), At: now,
		Organization: at.organization, Role: at.role, Membership: at.membership,
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests = append(j.requests, entry)
	j.counts[entry.Kind]++
	j.pending++
	j.notify()
	return entry, j.pick(*entry)
}

func (j *journal) recordStatus(entry *Request, status int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entry.Status = status
}

func (j *journal) recordEnd() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending--
	j.notify()
}

// count returns the number of requests of a kind. The caller holds the lock.
func (j *journal) count(kind string) int {
	if kind == "" {
		return len(j.requests)
	}
	return j.counts[kind]
}

// Requests returns the requests since the start or the last ForgetRequests, in the order of arrival.
func (s *Server) Requests() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	requests := make([]Request, 0, len(s.journal.requests))
	for _, entry := range s.journal.requests {
		requests = append(requests, *entry)
	}
	return requests
}

// ForgetRequests deletes the recorded requests.
func (s *Server) ForgetRequests() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.requests = nil
	clear(s.journal.counts)
}

// CountRequests returns the number of recorded requests of a kind, or of all requests for "".
func (s *Server) CountRequests(kind string) int {
	checkKind(kind)
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.count(kind)
}

// ExpectRequests fails the test unless exactly n requests of a kind are recorded, or n requests in total for "".
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

// WaitForRequest blocks until n requests of the kind are recorded. It returns an error if the context ends first.
func (s *Server) WaitForRequest(ctx context.Context, kind string, n int) error {
	checkKind(kind)
	return s.journal.wait(ctx, func(j *journal) error {
		if got := j.count(kind); got < n {
			return fmt.Errorf("waiting for %d requests %q, got %d", n, kind, got)
		}
		return nil
	})
}

// wait blocks until missing returns nil. It calls missing with the lock.
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

// describe lists at most 50 requests for the message of a failed test.
func describe(requests []Request) string {
	if len(requests) == 0 {
		return "  (none)"
	}
	var b strings.Builder
	for i, r := range requests {
		if i == 50 {
			fmt.Fprintf(&b, "  … and %d more\n", len(requests)-i)
			break
		}
		target := strings.TrimSuffix(r.Path+"?"+r.RawQuery, "?")
		fmt.Fprintf(&b, "  %s %s → %d %s\n", r.Method, target, r.Status, r.Body)
	}
	return b.String()
}

// checkKind panics if no request can have the kind, because a test that expects none of them would always pass.
func checkKind(kind string) {
	method, endpoint, _ := strings.Cut(kind, " ")
	endpoints := []string{"role_memberships", "role_membership", "roles", "role", "members", "member",
		"organizations", "organization"}
	if kind == "" || method != "" && (strings.HasPrefix(endpoint, "/") || slices.Contains(endpoints, endpoint)) {
		return
	}
	panic(fmt.Sprintf("fakeposthog: no request is of kind %q; the endpoints are %v", kind, endpoints))
}
