package roster

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// No more writes are sent once PostHog refuses every write, or does not answer.
func TestReconcile_stops(t *testing.T) {
	isRefused := func(err error) bool { _, ok := errors.AsType[*SkippedAfterRefusalError](err); return ok }
	isStopped := func(err error) bool { _, ok := errors.AsType[*SkippedAfterFailuresError](err); return ok }
	limited := &posthog.GaveUpError{Limit: time.Minute, Asked: time.Hour, Limited: true}
	for name, test := range map[string]struct {
		err  error
		want func(error) bool // of the writes that were not sent
		most int              // the most creates
	}{
		"the key may not write":        {forbidden, isRefused, parallelWrites},
		"PostHog fails":                {broken, isStopped, maxAddAttempts * 2 * parallelWrites},
		"no connection":                {&posthog.TransportError{Err: errors.New("connection refused")}, isStopped, maxAddAttempts * 2 * parallelWrites},
		"the retry timeout has passed": {&posthog.GaveUpError{Limit: time.Minute, Asked: time.Hour, Err: broken}, isStopped, 2 * parallelWrites},
		"the rate limit never ends":    {limited, isStopped, 4 * parallelWrites},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			a.create = func(context.Context, int, string) (posthog.Membership, error) { return posthog.Membership{}, test.err }
			const n = 1000
			// Alice is not removed, because the additions fail.
			outcome := a.rosters().Reconcile(t.Context(), Change{Role: role, Holder: "members", Add: testUsers(n - 1), Remove: []posthog.Membership{a.addMember(alice)}})
			a.expect(t, "delete", 0)
			unsent := 0
			for _, failure := range outcome.Failures {
				if failure.Err == nil {
					t.Fatalf("there is no error of %s", failure.UserUUID)
				}
				if test.want(failure.Err) {
					unsent++
				}
			}
			if len(outcome.Failures) != n-1 || len(outcome.Skipped) != 1 || unsent < n-test.most {
				t.Errorf("%d failures, %d not sent, %d skipped; want %d, at least %d, and 1",
					len(outcome.Failures), unsent, len(outcome.Skipped), n-1, n-test.most)
			}
			if sent := a.calls["create"]; sent > test.most {
				t.Errorf("%d creates were sent, want at most %d", sent, test.most)
			}
			if pauses := a.calls["backoff"]; pauses > 0 && posthog.ReasonOf(test.err) == posthog.ReasonNotAdmin {
				t.Errorf("it waits %d times after a refusal of every write", pauses)
			}
			t.Logf("%d creates, %d reads", a.calls["create"], a.calls["read"])
		})
	}
}

// After an interrupt, requests in flight are answered and no other is sent.
func TestReconcile_interrupted(t *testing.T) {
	a := newAPI()
	users := testUsers(40)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var sent sync.WaitGroup
	sent.Add(parallelWrites)
	a.create = func(_ context.Context, n int, user string) (posthog.Membership, error) {
		if sent.Done(); n == 1 {
			sent.Wait()
			interrupt()
		}
		<-ctx.Done()
		return a.addMember(user), nil
	}
	removed := a.addMember(alice)
	outcome := a.rosters().Reconcile(ctx, Change{Role: role, Holder: "members", Add: users, Remove: []posthog.Membership{removed}})
	if len(outcome.Added) != parallelWrites || len(outcome.Failures) != 30 || len(outcome.Skipped) != 1 {
		t.Errorf("%d were added and %d failed, want %d and 30", len(outcome.Added), len(outcome.Failures), parallelWrites)
	}
	for _, failure := range outcome.Failures {
		if !errors.Is(failure.Err, context.Canceled) {
			t.Errorf("the failure is %v", failure.Err)
		}
	}
	a.expect(t, "create", parallelWrites)
	a.expect(t, "delete", 0)
}

// A removal is sent only if every addition has succeeded, for all reasons of a failure.
func TestReconcile_failedAdditionSkipsRemovals(t *testing.T) {
	for name, failure := range map[string]error{
		"500": broken, "the connection is lost": lost, "a login page": loginPage, "the user is unknown": unknownUser,
		"the membership is hidden": duplicate, "no connection": &posthog.TransportError{Err: errors.New("connection refused")},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI()
			removed := a.addMember(alice)
			a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
				if user == bob {
					return posthog.Membership{}, failure
				}
				return a.addMember(user), nil
			}
			outcome := a.rosters().Reconcile(t.Context(), Change{
				Role: role, Holder: "members", Add: append(testUsers(3), bob), Remove: []posthog.Membership{removed},
			})
			a.expect(t, "delete", 0)
			if len(outcome.Failures) != 1 || len(outcome.Added) != 3 || len(outcome.Skipped) != 1 || !a.isMember(alice) {
				t.Errorf("the outcome is %+v", outcome)
			}
		})
	}
}

// A batch continues while rounds complete writes, without a limit of rounds.
func TestReconcile_continuesWhileThereIsProgress(t *testing.T) {
	a := newAPI()
	rounds, calls := 0, 0
	a.create = func(_ context.Context, _ int, user string) (posthog.Membership, error) {
		a.mu.Lock()
		if a.calls["backoff"] != rounds {
			rounds, calls = a.calls["backoff"], 0
		}
		calls++
		fails := calls > 30
		a.mu.Unlock()
		if fails {
			return posthog.Membership{}, broken
		}
		return a.addMember(user), nil
	}
	outcome := a.rosters().Reconcile(t.Context(), Change{Role: role, Holder: "members", Add: testUsers(240)})
	if len(outcome.Added) != 240 || rounds < maxAddAttempts+1 {
		t.Errorf("%d were added in %d rounds: %v", len(outcome.Added), rounds+1, outcome.Failures)
	}
}

// A Retry-After longer than every rate limit of PostHog ends a batch at once.
func TestReconcile_longWait(t *testing.T) {
	a := newAPI()
	a.create = func(context.Context, int, string) (posthog.Membership, error) {
		return posthog.Membership{}, &posthog.LongWaitError{Asked: 24 * time.Hour}
	}
	outcome := a.rosters().Reconcile(t.Context(), Change{Role: role, Holder: "members", Add: testUsers(100)})
	if sent := a.calls["create"]; sent > 2*parallelWrites || len(outcome.Failures) != 100 {
		t.Errorf("%d creates were sent, and %d failed", sent, len(outcome.Failures))
	}
	a.expect(t, "backoff", 0)
}
