package provider

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// unzipped returns the files in a zip archive, which is what a saved plan is; nothing for anything else.
func unzipped(t *testing.T, content []byte) [][]byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil
	}
	var files [][]byte
	for _, file := range archive.File {
		opened, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		inside, err := io.ReadAll(opened)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, inside)
	}
	return files
}

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
			w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.withoutKey() + membership(bed.role, bed.user)})
			w.setenv("POSTHOG_PERSONAL_API_KEY", bed.key)
			w.setenv("TF_LOG", "TRACE")

			var outcomes []outcome
			for _, command := range test.commands {
				outcomes = append(outcomes, w.run(strings.Fields(command)...))
			}
			w.expectNowhere(bed.key, nil, outcomes...)
			if log := outcomes[0].stderr; !strings.Contains(log, "asked PostHog") || !strings.Contains(log, "[TRACE]") {
				t.Errorf("the log of the plan is not a trace of the provider's: %.2000s", log)
			}
		})
	}
}

// withoutKey returns a provider block for a key that comes from the environment.
func (b *testbed) withoutKey() string {
	return "provider \"posthog\" {\n  host = \"" + b.host + "\"\n  organization_id = \"" + b.organization + "\"\n}\n"
}
