package posthog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

const user = `"user":{"id":1,"uuid":"018f401e-9a6b-7a00-8b00-000000000002","email":"a@example.com"}`

// member returns a membership as JSON, with these fields.
func member(id, role, user, joined string) string {
	return fmt.Sprintf(`{"id":%s,"role_id":%s,%s,"joined_at":%s,"updated_at":"2025-03-01T12:00:00Z"}`, id, role, user, joined)
}

// Only a list of the role's memberships is accepted.
func TestResponse_whatIsNotAList(t *testing.T) {
	const id, joined = `"018f401e-9a6b-7a00-8b00-000000000001"`, `"2025-03-01T12:00:00.5Z"`
	hog := fakeposthog.Start(t)
	role := `"` + hog.Role(0) + `"`
	list := func(member string) string { return `{"count":1,"next":null,"results":[` + member + `]}` }

	for name, body := range map[string]string{
		"empty": "", "a web page": "<!doctype html>\n<title>Log in</title>", "text": "ok", "null": "null", "a number": "7", "an array": "[]",
		"an empty object": "{}", "no results": `{"count":0,"next":null}`, "no count": `{"next":null,"results":[]}`,
		"results that are null": `{"count":0,"next":null,"results":null}`, "count that is text": `{"count":"0","next":null,"results":[]}`,
		"negative count": `{"count":-1,"next":null,"results":[]}`, "an error with 200": `{"type":"server_error","code":"error","detail":"x","attr":null}`,
		"a membership alone":       member(id, role, user, joined),
		"null for a member":        list("null"),
		"text for a member":        list(`"x"`),
		"no id":                    list(member("null", role, user, joined)),
		"an id that is no UUID":    list(member(`"7"`, role, user, joined)),
		"another role":             list(member(id, `"018f401e-9a6b-7a00-8b00-00000000aaaa"`, user, joined)),
		"no user":                  list(member(id, role, `"user":null`, joined)),
		"a user of another shape":  list(member(id, role, `"user":"018f401e-9a6b-7a00-8b00-000000000002"`, joined)),
		"no email":                 list(member(id, role, strings.Replace(user, "a@example.com", "", 1), joined)),
		"a member without id":      list(strings.Replace(member(id, role, user, joined), `"joined_at"`, `"organization_member":{},"joined_at"`, 1)),
		"no time":                  list(member(id, role, user, `""`)),
		"a time of another shape":  list(member(id, role, user, `"yesterday"`)),
		"something after the list": list(member(id, role, user, joined)) + "<!-- -->",
	} {
		t.Run(name, func(t *testing.T) {
			client, role := connect(t, hog, nil)
			hog.Inject(fakeposthog.Fault{Do: fakeposthog.Answer(200, "application/json", body), Times: maxReads})
			defer hog.ClearFaults()
			members, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
			failed, ok := errors.AsType[*UnexpectedResponseError](err)
			if !ok || failed.Host != hog.URL || failed.Status != 200 || failed.Reason == "" {
				t.Fatalf("got %v, %v; want an error about the answer", members, err)
			}
		})
	}
	t.Run("a list", func(t *testing.T) {
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Answer(200, "application/json", list(member(id, `"`+strings.ToUpper(role.ID)+`"`, user, joined)))})
		if members, _, err := client.RoleMemberships(t.Context(), role, 0, 0); err != nil || len(members) != 1 {
			t.Errorf("got %v, %v; want one member", members, err)
		}
	})
}

func TestResponse_whatIsNotACreatedMembership(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "a web page": "<html>", "a list": `{"count":0,"next":null,"results":[]}`, "null": "null", "an array": "[1]",
		"another user's": member(`"018f401e-9a6b-7a00-8b00-000000000001"`, `"ROLE"`, user, `"2025-03-01T12:00:00Z"`),
	} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t)
			client, role := connect(t, hog, nil)
			body := strings.ReplaceAll(body, "ROLE", role.ID)
			hog.Inject(fakeposthog.Fault{Do: fakeposthog.AnswerAfter(201, "application/json", body)})
			_, err := client.CreateRoleMembership(t.Context(), role, hog.User(0).UUID)
			if _, ok := errors.AsType[*UnexpectedResponseError](err); !ok || !MayHaveHappened(err) {
				t.Errorf("the error is %v, want one that says it may have happened", err)
			}
		})
	}
}

func TestResponse_deleteIsDoneOnlyWhenPostHogSaysSo(t *testing.T) {
	for _, status := range []int{200, 201, 202, 205} {
		hog := fakeposthog.Start(t)
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Answer(status, "text/html", "<html>")})
		if err := client.DeleteRoleMembership(t.Context(), role, otherUUID); err == nil || !MayHaveHappened(err) {
			t.Errorf("%d: the error is %v, want one that says it may have happened", status, err)
		}
	}
}

