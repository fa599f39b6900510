package posthog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// acceptedPerStep is how many requests must be accepted before the window grows by one, once it has reached the threshold.
	acceptedPerStep = 40
	// maxUnknownWait limits the wait after a 429 without a Retry-After.
	maxUnknownWait = time.Minute
)

// rateLimiter delays the requests of a client. All requests share it, because PostHog's rate limit belongs to the key. It
// works like TCP slow start: after a 429 and its Retry-After it allows one request at a time, then one more per accepted
// request up to the threshold, then one more per 40. This keeps rejected requests under 5%.
type rateLimiter struct {
	log     Logger
	backoff time.Duration // the first wait after a 429 without a Retry-After

	mu     sync.Mutex
	wakeup chan struct{} // closed and replaced when a waiting request should check again

	closedUntil  time.Time // no request is allowed before this time
	isServerBusy bool      // the limiter was closed by a 503, not by the rate limit
	round        int       // how many times the limiter was closed; a request belongs to the round in which it was sent
	inFlight     int       // requests being sent
	window       int       // maximum of inFlight
	threshold    int       // the window grows fast below it and slowly above it
	accepted     int       // requests accepted in this round
	unknownWaits int       // consecutive 429s without a Retry-After
}

func newRateLimiter(log Logger, backoff time.Duration) *rateLimiter {
	return &rateLimiter{log: log, backoff: backoff, wakeup: make(chan struct{}), window: maxParallel, threshold: maxParallel}
}

// limiterClosedError reports that the limiter stays closed longer than the caller may wait.
type limiterClosedError struct {
	remaining    time.Duration
	isServerBusy bool // as in rateLimiter
}

func (e *limiterClosedError) Error() string {
	return fmt.Sprintf("PostHog accepts no requests for %s", e.remaining.Round(time.Second))
}

// acquire blocks until a request may be sent and returns its round. The caller must call one of the release methods. It
// returns a *limiterClosedError at once if the wait would pass the context's deadline or maxRetryAfter. It returns the
// context's error when the context ends.
func (l *rateLimiter) acquire(ctx context.Context) (round int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		l.mu.Lock()
		wait := time.Until(l.closedUntil)
		if wait <= 0 && l.inFlight < l.window {
			l.inFlight++
			round = l.round
			l.mu.Unlock()
			return round, nil
		}
		closedUntil, isServerBusy, wakeup := l.closedUntil, l.isServerBusy, l.wakeup
		l.mu.Unlock()

		deadline, hasDeadline := ctx.Deadline()
		if wait > maxRetryAfter || hasDeadline && closedUntil.After(deadline) {
			return 0, &limiterClosedError{remaining: wait, isServerBusy: isServerBusy}
		}
		sleep(ctx, wait, wakeup)
	}
}

// waitForRateLimit blocks while the limiter is closed because of the rate limit. It returns a *limiterClosedError at once if
// the wait is longer than maxRetryAfter, and the context's error when the context ends.
func (l *rateLimiter) waitForRateLimit(ctx context.Context) error {
	for {
		l.mu.Lock()
		wait, isServerBusy, wakeup := time.Until(l.closedUntil), l.isServerBusy, l.wakeup
		l.mu.Unlock()
		if err := ctx.Err(); err != nil || wait <= 0 || isServerBusy {
			return err
		}
		if wait > maxRetryAfter {
			return &limiterClosedError{remaining: wait, isServerBusy: isServerBusy}
		}
		sleep(ctx, wait, wakeup)
	}
}

// sleep returns when the context ends, when wakeup is closed, or after wait. Without a positive wait there is no time limit.
func sleep(ctx context.Context, wait time.Duration, wakeup <-chan struct{}) {
	var elapsed <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-ctx.Done():
	case <-wakeup:
	case <-elapsed:
	}
}

// release ends a request that got no response.
func (l *rateLimiter) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	l.wakeAll()
}

// releaseAccepted ends a request that was not rejected by the rate limit. It lets the window grow.
func (l *rateLimiter) releaseAccepted(round int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	if round == l.round {
		l.accepted++
		l.unknownWaits = 0
		if l.window < maxParallel && (l.window < l.threshold || l.accepted%acceptedPerStep == 0) {
			l.window++
		}
	}
	l.wakeAll()
}

// releaseRejected ends a request that was answered 429 or 503, and closes the limiter for retryAfter. If retryAfter is zero,
// the wait doubles with each consecutive rejection.
func (l *rateLimiter) releaseRejected(ctx context.Context, round int, retryAfter time.Duration, isServerBusy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wakeAll()
	l.inFlight--
	now := time.Now()

	if round != l.round {
		// The limiter was closed after this request was sent. The rejection can only extend the wait.
		if later := now.Add(retryAfter); later.After(l.closedUntil) {
			l.closedUntil, l.isServerBusy = later, isServerBusy
		}
		return
	}

	wait := retryAfter
	if wait == 0 {
		wait = jitter(exponential(l.backoff, l.unknownWaits, maxUnknownWait))
		l.unknownWaits++
	}
	l.threshold = l.accepted / acceptedPerStep
	l.window, l.accepted = 1, 0
	l.round++
	l.closedUntil, l.isServerBusy = now.Add(wait), isServerBusy
	message := "PostHog's rate limit is reached; all requests wait"
	if isServerBusy {
		message = "PostHog is busy; all requests wait"
	}
	l.log.Warn(ctx, message, map[string]any{"wait": wait.String()})
}

// wakeAll makes all waiting requests check again. The caller must hold the lock.
func (l *rateLimiter) wakeAll() {
	close(l.wakeup)
	l.wakeup = make(chan struct{})
}

// exponential returns first, doubled for each earlier failure up to limit.
func exponential(first time.Duration, failures int, limit time.Duration) time.Duration {
	wait := first
	for range failures {
		wait = min(2*wait, limit)
	}
	return wait
}

// jitter returns a random time between half of wait and wait, so that failed requests are not all repeated at once.
func jitter(wait time.Duration) time.Duration {
	return wait/2 + rand.N(wait/2+1) //nolint:gosec // Spreading load needs no secure randomness.
}
