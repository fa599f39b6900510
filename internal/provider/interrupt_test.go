package provider

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// interrupt runs a command of Terraform, presses Ctrl-C when a request of a kind has arrived, and returns what came of it.
// That it ends at all is what is tested: left alone it would wait for many minutes.
func (w *workspace) interrupt(hog *fakeposthog.Server, kind string, arguments ...string) outcome {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	command := w.command(ctx, arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	if err := hog.WaitForRequest(ctx, kind, 1); err != nil {
		w.t.Fatalf("%s did not come: %v", kind, err)
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		w.t.Fatal(err)
	}
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
	result := w.interrupt(bed.hog, "POST role_memberships", "apply", "-auto-approve")
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
	w.apply()
	bed.hog.ForgetRequests()
	action, release := fakeposthog.Hold()
	defer release()
	bed.hog.Inject(fakeposthog.Fault{On: "GET role_memberships", Do: action, Times: fakeposthog.Forever})
	result := w.interrupt(bed.hog, "GET role_memberships", "plan")
	if result.code == 0 || !says("Terraform was interrupted", "Nothing more was sent.").MatchString(result.stdout+result.stderr) {
		t.Errorf("the plan succeeded, or does not say what happened: %s", result)
	}
	bed.hog.ClearFaults()
	release()
	w.must(0, "plan", "-detailed-exitcode")
}

func TestInterrupt_whileTheAnswerToACreateIsOnItsWay(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	action, release := fakeposthog.HoldAfter()
	defer release()
	bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: action})
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider() + membership(bed.role, bed.user)})
	result := w.interrupt(bed.hog, "POST role_memberships", "apply", "-auto-approve")
	if !bed.hog.IsMember(bed.role, bed.user) {
		t.Fatal("the create did not happen")
	}
	// It was looked up: Terraform knows of the membership, and has nothing to do.
	bed.hog.ForgetRequests()
	if planned := w.run("plan", "-detailed-exitcode"); planned.code != 0 {
		t.Errorf("the plan is not empty: %s\nafter %s", planned, result)
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 0)
}
