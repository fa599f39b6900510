package provider

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestSecrets_keyIsNowhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inject   func(*testbed)
		commands []string // beginning with the plan
	}{
		"well": {func(*testbed) {}, []string{"plan -out=saved.tfplan", "apply saved.tfplan", "show -json", "validate", "destroy -auto-approve"}},
		"the server repeats the key": {func(bed *testbed) {
			refusal := fakeposthog.Error(403, "authentication_error", "permission_denied", "The key "+bed.key+" is no good.", "")
			page := fakeposthog.Answer(502, "text/html", "<p>"+bed.key+"</p>")
			bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: refusal})
			bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: page, Times: fakeposthog.Forever})
		}, []string{"plan -out=saved.tfplan", "apply saved.tfplan", "apply -auto-approve"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			test.inject(bed)
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.withoutKey() + membership(bed.role, bed.user)})
			w.Setenv("POSTHOG_PERSONAL_API_KEY", bed.key)
			w.Setenv("TF_LOG", "TRACE")

			var outcomes []acctest.Outcome
			for _, command := range test.commands {
				outcomes = append(outcomes, w.Run(strings.Fields(command)...))
			}
			w.ExpectNowhere(bed.key, nil, outcomes...)
			if log := outcomes[0].Stderr; !strings.Contains(log, "asked PostHog") || !strings.Contains(log, "[TRACE]") {
				t.Errorf("the log of the plan is not a trace of the provider's: %.2000s", log)
			}
		})
	}
}

// withoutKey returns a provider block for a key that comes from the environment.
func (b *testbed) withoutKey() string {
	return "provider \"posthog\" {\n  host = \"" + b.host + "\"\n  organization_id = \"" + b.organization + "\"\n}\n"
}
