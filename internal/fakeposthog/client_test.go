package fakeposthog_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// client sends HTTP requests without following redirects and without retries.
type client struct {
	t    *testing.T
	hog  *fakeposthog.Server
	key  string
	http *http.Client
}

type response struct {
	status int
	header http.Header
	body   string
	err    error // of the request, or of reading the body
}

func newClient(t *testing.T, hog *fakeposthog.Server) *client {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, hog: hog, key: hog.Key, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func start(t *testing.T, opts ...fakeposthog.Option) (*fakeposthog.Server, *client) {
	t.Helper()
	hog := fakeposthog.Start(t, opts...)
	return hog, newClient(t, hog)
}

func (c *client) with(key string) *client {
	other := *c
	other.key = key
	return &other
}

// send omits an empty content type and empty credentials.
func (c *client) send(method, path, contentType, body string) response {
	c.t.Helper()
	req, err := http.NewRequest(method, c.hog.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return response{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(resp.Body)
	return response{status: resp.StatusCode, header: resp.Header, body: string(read), err: err}
}

func (c *client) get(path string) response    { c.t.Helper(); return c.send("GET", path, "", "") }
func (c *client) delete(path string) response { c.t.Helper(); return c.send("DELETE", path, "", "") }

func (c *client) post(path, body string) response {
	c.t.Helper()
	return c.send("POST", path, "application/json", body)
}

// add sends a POST that adds a user to a role of the default organization.
func (c *client) add(role, userUUID string) response {
	c.t.Helper()
	return c.post(c.memberships(role), `{"user_uuid":"`+userUUID+`"}`)
}

func (c *client) organization() string { return "/api/organizations/" + c.hog.OrganizationID + "/" }

func (c *client) memberships(role string) string {
	return c.organization() + "roles/" + role + "/role_memberships/"
}

// page is the body of a list.
type page struct {
	Count    int
	Next     *string
	Previous *string
	Results  []map[string]any
}

func (c *client) list(path string) page {
	c.t.Helper()
	resp := c.get(path)
	if resp.status != http.StatusOK {
		c.t.Fatalf("GET %s: %d %s %v", path, resp.status, resp.body, resp.err)
	}
	return decode[page](c.t, resp.body)
}

func (p page) all(field string) []string {
	var values []string
	for _, result := range p.Results {
		value, _ := result[field].(string)
		values = append(values, value)
	}
	return values
}

func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return value
}

// envelope is the body of an error.
func envelope(typ, code, detail, attr string) string {
	if attr != "null" {
		attr = `"` + attr + `"`
	}
	quoted, _ := json.Marshal(detail)
	return `{"type":"` + typ + `","code":"` + code + `","detail":` + string(quoted) + `,"attr":` + attr + `}`
}

func denied(detail string) string {
	return envelope("authentication_error", "permission_denied", detail, "null")
}

func wantAnswer(t *testing.T, got response, status int, body string) {
	t.Helper()
	if got.err != nil {
		t.Fatal(got.err)
	}
	if got.status != status || got.body != body {
		t.Errorf("got  %d %s\nwant %d %s", got.status, got.body, status, body)
	}
}

func fields(object map[string]any) []string {
	var names []string
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func wantEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if string(g) != string(w) {
		t.Errorf("%s:\ngot  %s\nwant %s", what, g, w)
	}
}

const (
	serverError = `{"type":"server_error","code":"error","detail":"A server error occurred.","attr":null}`
	noEndpoint  = `{"type":"invalid_request","code":"not_found","detail":"Endpoint not found.","attr":null}`
	notFound    = `{"type":"invalid_request","code":"not_found","detail":"Not found.","attr":null}`
	unknownID   = "018fffff-ffff-7fff-8fff-ffffffffffff" // a UUID that does not exist
)

var noPersonalKeys = denied("This action does not support personal API key access")
