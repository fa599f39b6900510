package roster

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const (
	// writers is how many writes of one role are under way at once, which is as many as Terraform has by default.
	writers = 10
	// tidings is how often a long reconciliation tells how far it is.
	tidings = time.Minute
)

// A Change is what is to change about who is in a role.
type Change struct {
	Role   posthog.RoleRef
	Holder string // the resource that it is for, as in Add
	// Add are the UUIDs of those who are to come, Remove the memberships of those who are to go.
	Add    []string
	Remove []posthog.Membership
	// Progress is told every minute how many of all writes are done; nil when nobody wants to know.
	Progress func(done, all int)
}

// An Outcome is what has become of a change.
type Outcome struct {
	// Added are the memberships of those who were to come and are in the role, whoever has put them there.
	Added []posthog.Membership
	// Removed are the memberships of those who were to go and are not in the role.
	Removed []posthog.Membership
	// Kept are the memberships of those who were to go and stay, because this process has put them there for another resource.
	Kept []posthog.Membership
	// Failures are about all others, in the order of the change.
	Failures []Failure
}

// A Failure says that somebody was not added or not removed.
type Failure struct {
	UserUUID string
	Removing bool
	// Err is a *StoppedError, or one of the errors of Add but for *ExistsError, or of Remove but for *WantedError.
	Err error
}

// Claim has users be in a role for the resource called holder, before it reads who is there: no other resource of this process
// takes them out from then on. The error is that of a context which has ended.
func (r *Rosters) Claim(ctx context.Context, ref posthog.RoleRef, users []string, holder string) error {
	return r.claims.claim(ctx, ref, users, holder)
}

// Reconcile changes who is in a role: first those come who are to come, then those go who are to go, up to ten at a time.
// Each write has a retry timeout of its own, and waits for PostHog's rate limit without one, so that thousands get through.
// What a fault leaves unclear is looked up once for all of them. Who is there already, or gone already, is no failure. It
// goes on after a failure, and begins nothing more when the context ends, or when PostHog refuses for a reason that holds
// for all.
func (r *Rosters) Reconcile(ctx context.Context, change Change) Outcome {
	run := &reconciliation{Rosters: r, change: change}
	stop := run.tell()
	defer stop()
	for _, user := range change.Add {
		run.writes = append(run.writes, &write{userUUID: user})
	}
	run.settle(ctx, run.writes)
	removals := make([]*write, 0, len(change.Remove))
	for _, membership := range change.Remove {
		removals = append(removals, &write{userUUID: membership.User.UUID, removing: true, membership: membership})
	}
	run.writes = append(run.writes, removals...)
	run.settle(ctx, removals)
	return run.outcome()
}

// reconciliation is one Reconcile under way.
type reconciliation struct {
	*Rosters

	change Change
	writes []*write // those that are to be settled by now, in the order of the change

	mu      sync.Mutex
	done    int   // how many writes are settled
	faults  int   // how many in a row PostHog has not answered
	fault   error // how the last failed that PostHog has not answered in this round
	stopped error // why no more writes are sent
}

// tell tells of the progress until it is stopped.
func (run *reconciliation) tell() (stop func()) {
	if run.change.Progress == nil {
		return func() {}
	}
	clock, stopClock := run.tidings()
	ended := make(chan struct{})
	var told sync.WaitGroup
	told.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-clock:
				run.change.Progress(run.progress(), len(run.change.Add)+len(run.change.Remove))
			}
		}
	})
	return func() {
		close(ended)
		told.Wait()
		stopClock()
	}
}

// everyMinute is the clock of all but tests.
func everyMinute() (clock <-chan time.Time, stop func()) {
	ticker := time.NewTicker(tidings)
	return ticker.C, ticker.Stop
}

