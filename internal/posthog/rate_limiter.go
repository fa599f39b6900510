package posthog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// The gate's measures. A refusal costs as many refused requests as were under way when the limit was reached, so the gate
// lets at most one request be under way for each acceptedPerPlace that were accepted.
const (
	acceptedPerPlace = 40
	maxSilentBackoff = time.Minute
)

// gate is what all requests of a client go through, because PostHog's rate limit belongs to the key and not to the caller.
// A refusal closes it for everybody until PostHog's Retry-After has passed. Then requests go in one at first, and more with
// each that is accepted, so that those who waited do not run into the limit together again.
type gate struct {
	log     Logger
	backoff time.Duration

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, whenever somebody who waits should look again

	until  time.Time // closed until then
	busy   bool      // whether it was the server that asked to wait, and not the rate limit
	round  int       // counts the closings; a request belongs to the round it went in
	inside int       // requests under way
	places int       // requests that may be under way
	// threshold is where places stops growing with each accepted request and grows with each acceptedPerPlace instead.
	threshold int
	accepted  int // in this round
	silent    int // refusals in a row that did not say how long to wait
}

func newGate(log Logger, backoff time.Duration) *gate {
	return &gate{log: log, backoff: backoff, changed: make(chan struct{}), places: maxParallel, threshold: maxParallel}
}

// closedError says that the gate stays closed for longer than the caller can wait.
type closedError struct {
	remaining time.Duration
	busy      bool // as the gate's
}

func (e *closedError) Error() string {
	return fmt.Sprintf("PostHog takes no request for %s", e.remaining.Round(time.Second))
}

// enter waits until a request may be sent, and returns the round that it belongs to. It fails at once with a *closedError
// when the gate opens only after the context's deadline or after maxRetryAfter, and with the context's error when the
// context ends.
func (g *gate) enter(ctx context.Context) (round int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		g.mu.Lock()
		wait := time.Until(g.until)
		if wait <= 0 && g.inside < g.places {
			g.inside++
			round = g.round
			g.mu.Unlock()
			return round, nil
		}
		until, busy, changed := g.until, g.busy, g.changed
		g.mu.Unlock()

		deadline, ok := ctx.Deadline()
		if wait > maxRetryAfter || ok && wait > 0 && until.After(deadline) {
			return 0, &closedError{wait, busy}
		}
		await(ctx, wait, changed)
	}
}

// open waits until the gate is not closed for the rate limit, and returns the context's error when that ends first. It
// fails at once with a *closedError when the wait is longer than maxRetryAfter.
func (g *gate) open(ctx context.Context) error {
	for {
		g.mu.Lock()
		wait, busy, changed := time.Until(g.until), g.busy, g.changed
		g.mu.Unlock()
		if err := ctx.Err(); err != nil || wait <= 0 || busy {
			return err
		}
		if wait > maxRetryAfter {
			return &closedError{wait, busy}
		}
		await(ctx, wait, changed)
	}
}

// await returns when the context ends, when changed is closed, or after wait where that is positive.
func await(ctx context.Context, wait time.Duration, changed <-chan struct{}) {
	var opens <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		opens = timer.C
	}
	select {
	case <-ctx.Done():
	case <-changed:
	case <-opens:
	}
}

// leave gives the place back that enter took; the answer neither accepted nor refused anything.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.wake()
}

// accept gives the place back after PostHog took the request, whatever it answered.
func (g *gate) accept(round int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if round == g.round {
		g.accepted++
		g.silent = 0
		if g.places < maxParallel && (g.places < g.threshold || g.accepted%acceptedPerPlace == 0) {
			g.places++
		}
	}
	g.wake()
}

// refuse gives the place back after PostHog refused the request, for its rate or because it is busy, and closes the gate for
// as long as it asked, or for a growing while when it did not say (asked is zero then).
func (g *gate) refuse(ctx context.Context, round int, asked time.Duration, busy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.wake()
	g.inside--
	now := time.Now()

	if round != g.round {
		// It went in before the gate closed. The closing stands; it only lasts longer when this answer asks for more.
		if later := now.Add(asked); later.After(g.until) && asked > 0 {
			g.until, g.busy = later, busy
		}
		return
	}

	wait := asked
	if asked == 0 {
		wait = jitter(exponential(g.backoff, g.silent, maxSilentBackoff))
		g.silent++
	}
	g.threshold = min(max(g.accepted/acceptedPerPlace, 1), maxParallel)
	g.places, g.accepted = 1, 0
	g.round++
	g.until, g.busy = now.Add(wait), busy
	why := "PostHog's rate limit is reached; all requests wait"
	if busy {
		why = "PostHog asks to wait; all requests do"
	}
	g.log.Warn(ctx, why, map[string]any{"wait": wait.String()})
}

// wake makes those who wait look again. The caller holds the lock.
func (g *gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// exponential returns the wait after the given number of earlier failures: first, doubled for each, at most limit.
func exponential(first time.Duration, failures int, limit time.Duration) time.Duration {
	wait := first
	for range failures {
		if wait >= limit/2 {
			return limit
		}
		wait *= 2
	}
	return min(wait, limit)
}

// jitter returns between half of wait and all of it, so that those who failed together do not come back together.
func jitter(wait time.Duration) time.Duration {
	if wait <= 1 {
		return wait
	}
	return wait/2 + rand.N(wait/2) //nolint:gosec // Spreading load needs no secret randomness.
}
