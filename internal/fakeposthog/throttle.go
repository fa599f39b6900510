package fakeposthog

import (
	"math"
	"strconv"
	"time"
)

// rateLimit allows n requests in any period of this length.
type rateLimit struct {
	n   int
	per time.Duration
}

// rates has a sliding window for each key and limit.
type rates struct{ windows map[string][]window }

// window holds the times of the counted requests, from head on and oldest first.
type window struct {
	times []time.Time
	head  int
}

func (r *rates) init() { r.windows = map[string][]window{} }

// take counts a request of the key. If a limit refuses it, take returns the time until all limits accept a request. Limits are
// sorted from the shortest period to the longest. A refused request counts only for longer limits than the one that refuses it.
func (r *rates) take(key string, limits []rateLimit, now time.Time) (wait time.Duration, refused bool) {
	if len(limits) == 0 {
		return 0, false
	}
	windows, known := r.windows[key]
	if !known {
		windows = make([]window, len(limits))
		r.windows[key] = windows
	}
	counted := 0 // Index of the first window that counts the request.
	for i, limit := range limits {
		w := &windows[i]
		w.forget(now.Add(-limit.per))
		if w.count() >= limit.n {
			refused, counted = true, i+1
			wait = max(wait, w.timeToAccept(limit, now))
		}
	}
	for i := range windows[counted:] {
		w := &windows[counted+i]
		w.times = append(w.times, now)
	}
	return wait, refused
}

func (w *window) count() int { return len(w.times) - w.head }

// forget removes the times up to this one.
func (w *window) forget(until time.Time) {
	for w.head < len(w.times) && !w.times[w.head].After(until) {
		w.head++
	}
	if w.head > len(w.times)/2 {
		w.times = append(w.times[:0], w.times[w.head:]...)
		w.head = 0
	}
}

// timeToAccept returns the time until the oldest request is no longer counted.
func (w *window) timeToAccept(limit rateLimit, now time.Time) time.Duration {
	if w.count() == 0 {
		return limit.per // The limit is 0.
	}
	return w.times[w.head].Add(limit.per).Sub(now)
}

// throttled answers a request that a limit refuses. The wait is rounded up to whole seconds.
func (c *call) throttled(wait time.Duration) answer {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	a := c.fail(problemThrottled(seconds))
	a.header.Set(retryAfterHeader, strconv.Itoa(seconds))
	return a
}

const retryAfterHeader = "Retry-After"
