package fakeposthog

import (
	"math"
	"strconv"
	"time"
)

// rateLimit allows n requests in any period of the given length.
type rateLimit struct {
	n   int
	per time.Duration
}

// rates remembers when each key's requests were made, one window for each limit.
type rates struct{ windows map[string][]window }

// window holds the times of the requests that still count, oldest first from head.
type window struct {
	times []time.Time
	head  int
}

func (r *rates) init() { r.windows = map[string][]window{} }

// take counts a request of the key, unless one of the limits refuses it: then it returns how long until all of them would let
// one through. The limits are ordered from the shortest period to the longest. A refused request still counts for the limits
// that are longer than the one that refuses it, as the hour's count goes on while the minute's is full; it does not count for
// shorter ones.
func (r *rates) take(key string, limits []rateLimit, now time.Time) (wait time.Duration, refused bool) {
	if len(limits) == 0 {
		return 0, false
	}
	windows, known := r.windows[key]
	if !known {
		windows = make([]window, len(limits))
		r.windows[key] = windows
	}
	counted := 0 // the windows from here on count the request
	for i, limit := range limits {
		w := &windows[i]
		w.forget(now.Add(-limit.per))
		if w.count() >= limit.n {
			refused, counted = true, i+1
			wait = max(wait, w.opens(limit, now))
		}
	}
	for i := range windows[counted:] {
		w := &windows[counted+i]
		w.times = append(w.times, now)
	}
	return wait, refused
}

func (w *window) count() int { return len(w.times) - w.head }

// forget drops the times at or before the given one.
func (w *window) forget(until time.Time) {
	for w.head < len(w.times) && !w.times[w.head].After(until) {
		w.head++
	}
	if w.head > len(w.times)/2 {
		w.times = append(w.times[:0], w.times[w.head:]...)
		w.head = 0
	}
}

// opens returns how long until the oldest request no longer counts.
func (w *window) opens(limit rateLimit, now time.Time) time.Duration {
	if w.count() == 0 {
		return limit.per // a limit of 0 never opens
	}
	return w.times[w.head].Add(limit.per).Sub(now)
}

// throttled is the answer to a request over the limit. The wait is rounded up to whole seconds, as the header has no finer.
func (c *call) throttled(wait time.Duration) answer {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	a := c.fail(problemThrottled(seconds))
	a.header.Set(retryAfterHeader, strconv.Itoa(seconds))
	return a
}

const retryAfterHeader = "Retry-After"
