package acctest

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// ExpectAddedFirst fails the test unless every POST of a membership was answered before the first DELETE was sent.
func ExpectAddedFirst(t *testing.T, hog *fakeposthog.Server) {
	t.Helper()
	var kinds []string
	for _, request := range hog.Requests() {
		if request.Method == "POST" || request.Method == "DELETE" {
			kinds = append(kinds, request.Method)
		}
	}
	order := strings.Join(kinds, " ")
	if !strings.HasPrefix(order, "POST") || strings.Contains(order, "DELETE POST") {
		t.Errorf("the writes are %q, want additions and then removals", order)
	}
}