// settle sends writes until each is settled or has failed for good. After each round, one look at the role tells what has
// become of those that are unclear.
func (run *reconciliation) settle(ctx context.Context, pending []*write) {
	for barren := 0; len(pending) > 0; {
		before := run.progress()
		again := run.send(ctx, pending)
		var unclear []*write
		for _, w := range pending {
			if w.unclear {
				unclear = append(unclear, w)
			}
		}
		if len(unclear) > 0 {
			role, look := run.look(ctx, unclear)
			for _, w := range unclear {
				if w.unclear = false; run.judge(ctx, w, role, look) {
					again = append(again, w)
				}
			}
		}
		pending = again
		if barren++; run.progress() > before {
			barren = 0
		}
		if len(pending) == 0 {
			return
		}
		stop := run.stopped
		if stop == nil && (barren >= maxAdds || gaveUp(run.fault)) {
			stop = run.fault
		}
		if stop == nil {
			stop = run.api.Backoff(ctx, barren, run.fault)
		}
		if stop != nil {
			run.stop(stop) // Whoever is to go stays, too: those who were to take over may not be there.
			for _, w := range pending {
				w.err = unclearOr(run.change.Role, w, &StoppedError{stop})
			}
			return
		}
	}
}

// send sends writes, up to ten at a time, and returns when all that were sent have been answered. When ten in a row have
// failed in a way that is not PostHog's answer to them, it leaves the others for later and returns them.
func (run *reconciliation) send(ctx context.Context, pending []*write) (unsent []*write) {
	run.faults, run.fault = 0, nil
	var group sync.WaitGroup
	places := make(chan struct{}, writers)
	for i, w := range pending {
		places <- struct{}{}
		if run.failing() {
			unsent = slices.Clone(pending[i:])
			break
		}
		w.tries++
		group.Go(func() {
			defer func() { <-places }()
			run.attempt(ctx, w)
			run.answered(w.err)
		})
	}
	group.Wait()
	return unsent
}

// answered counts the writes in a row that PostHog has not answered.
func (run *reconciliation) answered(err error) {
	run.mu.Lock()
	defer run.mu.Unlock()
	switch err.(type) { //nolint:errorlint // This package and package posthog return their errors unwrapped.
	case nil, *TwiceError:
		run.faults = 0
		return
	case *RefusedError:
		run.stopped = err
		return
	case *posthog.APIError:
		if !posthog.MayHaveHappened(err) {
			run.faults = 0
			return
		}
	}
	run.faults++
	run.fault = err
}

// failing reports whether PostHog has not answered as many writes in a row as are under way at once.
func (run *reconciliation) failing() bool {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.faults >= writers || run.stopped != nil
}

// gaveUp reports whether a write has used up its time, or would have to wait for longer than it has. It is not sent again.
func gaveUp(err error) bool {
	_, timedOut := errors.AsType[*posthog.GaveUpError](err)
	return timedOut
}

// look reads the role after the last of the writes that are unclear.
func (run *reconciliation) look(ctx context.Context, unclear []*write) (*Roster, error) {
	last := slices.MaxFunc(unclear, func(a, b *write) int { return cmp.Compare(a.wrote, b.wrote) })
	if err := run.api.Ready(ctx); err != nil {
		return nil, err
	}
	role, _, err := run.roles.since(ctx, run.change.Role, last.wrote)
	return role, err
}

// settled notes that a write is done.
func (run *reconciliation) settled(w *write) {
	w.settled, w.err = true, nil
	run.mu.Lock()
	defer run.mu.Unlock()
	run.done++
}

// progress returns how many writes are done.
func (run *reconciliation) progress() int {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.done
}

// stop has no more writes sent.
func (run *reconciliation) stop(why error) {
	run.mu.Lock()
	defer run.mu.Unlock()
	run.stopped = why
}

// outcome tells what has become of the writes.
func (run *reconciliation) outcome() Outcome {
	var outcome Outcome
	for _, w := range run.writes {
		switch {
		case w.kept:
			outcome.Kept = append(outcome.Kept, w.membership)
		case !w.settled:
			outcome.Failures = append(outcome.Failures, Failure{w.userUUID, w.removing, w.err})
		case w.removing:
			outcome.Removed = append(outcome.Removed, w.membership)
		default:
			outcome.Added = append(outcome.Added, w.membership)
		}
	}
	return outcome
}
