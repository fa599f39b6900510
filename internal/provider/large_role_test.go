package provider

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/peakmemory"
)

// A role of 10,000 is listed completely, on servers that order pages and on those that do not, and fits in 150 MB.
func TestLargeRole(t *testing.T) {
	t.Parallel()
	const users, most = 10000, 150 << 10 // KiB
	for name, options := range map[string][]fakeposthog.Option{"ordered": nil, "unordered": {fakeposthog.Older()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, append(options, fakeposthog.MembersEach(users))...)
			member := bed.hog.Members(bed.role)[users-1]
			bed.user = member.UserUUID
			w := newWorkspace(t, map[string]string{
				"main.tf": requirements + bed.provider() + membership(bed.role, bed.user) + roleMemberships(bed.role, "limit = 1") +
					"output \"total\" {\n  value = data.posthog_role_memberships.all.total_count\n}\n",
				"terraform.tfstate": vendorState(t, bed, member.ID, member.Email, "2025-03-01T12:00:00Z"),
			})
			w.useReleased()
			w.setenv("GOGC", "100") // Memory is what is measured.
			w.must(0, "apply", "-auto-approve")
			if total := w.must(0, "output", "-raw", "total"); total.stdout != "10000" {
				t.Errorf("the role has %s members, want 10000", total.stdout)
			}

			command := w.command(context.Background(), "plan", "-detailed-exitcode")
			var printed bytes.Buffer
			command.Stdout, command.Stderr = &printed, &printed
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			peak := peakmemory.Watch(command.Process.Pid, pluginName)
			if err := command.Wait(); err != nil {
				t.Errorf("the plan is not empty: %v: %s", err, printed.String())
			}
			used := peak()
			t.Logf("the provider used %d MiB", used>>10)
			if _, err := os.Stat("/proc/self/status"); err == nil && (used == 0 || used > most) {
				t.Errorf("the provider used %d KiB, want some and at most %d", used, most)
			}
		})
	}
}
