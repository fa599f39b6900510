package provider

import (
	"context"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// Ctrl-C while PostHog is at a write: what was sent is finished, nothing else is begun, and state and server agree.
func TestFaultMatrix_interrupts(t *testing.T) {
	t.Parallel()
	for when, hold := range map[string]func() (fakeposthog.Action, func()){"before the work": fakeposthog.Hold, "after the work": fakeposthog.HoldAfter} {
		for _, operation := range writing {
			t.Run(operation.name+"/"+when, func(t *testing.T) {
				t.Parallel()
				c := newCell(t, fault{}, operation, justOnce, false)
				action, release := hold()
				c.bed.hog.Inject(fakeposthog.Fault{On: operation.request, Do: action})
				code, errors := c.interrupted(release)
				if code != 0 {
					t.Errorf("what was sent was not finished: %s", errors)
				}
				c.expectStateIsTrue()
				c.bed.hog.ExpectRequests(t, operation.request, 1)
				c.heals(operation.command, 0)
			})
		}
	}
}

// Ctrl-C while the provider waits to try again: it waits no longer, sends nothing more, and the next run heals.
func TestFaultMatrix_interruptsOfWaits(t *testing.T) {
	t.Parallel()
	for _, operation := range operations {
		t.Run(operation.name, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, fault{pace: patient}, operation, justOnce, false)
			c.bed.hog.Inject(fakeposthog.Fault{On: operation.request, Do: fakeposthog.Throttle("90"), Times: fakeposthog.Forever})
			code, errors := c.interrupted(func() {})
			if code != 1 || !acctest.Message("Error: "+operation.summary, "interrupted").MatchString(errors) {
				t.Errorf("exit code %d, and the message does not say that it was interrupted: %s", code, errors)
			}
			c.bed.hog.ExpectRequests(t, operation.request, 1)
			c.bed.hog.ClearFaults()
			c.heals(operation.command, operation.well())
			c.expectStateIsTrue()
		})
	}
}

// interrupted runs the cell's command, presses Ctrl-C when the request has arrived, and does what is to happen then.
func (c *cell) interrupted(then func()) (code int, errors string) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer then()
		if err := c.bed.hog.WaitForRequest(ctx, c.operation.request, 1); err != nil {
			c.t.Errorf("%s did not come: %v", c.operation.request, err)
			return
		}
		c.runner.(*coreRunner).Interrupt(ctx)
	}()
	code, errors = c.terraform(c.operation.command)
	cancel()
	<-done
	return code, errors
}
