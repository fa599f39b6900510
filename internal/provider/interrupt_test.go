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

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// interrupt runs a command of Terraform, presses Ctrl-C when n requests of a kind have arrived, does what is to happen then,
// and returns what came of it. That it ends at all is what is tested: left alone it would wait for many minutes.
func (w *workspace) interrupt(hog *fakeposthog.Server, kind string, n int, then func(), arguments ...string) outcome {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	command := w.command(ctx, arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	if err := hog.WaitForRequest(ctx, kind, n); err != nil {
		w.t.Fatalf("%s did not come: %v", kind, err)
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		w.t.Fatal(err)
	}
	then()
	err := command.Wait()
	if ctx.Err() != nil {
		w.t.Fatal("Terraform did not end after Ctrl-C")
	}
	result := outcome{arguments[0], stdout.String(), stderr.String(), 0}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		result.code = failed.ExitCode()
	}
	return result
}

func TestInterrupt_whileWaitingForTheRateLimit(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: fakeposthog.Throttle("600")})
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider() + membership(bed.role, bed.user)})
	result := w.interrupt(bed.hog, "POST role_memberships", 1, func() {}, "apply", "-auto-approve")
	if result.code == 0 || !says("Unable to add user to role", "interrupted").MatchString(result.stdout+result.stderr) {
		t.Errorf("the message does not say that it was interrupted: %s", result)
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 1)
	w.apply()
}

func TestInterrupt_whileListing(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider() + membership(bed.role, bed.user)})
	w.must(0, "apply", "-auto-approve")
	bed.hog.ForgetRequests()
	action, release := fakeposthog.Hold()
	defer release()
	bed.hog.Inject(fakeposthog.Fault{On: "GET role", Do: action, Times: fakeposthog.Forever})
	result := w.interrupt(bed.hog, "GET role", 1, func() {}, "plan")
	if result.code == 0 || !says("Terraform was interrupted", "Run again to continue.").MatchString(result.stdout+result.stderr) {
		t.Errorf("the plan succeeded, or does not say what happened: %s", result)
	}
	bed.hog.ClearFaults()
	release()
	w.must(0, "plan", "-detailed-exitcode")
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
			w := newWorkspace(t, map[string]string{"main.tf": bed.everybody("", n)})
			if test.command == "destroy" {
				w.must(0, "apply", "-auto-approve")
				bed.hog.ForgetRequests()
			}
			w.useRaceDetector()
			action, release := fakeposthog.Hold()
			defer release()
			bed.hog.Inject(fakeposthog.Fault{On: test.kind, Times: fakeposthog.Forever, Do: action})
			answer := func() { time.AfterFunc(2500*time.Millisecond, release) } // As slow as PostHog was once seen to be.
			result := w.interrupt(bed.hog, test.kind, parallel, answer, test.command, "-auto-approve")
			bed.hog.ExpectRequests(t, test.kind, parallel)
			if members := len(bed.hog.Members(bed.role)); members != test.at {
				t.Errorf("%d are in the role, want %d", members, test.at)
			}
			if state := strings.Count(w.read("terraform.tfstate"), `"user_email"`); state != test.at {
				t.Errorf("%d are in state, want %d: %s", state, test.at, result)
			}
			bed.hog.ClearFaults()
			w.must(0, test.command, "-auto-approve")
			if members := len(bed.hog.Members(bed.role)); (members == n) != (test.command == "apply") || (members == 0) != (test.command == "destroy") {
				t.Errorf("%d are in the role after the next %s", members, test.command)
			}
		})
	}
}
