package roster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const (
	// parallelWrites limits how many writes of a batch are sent at once. Terraform's default parallelism has the same value.
	parallelWrites = 10
	// maxRoundsWithoutProgress limits the consecutive rounds in which no write is done.
	maxRoundsWithoutProgress = maxAddAttempts
	// progressInterval is the time between two progress reports of a Reconcile.
	progressInterval = time.Minute
)

// A batch sends the writes of one Add, Remove or Reconcile: all for one role and one resource. It sends them in rounds:
//
//  1. sendRound attempts each write once, in parallel. Like a circuit breaker, it stops early after several failures in a row.
//  2. verify reads the role once, for all writes of the round whose outcome is unknown.
//  3. pause waits. The next round has the writes that were not sent, and those that had no effect.
type batch struct {
	*Rosters // the client, the caches, and the claims and plan of other resources

	holder string       // identifies the resource that writes
	done   atomic.Int64 // how many writes are done

	// State of the current round.
	mu             sync.Mutex
	failuresInARow int
	lastFailure    error // the newest failure of the round; nil if there is none
	stopErr        error // why no more writes are sent; it ends the batch
}

// run sends groups of writes, one group after the other. It stops after a group in which a write has failed.
func (r *Rosters) run(ctx context.Context, holder string, progress func(done, all int), groups ...[]*write) {
	b := &batch{Rosters: r, holder: holder}
	stopReporting := b.reportProgress(progress, len(slices.Concat(groups...)))
	defer stopReporting()
	for _, writes := range groups {
		b.sendAll(ctx, writes)
		hasFailed := false
		for _, w := range writes {
			if w.err != nil && !w.isRemoval {
				b.claims.Release(w.member, holder) // permit made this resource the holder.
			}
			hasFailed = hasFailed || w.err != nil
		}
		if hasFailed {
			return
		}
	}
}

// reportProgress calls progress every progressInterval until stop is called.
func (b *batch) reportProgress(progress func(done, all int), all int) (stop func()) {
	if progress == nil {
		return func() {}
	}
	ticker := time.NewTicker(progressInterval)
	stopped := make(chan struct{})
	var reporter sync.WaitGroup
	reporter.Go(func() {
		for {
			select {
			case <-stopped:
				return
			case <-ticker.C:
				progress(int(b.done.Load()), all)
			}
		}
	})
	return func() {
		close(stopped)
		reporter.Wait()
	}
}

// sendAll sends writes in rounds until each is done or has failed.
func (b *batch) sendAll(ctx context.Context, pending []*write) {
	roundsWithoutProgress := 0
	for len(pending) > 0 {
		doneBefore := b.done.Load()
		sent := b.sendRound(ctx, pending)
		pending = slices.Concat(pending[sent:], b.verify(ctx, pending[:sent]))
		if len(pending) == 0 {
			return
		}
		roundsWithoutProgress++
		if b.done.Load() > doneBefore {
			roundsWithoutProgress = 0
		}
		if stop := b.pause(ctx, roundsWithoutProgress); stop != nil {
			for _, w := range pending {
				w.abort(&SkippedAfterFailuresError{Err: stop})
			}
			return
		}
	}
}

// sendRound attempts writes in parallel, and waits for all responses. It returns how many writes it attempted.
func (b *batch) sendRound(ctx context.Context, pending []*write) (sent int) {
	b.failuresInARow, b.lastFailure = 0, nil
	var group sync.WaitGroup
	defer group.Wait()
	slots := make(chan struct{}, parallelWrites)
	for i, w := range pending {
		slots <- struct{}{}
		if b.isFailing() {
			return i
		}
		w.attempts++
		group.Go(func() {
			defer func() { <-slots }()
			b.attempt(ctx, w)
			b.countFailure(w.err)
		})
	}
	return len(pending)
}

// countFailure counts consecutive attempts that failed because PostHog does not work: without a response, or with a server error. Other
// errors concern one write, and reset the count.
func (b *batch) countFailure(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch err.(type) { //nolint:errorlint // This package and package posthog return their errors unwrapped.
	case nil, *AlreadyClaimedError, *StillWantedError, *SkippedAfterRefusalError:
		b.failuresInARow = 0
		return
	case *posthog.APIError:
		if !posthog.MayHaveHappened(err) {
			b.failuresInARow = 0
			return
		}
	}
	b.failuresInARow++
	b.lastFailure = err
	if _, needsStop := errors.AsType[*posthog.LongWaitError](err); needsStop { // PostHog asked to wait for more than an hour.
		b.stopErr = err
	}
}

// isFailing reports whether the round must end early.
func (b *batch) isFailing() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failuresInARow >= parallelWrites || b.stopErr != nil
}

// pause waits before the next round. It returns an error if there must be no next round.
func (b *batch) pause(ctx context.Context, roundsWithoutProgress int) error {
	if b.stopErr != nil {
		return b.stopErr
	}
	_, hasGivenUp := errors.AsType[*posthog.GaveUpError](b.lastFailure) // A write has used up its retry timeout.
	if hasGivenUp || roundsWithoutProgress >= maxRoundsWithoutProgress {
		// If PostHog works, lastFailure is nil. Then the next round follows at once, because each write has its own limit of attempts.
		return b.lastFailure
	}
	return b.client.Backoff(ctx, roundsWithoutProgress, b.lastFailure) // waits longer after each round without progress
}
