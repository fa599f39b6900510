package diagnostics

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// messageOf returns the message about a role that could not be read.
func messageOf(err error) string {
	message := (&Messages{}).UnableToReadRole(Subject{Label: "role 7"}, err)
	return message.Summary() + "\n" + message.Detail()
}

// Reasons of errors that hold another error are explained by explain.
func TestAdviceFor_hasAdviceForEveryReason(t *testing.T) {
	source, err := os.ReadFile("../posthog/reason.go")
	if err != nil {
		t.Fatal(err)
	}
	reasons := regexp.MustCompile(`(?m)^\tReason\w+( Reason = iota)?$`).FindAllString(string(source), -1)
	if len(reasons) < 20 {
		t.Fatalf("found %d reasons", len(reasons))
	}
	fallback, _ := adviceFor(nil)
	for i, name := range reasons {
		switch reason := posthog.Reason(i); reason {
		case posthog.ReasonOther, posthog.ReasonNotFound, posthog.ReasonGaveUp, posthog.ReasonInterrupted:
			continue
		default:
			if advice, _ := adviceFor(&posthog.APIError{Reason: reason}); advice == fallback {
				t.Errorf("there is no advice for %s", strings.TrimSpace(name))
			}
		}
	}
}

func TestExplain_interruptions(t *testing.T) {
	broken := &posthog.APIError{Status: 500, Code: "error", Detail: "Oh.", Reason: posthog.ReasonServerFailure}
	if text := messageOf(&posthog.InterruptedError{Err: broken}); !strings.Contains(text, "PostHog answered 500 (error): Oh.") || strings.Contains(text, "before the request was sent.") {
		t.Errorf("PostHog's answer is missing: %s", text)
	}
	if text := messageOf(&posthog.InterruptedError{}); !strings.Contains(text, "interrupted before the request was sent.") {
		t.Errorf("the message does not say that no request was sent: %s", text)
	}
}

func TestExplain_ofLists(t *testing.T) {
	text := messageOf(&posthog.InconsistentListError{Want: 3, Got: 2, Reads: 4})
	if !strings.Contains(text, "PostHog reports 3 entries for role 7, but returned only 2 in each of 4 reads.") {
		t.Errorf("the message is: %s", text)
	}
}

func TestExplain_nameTheScope(t *testing.T) {
	text := messageOf(&posthog.APIError{Status: 403, Reason: posthog.ReasonMissingScope, Scope: "organization_member:read"})
	if !strings.Contains(text, "Add the scope organization_member:read to the personal API key") {
		t.Errorf("the message is: %s", text)
	}
}

// readRole asks a server for a role and returns what a user reads of the failure.
func readRole(t *testing.T, host string, hog *fakeposthog.Server) string {
	t.Helper()
	client, err := posthog.New(posthog.Config{Host: host, APIKey: hog.Key, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = roster.New(client, &ownership.Plan{}).Roster(context.Background(), posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)})
	if err == nil {
		t.Fatal("the role was read")
	}
	return messageOf(err)
}

func TestExplain_hostWithAPath(t *testing.T) {
	hog := fakeposthog.Start(t)
	hint := fmt.Sprintf("host (or POSTHOG_HOST) has the path /api/v1. Unless PostHog is behind this path, write %q.", hog.URL)
	if text := readRole(t, hog.URL+"/api/v1", hog); !strings.Contains(text, "Endpoint not found.\n\nPostHog does not have this address. "+hint) {
		t.Errorf("the message is: %s", text)
	}
	hog.Inject(fakeposthog.Fault{Times: 2, Do: fakeposthog.Answer(404, "text/html", "<html><h1>Not Found</h1></html>")})
	if text := readRole(t, hog.URL+"/api/v1", hog); !strings.Contains(text, "This answer is not from PostHog's API.") || !strings.Contains(text, hint) {
		t.Errorf("the message is: %s", text)
	}
	if text := readRole(t, hog.URL, hog); !strings.Contains(text, "it must be the address of the web app, such as https://us.posthog.com, without a path.") {
		t.Errorf("the message is: %s", text)
	}
}

func TestExplain_certificateOfAnUnknownAuthority(t *testing.T) {
	hog := fakeposthog.New()
	server := httptest.NewTLSServer(hog)
	defer server.Close()
	text := readRole(t, server.URL, hog)
	if !strings.Contains(text, "set ca_cert_file") || !strings.Contains(text, "SSL_CERT_FILE") || strings.Contains(text, "HTTPS_PROXY") {
		t.Errorf("the message is: %s", text)
	}
}

func TestMessages_shortensRepeatedRefusals(t *testing.T) {
	var m Messages
	refusal := &posthog.APIError{Status: 403, Code: "permission_denied", Detail: "No.", Reason: posthog.ReasonNotAdmin}
	first := m.UnableToAddUser("Alice", Subject{}, refusal)
	second := m.UnableToAddUser("Bob", Subject{}, &roster.SkippedAfterRefusalError{Err: refusal})
	if !strings.Contains(first.Detail(), "Use the key of an admin or owner.") {
		t.Errorf("the first message is: %s", first.Detail())
	}
	if second.Summary() != "Unable to add user to role: No" || second.Detail() != "" {
		t.Errorf("the second message is: %s\n%s", second.Summary(), second.Detail())
	}
	other := m.UnableToAddUser("Carol", Subject{}, &posthog.APIError{Status: 400, Detail: "No.", Reason: posthog.ReasonUnknownUser})
	if other.Detail() == "" {
		t.Error("an error with another reason has no detail")
	}
}

func TestExplain_waitsThatAreTooLong(t *testing.T) {
	t.Parallel()
	throttled := &posthog.APIError{Status: http.StatusTooManyRequests, Code: "throttled", Detail: "Request was throttled.", Reason: posthog.ReasonRateLimited}
	unavailable := &posthog.APIError{Status: http.StatusServiceUnavailable, Code: "service_unavailable", Detail: "Try again later.", Reason: posthog.ReasonServerFailure}
	for name, test := range map[string]struct {
		err          *posthog.GaveUpError
		want, advice string
	}{
		"rate limit": {
			&posthog.GaveUpError{Limit: time.Minute, Asked: time.Hour, Err: throttled},
			"PostHog's rate limit is reached: it asked to wait 1h, which is longer than the rest of retry_timeout (1m).", "Raise retry_timeout in the provider block, lower terraform's -parallelism",
		},
		"out of service": {
			&posthog.GaveUpError{Limit: time.Minute, Asked: time.Hour, Err: unavailable},
			"PostHog answered 503 (service_unavailable): Try again later. It asked to wait 1h, which is longer than the rest of retry_timeout (1m).",
			"PostHog, or a proxy before it, has failed. Run again later",
		},
		"another request was throttled": {
			&posthog.GaveUpError{Limit: time.Minute, Asked: time.Hour},
			"PostHog accepts no requests at the moment: it asked to wait 1h, which is longer than the rest of retry_timeout (1m).", "Raise retry_timeout in the provider block, lower terraform's -parallelism",
		},
		"no wait was requested": {
			&posthog.GaveUpError{Limit: time.Minute, Err: &posthog.APIError{Status: http.StatusInternalServerError, Code: "error", Detail: "Oh."}},
			"The operation did not succeed within retry_timeout (1m). The last attempt failed: PostHog answered 500 (error): Oh.", "Run again later, or raise retry_timeout in the provider block.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if text := messageOf(test.err); !strings.Contains(text, test.want) || !strings.Contains(text, test.advice) {
				t.Error(text)
			}
		})
	}
}
