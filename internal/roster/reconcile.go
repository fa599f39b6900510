package roster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const (
	// parallelWrites limits how many writes of one role are sent at once. It is Terraform's default parallelism.
	parallelWrites = 10
	// progressInterval is how often a long Reconcile reports progress.
	progressInterval = time.Minute
)

// A Change lists the users to add to a role and the memberships to remove from it.
type Change struct {
	Role   posthog.RoleRef
	Holder string // the resource that it is for, as in Add
	Add    []string
	Remove []posthog.Membership
	// Progress is called every minute with the number of writes done, and of all. It may be nil.
	Progress func(done, all int)
}

// An Outcome is the result of a Change.
type Outcome struct {
	// Added are the memberships of users who were added, Existing those of users who were members already.
	Added, Existing []posthog.Membership
	// Removed are the memberships of users who are not in the role any more.
	Removed []posthog.Membership
	// Kept are memberships that were to be removed, and that another resource of this process holds or declares.
	Kept []posthog.Membership
	// Skipped are memberships that were to be removed, and were not because an addition failed.
	Skipped []posthog.Membership
	// Failures are about all others, in the order of the change.
	Failures []Failure
}

// A Failure reports a user who was not added or not removed.
type Failure struct {
	UserUUID string
	Removing bool
	// Err is one of the errors of Add except *ExistsError, or of Remove.
	Err error
}

// Claim makes the resource called holder the holder of memberships, except those that another resource holds. After it returns,
// no other resource of this process removes these users. The error is that of a context that has ended.
func (r *Rosters) Claim(ctx context.Context, ref posthog.RoleRef, users []string, holder string) error {
	for _, user := range users {
		member := ownership.Member{Role: ref, UserUUID: user}
		unlock, err := r.claims.Lock(ctx, member)
		if err != nil {
			return r.api.ContextError(ctx, nil)
		}
		r.claims.Hold(member, holder)
		unlock()
	}
	return nil
}

// Reconcile changes the members of a role. It sends all additions before any removal, at most ten requests in parallel, and
// sends no removal unless every addition has succeeded. Each write has a retry timeout of its own, and waits for PostHog's rate
// limit without one. Writes with an unknown outcome are verified together by one read of the role. Adding an existing member
// or removing a missing one is not an error. Reconcile goes on after a failure. It sends nothing more when the context ends,
// when PostHog refuses every write, or when PostHog stops answering.
func (r *Rosters) Reconcile(ctx context.Context, change Change) Outcome {
	var adds, removals []*write
	for _, user := range change.Add {
		adds = append(adds, &write{member: ownership.Member{Role: change.Role, UserUUID: user}, keep: true})
	}
	for _, membership := range change.Remove {
		removals = append(removals, &write{
			member: ownership.Member{Role: change.Role, UserUUID: membership.User.UUID}, removing: true, membership: membership,
		})
	}
	outcome := Outcome{}
	r.run(ctx, change.Holder, change.Progress, adds, removals)
	for _, w := range slices.Concat(adds, removals) {
		outcome.record(w)
	}
	return outcome
}

func (o *Outcome) record(w *write) {
	switch {
	case w.err != nil:
		o.Failures = append(o.Failures, Failure{w.member.UserUUID, w.removing, w.err})
	case w.kept:
		o.Kept = append(o.Kept, w.membership)
	case !w.done:
		o.Skipped = append(o.Skipped, w.membership)
	case w.removing:
		o.Removed = append(o.Removed, w.membership)
	case w.existed:
		o.Existing = append(o.Existing, w.membership)
	default:
		o.Added = append(o.Added, w.membership)
	}
}

// A batch is the writes of one call, all of one role and for one resource.
type batch struct {
	*Rosters

	holder string

	mu     sync.Mutex
	done   int   // writes that are done
	faults int   // writes in a row that PostHog has not answered
	fault  error // how the last of them failed in this round
	stop   error // why no more writes are sent
}

