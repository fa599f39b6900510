package posthog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// The gate's measures. A refusal costs as many refused requests as were under way when the limit was reached, so the gate
// lets at most one request be under way for each acceptedPerStep that were accepted.
const (
	acceptedPerStep = 40
	maxUnknownWait  = time.Minute
)

// rateLimiter is what all requests of a client go through, because PostHog's rate limit belongs to the key and not to the caller.
// A refusal closes it for everybody until PostHog's Retry-After has passed. Then requests go in one at first, and more with
// each that is accepted, so that those who waited do not run into the limit together again.
type rateLimiter struct {
	log     Logger
	backoff time.Duration

	mu     sync.Mutex
	wakeup chan struct{} // closed, and made anew, whenever somebody who waits should look again

	closedUntil  time.Time // closed until then
	isServerBusy bool      // whether it was the server that asked to wait, and not the rate limit
	round        int       // counts the closings; a request belongs to the round it went in
	inFlight     int       // requests under way
	window       int       // requests that may be under way
	// threshold is where places stops growing with each accepted request and grows with each acceptedPerPlace instead.
	threshold    int
	accepted     int // in this round
	unknownWaits int // refusals in a row that did not say how long to wait
}

func newRateLimiter(log Logger, backoff time.Duration) *rateLimiter {
	return &rateLimiter{log: log, backoff: backoff, wakeup: make(chan struct{}), window: maxParallel, threshold: maxParallel}
}

// limiterClosedError says that the gate stays closed for longer than the caller can wait.
type limiterClosedError struct {
	remaining    time.Duration
	isServerBusy bool // as the gate's
}

func (e *limiterClosedError) Error() string {
	return fmt.Sprintf("PostHog takes no request for %s", e.remaining.Round(time.Second))
}

// acquire waits until a request may be sent, and returns the round that it belongs to. It fails at once with a *closedError
// when the gate opens only after the context's deadline or after maxRetryAfter, and with the context's error when the
// context ends.
func (g *rateLimiter) acquire(ctx context.Context) (round int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		g.mu.Lock()
		wait := time.Until(g.closedUntil)
		if wait <= 0 && g.inFlight < g.window {
			g.inFlight++
			round = g.round
			g.mu.Unlock()
			return round, nil
		}
		until, busy, changed := g.closedUntil, g.isServerBusy, g.wakeup
		g.mu.Unlock()

		deadline, ok := ctx.Deadline()
		if wait > maxRetryAfter || ok && wait > 0 && until.After(deadline) {
			return 0, &limiterClosedError{wait, busy}
		}
		sleep(ctx, wait, changed)
	}
}

// waitWhileRateLimited waits until the gate is not closed for the rate limit, and returns the context's error when that ends first. It
// fails at once with a *closedError when the wait is longer than maxRetryAfter.
func (g *rateLimiter) waitWhileRateLimited(ctx context.Context) error {
	for {
		g.mu.Lock()
		wait, busy, changed := time.Until(g.closedUntil), g.isServerBusy, g.wakeup
		g.mu.Unlock()
		if err := ctx.Err(); err != nil || wait <= 0 || busy {
			return err
		}
		if wait > maxRetryAfter {
			return &limiterClosedError{wait, busy}
		}
		sleep(ctx, wait, changed)
	}
}

// sleep returns when the context ends, when changed is closed, or after wait where that is positive.
func sleep(ctx context.Context, wait time.Duration, changed <-chan struct{}) {
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

// release gives the place back that enter took; the answer neither accepted nor refused anything.
func (g *rateLimiter) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	g.wakeAll()
}

// releaseAccepted gives the place back after PostHog took the request, whatever it answered.
func (g *rateLimiter) releaseAccepted(round int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	if round == g.round {
		g.accepted++
		g.unknownWaits = 0
		if g.window < maxParallel && (g.window < g.threshold || g.accepted%acceptedPerStep == 0) {
			g.window++
		}
	}
	g.wakeAll()
}

// releaseRejected gives the place back after PostHog refused the request, for its rate or because it is busy, and closes the gate for
// as long as it asked, or for a growing while when it did not say (asked is zero then).
func (g *rateLimiter) releaseRejected(ctx context.Context, round int, asked time.Duration, busy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.wakeAll()
	g.inFlight--
	now := time.Now()

	if round != g.round {
		// It went in before the gate closed. The closing stands; it only lasts longer when this answer asks for more.
		if later := now.Add(asked); later.After(g.closedUntil) && asked > 0 {
			g.closedUntil, g.isServerBusy = later, busy
		}
		return
	}

	wait := asked
	if asked == 0 {
		wait = jitter(exponential(g.backoff, g.unknownWaits, maxUnknownWait))
		g.unknownWaits++
	}
	g.threshold = min(max(g.accepted/acceptedPerStep, 1), maxParallel)
	g.window, g.accepted = 1, 0
	g.round++
	g.closedUntil, g.isServerBusy = now.Add(wait), busy
	why := "PostHog's rate limit is reached; all requests wait"
	if busy {
		why = "PostHog asks to wait; all requests do"
	}
	g.log.Warn(ctx, why, map[string]any{"wait": wait.String()})
}

// wakeAll makes those who wait look again. The caller holds the lock.
func (g *rateLimiter) wakeAll() {
	close(g.wakeup)
	g.wakeup = make(chan struct{})
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
