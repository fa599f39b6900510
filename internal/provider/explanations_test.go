package provider

import (
	"context"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// messageOf returns the message about a failure to read a role.
func messageOf(err error) string {
	diagnostic := (&configured{}).unable("read role", "read it", subject{name: "role 7"}, err)
	return diagnostic.Summary() + "\n" + diagnostic.Detail()
}

// Each reason of package posthog has an explanation, except the two that wrap another error.
func TestExplanations_areThereForEveryReason(t *testing.T) {
	source, err := os.ReadFile("../posthog/reason.go")
	if err != nil {
		t.Fatal(err)
	}
	reasons := regexp.MustCompile(`(?m)^\tReason\w+( Reason = iota)?$`).FindAllString(string(source), -1)
	if len(reasons) < 20 {
		t.Fatalf("found %d reasons", len(reasons))
	}
	for i, name := range reasons {
		reason := posthog.Reason(i)
		if reason == posthog.ReasonGaveUp || reason == posthog.ReasonInterrupted {
			continue
		}
		if _, ok := explanations[reason]; !ok {
			t.Errorf("there is no explanation for %s", strings.TrimSpace(name))
		}
	}
}

func TestExplanations_interruptions(t *testing.T) {
	broken := &posthog.APIError{Status: 500, Code: "error", Detail: "Oh.", Reason: posthog.ReasonServerFailure}
	if text := messageOf(&posthog.InterruptedError{Err: broken}); !strings.Contains(text, "PostHog answered 500 (error): Oh.") || strings.Contains(text, "before PostHog") {
		t.Errorf("it does not contain the response: %s", text)
	}
	if text := messageOf(&posthog.InterruptedError{}); !strings.Contains(text, "interrupted before PostHog was asked") {
		t.Errorf("it does not say that no request was sent: %s", text)
	}
}

func TestExplanations_ofLists(t *testing.T) {
	text := messageOf(&posthog.InconsistentListError{Want: 3, Got: 2, Reads: 4})
	if !strings.Contains(text, "PostHog's list for role 7 counts 3, but held 2 different ones; it was read 4 times.") {
		t.Errorf("it says: %s", text)
	}
}

func TestExplanations_nameTheScope(t *testing.T) {
	text := messageOf(&posthog.APIError{Status: 403, Reason: posthog.ReasonMissingScope, Scope: "organization_member:read"})
	if !strings.Contains(text, "Add the scope organization_member:read to the personal API key") {
		t.Errorf("it says: %s", text)
	}
}

// readRole asks a server for a role and returns what a user reads of the failure.
func readRole(t *testing.T, host string, hog *fakeposthog.Server) string {
	t.Helper()
	client, err := posthog.New(posthog.Config{Host: host, APIKey: hog.Key, Backoff: testBackoff})
	if err != nil {
		t.Fatal(err)
	}
	_, err = roster.New(client, &ownership.Plan{}).Roster(context.Background(), posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)})
	if err == nil {
		t.Fatal("the role was read")
	}
	return messageOf(err)
}

// host is the address of the API instead of the web app.
func TestExplanations_hostWithAPath(t *testing.T) {
	hog := fakeposthog.Start(t)
	if text := readRole(t, hog.URL+"/api", hog); !strings.Contains(text, "it is the address of the web app, such as https://us.posthog.com, without a path") {
		t.Errorf("it says: %s", text)
	}
}

func TestExplanations_certificateOfAnUnknownAuthority(t *testing.T) {
	hog := fakeposthog.New()
	server := httptest.NewTLSServer(hog)
	defer server.Close()
	text := readRole(t, server.URL, hog)
	if !acctest.Message("name a PEM file", "in ca_cert_file", "SSL_CERT_FILE").MatchString(text) || strings.Contains(text, "HTTPS_PROXY") {
		t.Errorf("it says: %s", text)
	}
}

// An error that repeats for each write is reported in full once.
func TestExplanations_shortFromTheSecondOn(t *testing.T) {
	c := &configured{}
	refusal := &posthog.APIError{Status: 403, Code: "permission_denied", Detail: "No.", Reason: posthog.ReasonNotAdmin}
	first := c.unable("add user to role", "add Alice", subject{}, refusal)
	second := c.unable("add user to role", "add Bob", subject{}, &roster.SkippedAfterRefusalError{Err: refusal})
	if !strings.Contains(first.Detail(), "takes a key whose owner is an admin or owner of the organization") {
		t.Errorf("the first says: %s", first.Detail())
	}
	if second.Summary() != "Unable to add user to role: No" || second.Detail() != "" {
		t.Errorf("the second says: %s\n%s", second.Summary(), second.Detail())
	}
	other := c.unable("add user to role", "add Carol", subject{}, &posthog.APIError{Status: 400, Detail: "No.", Reason: posthog.ReasonUnknownUser})
	if other.Detail() == "" {
		t.Error("an error of another kind is not reported in full")
	}
}
