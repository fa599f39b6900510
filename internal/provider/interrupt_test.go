package provider

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// interruptTerraform runs a command of Terraform, presses Ctrl-C when n requests of a kind have arrived, does what is to happen then,
// and returns what came of it. That it ends at all is what is tested: left alone it would wait for many minutes.
func interruptTerraform(w *acctest.Workspace, hog *fakeposthog.Server, kind string, n int, then func(), arguments ...string) acctest.Outcome {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(w.T.Context(), time.Minute)
	defer cancel()
	command := w.Command(ctx, arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		w.T.Fatal(err)
	}
	if err := hog.WaitForRequest(ctx, kind, n); err != nil {
		w.T.Fatalf("%s did not come: %v", kind, err)
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		w.T.Fatal(err)
	}
	then()
	err := command.Wait()
	if ctx.Err() != nil {
		w.T.Fatal("Terraform did not end after Ctrl-C")
	}
	result := acctest.Outcome{Command: arguments[0], Stdout: stdout.String(), Stderr: stderr.String()}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		result.Code = failed.ExitCode()
	}
	return result
}

func TestInterrupt_whileWaitingForTheRateLimit(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: fakeposthog.Throttle("600")})
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user)})
	result := interruptTerraform(w, bed.hog, "POST role_memberships", 1, func() {}, "apply", "-auto-approve")
	if result.Code == 0 || !acctest.Message("Unable to add user to role", "interrupted").MatchString(result.Stdout+result.Stderr) {
		t.Errorf("the message does not say that it was interrupted: %s", result)
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 1)
	w.Apply()
}

func TestInterrupt_whileListing(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user)})
	w.Must(0, "apply", "-auto-approve")
	bed.hog.ForgetRequests()
	action, release := fakeposthog.Hold()
	defer release()
	bed.hog.Inject(fakeposthog.Fault{On: "GET role", Do: action, Times: fakeposthog.Forever})
	result := interruptTerraform(w, bed.hog, "GET role", 1, func() {}, "plan")
	if result.Code == 0 || !acctest.Message("Terraform was interrupted", "Run again to continue.").MatchString(result.Stdout+result.Stderr) {
		t.Errorf("the plan succeeded, or does not say what happened: %s", result)
	}
	bed.hog.ClearFaults()
	release()
	w.Must(0, "plan", "-detailed-exitcode")
}

// What was sent when Ctrl-C came is answered, and ends in state; nothing more is sent.
func TestInterrupt_whatWasSentIsFinished(t *testing.T) {
	t.Parallel()
	const n, parallel = 25, 10
	for name, test := range map[string]struct {
		kind, command string
		at            int // how many are in the role after the interrupt
	}{
		"creates": {"POST role_memberships", "apply", parallel},
		"deletes": {"DELETE role_membership", "destroy", n - parallel},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, fakeposthog.Users(n))
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": bed.everybody("", n)})
			if test.command == "destroy" {
				w.Must(0, "apply", "-auto-approve")
				bed.hog.ForgetRequests()
			}
			w.UseRaceDetector()
			action, release := fakeposthog.Hold()
			defer release()
			bed.hog.Inject(fakeposthog.Fault{On: test.kind, Times: fakeposthog.Forever, Do: action})
			answer := func() { time.AfterFunc(2500*time.Millisecond, release) } // As slow as PostHog was once seen to be.
			result := interruptTerraform(w, bed.hog, test.kind, parallel, answer, test.command, "-auto-approve")
			bed.hog.ExpectRequests(t, test.kind, parallel)
			if members := len(bed.hog.Members(bed.role)); members != test.at {
				t.Errorf("%d are in the role, want %d", members, test.at)
			}
			if state := strings.Count(w.Read("terraform.tfstate"), `"user_email"`); state != test.at {
				t.Errorf("%d are in state, want %d: %s", state, test.at, result)
			}
			bed.hog.ClearFaults()
			w.Must(0, test.command, "-auto-approve")
			if members := len(bed.hog.Members(bed.role)); (members == n) != (test.command == "apply") || (members == 0) != (test.command == "destroy") {
				t.Errorf("%d are in the role after the next %s", members, test.command)
			}
		})
	}
}