func TestResponse_isBounded(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, nil)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Huge(maxBuffered + 1)})
	_, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
	if failed, ok := errors.AsType[*UnexpectedResponseError](err); !ok || !strings.Contains(failed.Reason, "32 MiB") {
		t.Errorf("the error is %v, want one about the size", err)
	}
	hog.ExpectRequests(t, "", 1)
}

// An endless page is stopped, because it has more items than its count.
func TestResponse_listThatNeverEnds(t *testing.T) {
	item := fmt.Sprintf(aMember, 1)
	endless := &repeated{text: item + ",", rest: `{"count":1,"next":null,"results":[`}
	client, _ := throttled(t, time.Minute, nil)
	client.network = network(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(endless)}, nil
	})
	_, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0)
	if failed, ok := errors.AsType[*UnexpectedResponseError](err); !ok || !strings.Contains(failed.Reason, "more than the 1 items that it counts") {
		t.Errorf("the error is %v", err)
	}
	if most := 2 * slack * len(item); endless.read > most {
		t.Errorf("%d bytes were read, want at most %d", endless.read, most)
	}
}

// A page of large items is limited, too.
func TestResponse_listOfLargeItemsIsBounded(t *testing.T) {
	body, read := newLimitedBody(&repeated{text: strings.Repeat("x", 1<<20)}), 0
	for body.err == nil {
		n, _ := io.CopyN(io.Discard, body, maxBuffered)
		read += int(n)
		body.nextItem()
	}
	if read != maxPage || !errors.Is(body.err, errTooLarge) {
		t.Errorf("%d bytes were read, %v", read, body.err)
	}
}

// repeated is a Reader that returns rest and then text without end.
type repeated struct {
	text, rest string
	read       int
}

func (r *repeated) Read(into []byte) (int, error) {
	if r.rest == "" {
		r.rest = r.text
	}
	n := copy(into, r.rest)
	r.rest = r.rest[n:]
	r.read += n
	return n, nil
}

// An error is PostHog's only if it has a type of PostHog and a code. A proxy's 404 does not mean that a role is missing.
func TestResponse_whichErrorsArePostHogs(t *testing.T) {
	for body, want := range map[string]Reason{
		`{"type":"invalid_request","code":"not_found","detail":"Not found.","attr":null}`:                                          ReasonNotFound,
		`{"type":"invalid_request","code":"not_found","detail":"Endpoint not found.","attr":null,"x":1}`:                           ReasonEndpointNotFound,
		`{"type":"invalid_request","code":"gone","detail":"Not found.","attr":null}`:                                               ReasonOther,
		`{"type":"invalid_request","code":null,"detail":"Not found.","attr":null}`:                                                 ReasonNotPostHog,
		`{"type":"invalid_request","code":404,"detail":"Not found.","attr":null}`:                                                  ReasonNotPostHog,
		`{"type":"invalid_request","detail":"Not found."}`:                                                                         ReasonNotPostHog,
		`{"type":"about:blank","title":"Not Found","status":404,"detail":"No upstream."}`:                                          ReasonNotPostHog,
		`{"type":"https://example.com/problems/missing","code":"not_found","title":"Not Found","detail":"Not found."}`:             ReasonNotPostHog,
		`{"code":"not_found","detail":"Not found."}`:                                                                               ReasonNotPostHog,
		`{"type":"INVALID_REQUEST","code":"not_found","detail":"Not found."}`:                                                      ReasonNotPostHog,
		`[{"type":"invalid_request","code":"not_found","detail":"Not found."}]`:                                                    ReasonNotPostHog,
		`{"type":"validation_error","code":"not_found","detail":"Not found.","attr":null}<!-- seen by a proxy -->`:                 ReasonNotPostHog,
		`{"type":"authentication_error","code":"not_found","detail":"Organization not found.","attr":"organization","extra":null}`: ReasonOrganizationNotFound,
	} {
		hog := fakeposthog.Start(t)
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Answer(404, "application/problem+json", body)})
		_, err := client.Role(t.Context(), role)
		if _, notPostHogs := errors.AsType[*UnexpectedResponseError](err); ReasonOf(err) != want || notPostHogs != (want == ReasonNotPostHog) {
			t.Errorf("%s is %v with reason %d, want %d", body, err, ReasonOf(err), want)
		}
	}
}

