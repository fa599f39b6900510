package posthog

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestReasonOf(t *testing.T) {
	inner := &APIError{Status: 403, Reason: ReasonNotAdmin}
	for _, test := range []struct {
		err  error
		want Reason
	}{
		{nil, ReasonOther},
		{errors.New("x"), ReasonOther},
		{fmt.Errorf("x: %w", inner), ReasonNotAdmin},
		{errors.Join(errors.New("x"), inner), ReasonNotAdmin},
		{&GaveUpError{Err: inner}, ReasonGaveUp},
		{&InterruptedError{Err: inner}, ReasonInterrupted},
		{errors.Unwrap(&InterruptedError{Err: inner}), ReasonNotAdmin},
		{&InconsistentListError{}, ReasonInconsistent},
		{&RedirectError{}, ReasonRedirect},
		{&UnexpectedResponseError{Status: 200}, ReasonNotPostHog},
		{&UnexpectedResponseError{Status: 401}, ReasonNotPostHog},
		{&UnexpectedResponseError{Status: 404}, ReasonNotPostHog},
		{&UnexpectedResponseError{Status: 408}, ReasonServerFailure},
		{&UnexpectedResponseError{Status: 429}, ReasonRateLimited},
		{&UnexpectedResponseError{Status: 502}, ReasonServerFailure},
		{&TransportError{Err: errors.New("x")}, ReasonNoAnswer},
		{&TransportError{TimedOut: true, Err: errRequestTimeout}, ReasonTimedOut},
	} {
		if got := ReasonOf(test.err); got != test.want {
			t.Errorf("%v has reason %d, want %d", test.err, got, test.want)
		}
	}
}

// A write that was given up or interrupted may have happened if its last failure may have.
func TestMayHaveHappened_ofTheLastFailure(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{&TransportError{Sent: true}, true}, {&TransportError{}, false}, {&APIError{Status: 500}, true}, {&APIError{Status: 403}, false},
		{&UnexpectedResponseError{Status: 200}, true}, {nil, false},
	} {
		for _, err := range []error{test.err, &GaveUpError{Err: test.err}, &InterruptedError{Err: test.err}, fmt.Errorf("x: %w", &InterruptedError{Err: test.err})} {
			if MayHaveHappened(err) != test.want {
				t.Errorf("%v may have happened: %t", err, !test.want)
			}
		}
	}
}

// A host with a path that PostHog does not have, such as /api/v1.
func TestReason_wrongPath(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, func(config *Config) { config.Host += "/api/v1" })
	if _, err := client.Role(t.Context(), role); ReasonOf(err) != ReasonEndpointNotFound {
		t.Errorf("the error is %v", err)
	}
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Answer(404, "text/html", "<html><h1>Not Found</h1></html>")})
	if _, err := client.Role(t.Context(), role); ReasonOf(err) != ReasonNotPostHog {
		t.Errorf("the error is %v", err)
	}
}

func TestReason_connections(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a server that is not trusted was asked")
	}))
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	trusting := func(client *Client) {
		known := x509.NewCertPool()
		known.AddCert(server.Certificate())
		client.network.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: known}
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, test := range map[string]struct {
		host  string
		alter func(*Client)
		want  Reason
	}{
		"unknown authority": {server.URL, nil, ReasonUntrusted},
		"another name":      {strings.Replace(server.URL, "127.0.0.1", "localhost", 1), trusting, ReasonUntrusted},
		"out of date": {server.URL, func(client *Client) {
			trusting(client)
			client.network.(*http.Transport).TLSClientConfig.Time = func() time.Time { return time.Now().AddDate(1000, 0, 0) }
		}, ReasonUntrusted},
		"closed port": {closed.URL, nil, ReasonNoAnswer},
		"no TLS":      {strings.Replace(fakeposthog.Start(t).URL, "http:", "https:", 1), nil, ReasonNoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			log := &journal{}
			client, err := New(Config{Host: test.host, APIKey: "phx_x", Backoff: time.Millisecond, Logger: log})
			if err != nil {
				t.Fatal(err)
			}
			if test.alter != nil {
				test.alter(client)
			}
			defer client.CloseIdleConnections()
			_, err = client.CreateRoleMembership(t.Context(), someRole, otherUUID)
			if ReasonOf(err) != test.want || MayHaveHappened(err) {
				t.Errorf("%v has reason %d, want %d", err, ReasonOf(err), test.want)
			}
			if attempts := len(log.debugging); (attempts == 1) != (name != "closed port") {
				t.Errorf("%d attempts", attempts)
			}
		})
	}
}

// Servers before mid-2026 have another text for the same refusal.
func TestReason_notAdminOnOlderServers(t *testing.T) {
	refusal := &APIError{Status: 403, Code: "permission_denied", Detail: "You need to have admin level or higher."}
	if refusal.classify(); refusal.Reason != ReasonNotAdmin {
		t.Errorf("%v has reason %d, want %d", refusal, refusal.Reason, ReasonNotAdmin)
	}
}

// A text of PostHog counts only with its status, because other errors may have the same text.
func TestReason_wordsOfAnotherStatus(t *testing.T) {
	for _, test := range []struct {
		status int
		detail string
		want   Reason
	}{
		{500, "User does not exist.", ReasonServerFailure},
		{403, "User is already part of the role.", ReasonDenied},
		{400, "You do not have permission to perform this action.", ReasonOther},
		{401, "API key missing required scope 'organization:write'", ReasonUnauthenticated},
		{429, "Organization not found.", ReasonRateLimited},
	} {
		refusal := &APIError{Status: test.status, Code: "error", Detail: test.detail}
		if refusal.classify(); refusal.Reason != test.want || refusal.Scope != "" {
			t.Errorf("%v has reason %d, want %d", refusal, refusal.Reason, test.want)
		}
	}
}