// run sends the writes of each phase, and begins a phase only if every write of the one before is done.
func (r *Rosters) run(ctx context.Context, holder string, progress func(done, all int), phases ...[]*write) {
	b := &batch{Rosters: r, holder: holder}
	defer b.report(progress, len(slices.Concat(phases...)))()
	for _, writes := range phases {
		b.sendAll(ctx, writes)
		failed := false
		for _, w := range writes {
			if w.err != nil && !w.removing {
				b.claims.Release(w.member, holder)
			}
			failed = failed || w.err != nil
		}
		if failed {
			return
		}
	}
}

// report calls progress every minute until it is stopped.
func (b *batch) report(progress func(done, all int), all int) (stop func()) {
	if progress == nil {
		return func() {}
	}
	clock, stopClock := b.tidings()
	ended := make(chan struct{})
	var reporter sync.WaitGroup
	reporter.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-clock:
				progress(b.doneCount(), all)
			}
		}
	})
	return func() {
		close(ended)
		reporter.Wait()
		stopClock()
	}
}

// everyMinute is the clock of Reconcile's progress. Tests replace it.
func everyMinute() (clock <-chan time.Time, stop func()) {
	ticker := time.NewTicker(progressInterval)
	return ticker.C, ticker.Stop
}

// sendAll sends writes in rounds until each has ended. A round ends early when PostHog does not answer; one read of the role then
// verifies the unclear writes, and the next round begins after a pause.
func (b *batch) sendAll(ctx context.Context, pending []*write) {
	for idle := 0; len(pending) > 0; {
		done := b.doneCount()
		unsent := b.sendRound(ctx, pending)
		pending = slices.Concat(unsent, b.verify(ctx, pending[:len(pending)-len(unsent)]))
		if idle++; b.doneCount() > done {
			idle = 0
		}
		if len(pending) == 0 {
			return
		}
		stop := b.stop
		if stop == nil && (idle >= maxAdds || gaveUp(b.fault)) {
			stop = b.fault
		}
		if stop == nil {
			stop = b.api.Backoff(ctx, idle, b.fault)
		}
		if stop != nil {
			for _, w := range pending {
				w.err = b.stopped(w, &SkippedAfterFailuresError{stop})
			}
			return
		}
	}
}

// stopped returns the error of a write that is not sent, or not again, because of stop.
func (b *batch) stopped(w *write, stop error) error {
	if w.uncertain == nil {
		return stop
	}
	return &UnclearError{w.member.Role, w.member.UserUUID, w.uncertain, nil}
}

// sendRound sends writes and waits for all answers. After ten faults in a row it returns the rest unsent.
func (b *batch) sendRound(ctx context.Context, pending []*write) (unsent []*write) {
	b.faults, b.fault = 0, nil
	var group sync.WaitGroup
	defer group.Wait()
	slots := make(chan struct{}, parallelWrites)
	for i, w := range pending {
		slots <- struct{}{}
		if b.isFailing() {
			return pending[i:]
		}
		w.attempts++
		group.Go(func() {
			defer func() { <-slots }()
			b.attempt(ctx, w)
			b.countFaults(w.err)
		})
	}
	return nil
}

// countFaults counts the writes in a row that PostHog has not answered.
func (b *batch) countFaults(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch err.(type) { //nolint:errorlint // This package and package posthog return their errors unwrapped.
	case nil, *AlreadyClaimedError, *StillWantedError:
		b.faults = 0
		return
	case *SkippedAfterRefusalError:
		b.stop = err
		return
	case *posthog.APIError:
		if !posthog.MayHaveHappened(err) {
			b.faults = 0
			return
		}
	}
	b.faults++
	b.fault = err
	if _, long := errors.AsType[*posthog.LongWaitError](err); long {
		b.stop = err
	}
}

// isFailing reports whether a round ends early.
func (b *batch) isFailing() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults >= parallelWrites || b.stop != nil
}

// doneCount returns how many writes are done.
func (b *batch) doneCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.done
}

// gaveUp reports whether a write has used up its retry timeout. It is not sent again.
func gaveUp(err error) bool {
	_, timedOut := errors.AsType[*posthog.GaveUpError](err)
	return timedOut
}

// onlyLimited reports whether nothing but PostHog's rate limit kept a write from being done.
func onlyLimited(err error) bool {
	gaveUp, ok := errors.AsType[*posthog.GaveUpError](err)
	return ok && gaveUp.IsOnlyRateLimited()
}