// The errors of package net/http repeat invalid headers.
func TestResponse_theKeyIsInNoErrorOfTheTransport(t *testing.T) {
	const key = "phx_ThatIsTheKey"
	for name, answer := range map[string]string{
		"header":      "HTTP/1.1 200 OK\r\nthe key is " + key + "\r\n\r\n",
		"status line": "HTTP/9 " + key + "\r\n\r\n",
		"chunk":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + key + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					connection, err := listener.Accept()
					if err != nil {
						return
					}
					if _, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
						io.WriteString(connection, answer) //nolint:errcheck // The client reports what is missing.
					}
					connection.Close()
				}
			}()
			log := &journal{}
			client, err := New(Config{Host: "http://" + listener.Addr().String(), APIKey: key, Logger: log})
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseIdleConnections()
			_, err = client.CreateRoleMembership(t.Context(), someRole, otherUUID)
			failed, ok := errors.AsType[*TransportError](err)
			if !ok || !strings.Contains(failed.Err.Error(), "(API key)") || strings.Contains(fmt.Sprintf("%v %+v %s", err, err, failed.Err), key) {
				t.Errorf("the error is %v", err)
			}
			if logged := log.everything(); strings.Contains(logged, key) || !strings.Contains(logged, "(API key)") {
				t.Errorf("it logs %s", logged)
			}
		})
	}
}

func TestResponse_brokenGzipAndTruncation(t *testing.T) {
	for name, action := range map[string]fakeposthog.Action{"gzip that lies": fakeposthog.LyingGzip(), "truncated": fakeposthog.Truncate(30)} {
		hog := fakeposthog.Start(t, fakeposthog.MembersEach(3))
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: action})
		members, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
		if err != nil || len(members) != 3 {
			t.Errorf("%s: got %d members, %v; want 3", name, len(members), err)
		}
		hog.ExpectRequests(t, "", 2)
	}
}

func TestResponse_redirectsAreNotFollowed(t *testing.T) {
	other := elsewhere(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		hog := fakeposthog.Start(t)
		client, role := connect(t, hog, nil)
		path := role.membershipsPath()
		for name, test := range map[string]struct{ to, location, suggested string }{
			"same path elsewhere":   {other + path + "?a=b#c", other + path, other},
			"without the slash":     {other + strings.TrimSuffix(path, "/"), other + strings.TrimSuffix(path, "/"), other},
			"a login page":          {other + "/login?next=" + path, other + "/login", ""},
			"elsewhere, prefixed":   {other + "/posthog" + path, other + "/posthog" + path, other + "/posthog"},
			"the same server":       {"/login", hog.URL + "/login", ""},
			"credentials":           {strings.Replace(other, "://", "://me:secret@", 1) + path, other + path, other},
			"nowhere":               {"", "", ""},
			"nothing that is a URL": {"http://[::1", "", ""},
		} {
			for _, call := range []func() error{
				func() error { _, _, err := client.RoleMemberships(t.Context(), role, 0, 0); return err },
				func() error { _, err := client.CreateRoleMembership(t.Context(), role, hog.User(0).UUID); return err },
			} {
				hog.ForgetRequests()
				hog.Inject(fakeposthog.Fault{Do: fakeposthog.Redirect(status, test.to)})
				err := call()
				redirect, ok := errors.AsType[*RedirectError](err)
				if !ok || redirect.Status != status || redirect.Location != test.location || redirect.SuggestedHost != test.suggested {
					t.Errorf("%d, %s: got %#v, %v; want %+v", status, name, redirect, err, test)
				}
				if MayHaveHappened(err) {
					t.Errorf("%d, %s: a redirect is said to may have happened", status, name)
				}
				hog.ExpectRequests(t, "", 1)
			}
		}
	}
}

func TestResponse_theKeyIsInNoError(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, nil)
	for name, action := range map[string]fakeposthog.Action{
		"detail":   fakeposthog.Error(403, "authentication_error", hog.Key, "Your key "+hog.Key+" is bad.", hog.Key),
		"web page": fakeposthog.Answer(403, "text/html", strings.Repeat(" ", 4090)+"<p>"+hog.Key+"</p>"),
		"location": fakeposthog.Redirect(302, "https://other.example/"+hog.Key),
		"list":     fakeposthog.Answer(200, "application/json", `{"count":"`+hog.Key+`"}`),
	} {
		hog.Inject(fakeposthog.Fault{Do: action})
		_, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), hog.Key) {
			t.Errorf("%s: the error is %+v", name, err)
		}
	}
}

func TestResponse_whatIsSent(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, func(config *Config) { config.UserAgent, config.Host = "tests/1", config.Host+"/" })
	if _, err := client.CreateRoleMembership(t.Context(), role, hog.User(0).UUID); err != nil {
		t.Fatal(err)
	}
	request := hog.Requests()[0]
	if request.Method != http.MethodPost || request.Path != role.membershipsPath() || request.Body != `{"user_uuid":"`+hog.User(0).UUID+`"}` {
		t.Errorf("sent %s %s %s", request.Method, request.Path, request.Body)
	}
	for header, want := range map[string]string{
		"Authorization": "Bearer " + hog.Key, "Content-Type": "application/json", "Accept": "application/json", "User-Agent": "tests/1",
	} {
		if got := request.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
}
