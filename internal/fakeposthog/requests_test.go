package fakeposthog_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestRequests_kinds(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(1))
	org, role := c.organization(), hog.Role(0)
	for _, tt := range []struct{ method, path, kind string }{
		{"GET", c.memberships(role), "GET role_memberships"},
		{"GET", strings.TrimSuffix(c.memberships(role), "/") + "?limit=1", "GET role_memberships"},
		{"POST", c.memberships(role), "POST role_memberships"},
		{"GET", c.memberships(role) + "x/", "GET role_membership"},
		{"DELETE", c.memberships(role) + "x", "DELETE role_membership"},
		{"GET", org + "roles/", "GET roles"},
		{"GET", org + "roles/" + role, "GET role"},
		{"GET", org + "members/?email=x", "GET members"},
		{"GET", "/api/organizations", "GET organizations"},
		{"GET", org, "GET organization"},
		{"GET", "/api/organizations/@current", "GET organization"},
		{"GET", org + "members/x/", "GET member"},
		{"HEAD", org + "roles/", "HEAD roles"},
		{"GET", org + "roles/a.b/", "GET role"},
		{"GET", c.memberships(role) + "a.b", "GET role_membership"},
		{"GET", org + "roles/a.b/role_memberships/", "GET " + org + "roles/a.b/role_memberships/"},
		{"GET", org + "members/x/y/", "GET " + org + "members/x/y/"},
		{"GET", c.memberships(role) + "x/y/", "GET " + c.memberships(role) + "x/y/"},
		{"GET", "/api//organizations/", "GET /api//organizations/"},
		{"GET", "/api/organizations//", "GET /api/organizations//"},
		{"GET", "/", "GET /"},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			hog.ForgetRequests()
			got := c.send(tt.method, tt.path, "", "")
			requests := hog.Requests()
			wantEqual(t, "kind", requests[0].Kind, tt.kind)
			wantEqual(t, "method", requests[0].Method, tt.method)
			wantEqual(t, "status", requests[0].Status, got.status)
			hog.ExpectRequests(t, tt.kind, 1)
			hog.ExpectRequests(t, "", 1)
		})
	}
}

func TestRequests_record(t *testing.T) {
	hog, c := start(t)
	c.post(c.memberships(hog.Role(0))+"?a=b", `{"user_uuid":null}`)
	got := hog.Requests()[0]
	wantEqual(t, "path", got.Path, c.memberships(hog.Role(0)))
	wantEqual(t, "query", got.RawQuery, "a=b")
	wantEqual(t, "body", got.Body, `{"user_uuid":null}`)
	wantEqual(t, "key", got.Header.Get("Authorization"), "Bearer "+hog.Key)
	wantEqual(t, "host", "http://"+got.Host, hog.URL)
	wantEqual(t, "organization", got.Organization, hog.OrganizationID)
	wantEqual(t, "role", got.Role, hog.Role(0))
	if got.At.IsZero() {
		t.Error("no time")
	}
}

// recorder is a TB that records failures.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestExpectRequests_tellsWhatWasRequested(t *testing.T) {
	hog, c := start(t)
	c.get(c.organization() + "roles/?limit=5")
	var tb recorder
	hog.ExpectRequests(&tb, "GET roles", 1)
	if len(tb.errors) > 0 {
		t.Fatalf("failed for no reason: %v", tb.errors)
	}
	hog.ExpectRequests(&tb, "GET role_memberships", 1)
	if len(tb.errors) != 1 || !strings.Contains(tb.errors[0], "GET "+c.organization()+"roles/?limit=5 → 200") {
		t.Errorf("got %q", tb.errors)
	}
	defer func() {
		if recover() == nil {
			t.Error("a kind that cannot be was expected")
		}
	}()
	hog.ExpectRequests(t, "GET memberships", 0)
}

func TestWaitForRequest_endsWithTheContext(t *testing.T) {
	hog, _ := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hog.WaitForRequest(ctx, "GET roles", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := hog.WaitForRequest(ctx, "GET roles", 0); err != nil {
		t.Errorf("nothing to wait for: %v", err)
	}
}

func TestNew_isAHandler(t *testing.T) {
	hog := fakeposthog.New()
	req := httptest.NewRequest("GET", "/api/organizations/", nil)
	req.Header.Set("Authorization", "Bearer "+hog.Key)
	w := httptest.NewRecorder()
	hog.ServeHTTP(w, req)
	wantEqual(t, "status", w.Code, http.StatusOK)
	wantEqual(t, "url", hog.URL, "")
}

func TestWorld_isTheSameInEveryRun(t *testing.T) {
	one := fakeposthog.New(fakeposthog.Roles(2), fakeposthog.MembersEach(2))
	two := fakeposthog.New(fakeposthog.Roles(2), fakeposthog.MembersEach(2))
	wantEqual(t, "organization", one.OrganizationID, two.OrganizationID)
	wantEqual(t, "role", one.Role(1), two.Role(1))
	wantEqual(t, "user", one.User(4), two.User(4))
	wantEqual(t, "members", idsOf(one.Members(one.Role(1))), idsOf(two.Members(two.Role(1))))
	wantEqual(t, "key", one.Key, two.Key)
}

func TestWorld_defaults(t *testing.T) {
	hog, c := start(t)
	wantEqual(t, "roles", c.list(c.organization()+"roles/").Count, 1)
	wantEqual(t, "members of the role", c.list(c.memberships(hog.Role(0))).Count, 0)
	wantEqual(t, "users and the owner", c.list(c.organization()+"members/").Count, 4)
}

// With the race detector this takes seconds; a quadratic implementation would take minutes.
func TestWorld_large(t *testing.T) {
	hog, c := start(t, fakeposthog.MembersEach(10_000), fakeposthog.Older(), fakeposthog.Roles(2))
	path := c.memberships(hog.Role(0))
	wantEqual(t, "one page", len(c.list(path+"?limit=20000").Results), 10_000)
	wantEqual(t, "rows of pages", len(readPages(c, path, 500)), 10_000)

	empty := hog.AddRole("", "Empty")
	send := func(method, path, body string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+hog.Key)
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		hog.ServeHTTP(w, req)
		return w
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := worker; i < 2_000; i += 4 {
				created := send("POST", c.memberships(empty), `{"user_uuid":"`+hog.User(i).UUID+`"}`)
				if created.Code != http.StatusCreated {
					t.Errorf("create: %d %s", created.Code, created.Body)
				}
			}
		})
	}
	wg.Wait()
	for _, m := range hog.Members(empty) {
		if w := send("DELETE", c.memberships(empty)+m.ID+"/", ""); w.Code != http.StatusNoContent {
			t.Fatalf("delete: %d %s", w.Code, w.Body)
		}
	}
	wantEqual(t, "left", len(hog.Members(empty)), 0)
	hog.ExpectRequests(t, "POST role_memberships", 2_000)
	hog.ExpectRequests(t, "DELETE role_membership", 2_000)
}
