package provider

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A key that may only read, and forty to add: PostHog is asked ten times, which are on their way when the first is refused,
// and the error is reported in full once.
func TestRefusals_areReportedOnce(t *testing.T) {
	t.Parallel()
	const n = 40
	bed := fake(t, fakeposthog.Users(n))
	bed.key = bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read"}})
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": bed.everybody("", n)})
	w.Must(0, "plan", "-out=saved.tfplan")
	bed.hog.ForgetRequests()
	result := w.Must(1, "apply", "saved.tfplan")
	if sent := bed.hog.CountRequests("POST role_memberships"); sent > 10 {
		t.Errorf("%d creates were sent, want at most 10", sent)
	}
	if count := strings.Count(result.Stderr, "Add the scope organization:write to the personal API key"); count != 1 {
		t.Errorf("the error is reported in full %d times, want once: %s", count, result)
	}
	// Terraform itself takes seven lines to show an error of one line.
	if lines := strings.Count(result.Stderr, "\n"); lines > 7*n+15 {
		t.Errorf("there are %d lines, want 7 for each and those of the first: %s", lines, result)
	}
}
