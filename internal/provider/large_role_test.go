package provider

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
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
			w := acctest.NewWorkspace(t, map[string]string{
				"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user) + roleMemberships(bed.role, "limit = 1") +
					"output \"total\" {\n  value = data.posthog_role_memberships.all.total_count\n}\n",
				"terraform.tfstate": vendorState(t, bed, member.ID, member.Email, "2025-03-01T12:00:00Z"),
			})
			w.UseReleased()
			w.Setenv("GOGC", "100") // Memory is what is measured.
			printed, used := runMeasured(w, "apply", "-auto-approve")
			if !acctest.Message("Apply complete! Resources: 0 added, 0 changed, 0 destroyed.", `total = 10000`).MatchString(printed.Stdout) {
				t.Errorf("the apply changes more than an output: %s", printed)
			}
			t.Logf("the provider used %d MiB", used>>10)
			if _, err := os.Stat("/proc/self/status"); err == nil && (used == 0 || used > most) {
				t.Errorf("the provider used %d KiB, want some and at most %d", used, most)
			}
		})
	}
}

// runMeasured runs a command of Terraform and returns what it printed, and the most memory that the provider has used, in KiB;
// 0 if the system does not report it.
func runMeasured(w *acctest.Workspace, arguments ...string) (acctest.Outcome, int) {
	w.T.Helper()
	command := w.Command(context.Background(), arguments...)
	var printed bytes.Buffer
	command.Stdout, command.Stderr = &printed, &printed
	if err := command.Start(); err != nil {
		w.T.Fatal(err)
	}
	peak := terraformbin.WatchMemory(command.Process.Pid, acctest.PluginName)
	_ = command.Wait() // The exit code is checked by the caller.
	return acctest.Outcome{Command: strings.Join(arguments, " "), Stdout: printed.String(), Code: command.ProcessState.ExitCode()}, peak()
}

// Somebody is looked up by email, and a role by name, in an organization of 20,000 memberships: none of them is kept.
func TestLargeOrganization_lookUps(t *testing.T) {
	t.Parallel()
	const roles, users, most = 20, 1000, 100 << 10 // KiB
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.MembersEach(users))
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + `
		data "posthog_user" "one" { email = "user7@example.com" }
		data "posthog_role" "one" { name = "role 7" }
		output "count" { value = data.posthog_role.one.member_count }
		output "uuid" { value = data.posthog_user.one.uuid }`})
	w.UseReleased()
	w.Setenv("GOGC", "100")
	result, used := runMeasured(w, "plan")
	if result.Code != 0 || !acctest.Message("count", "1000").MatchString(result.Stdout) {
		t.Errorf("the look-ups have failed: %s", result)
	}
	t.Logf("the provider used %d MiB", used>>10)
	if _, err := os.Stat("/proc/self/status"); err == nil && (used == 0 || used > most) {
		t.Errorf("the provider used %d KiB, want some and at most %d", used, most)
	}
}
