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

// rates has the times of the counted requests of each key, oldest first, for each limit.
type rates map[string][][]time.Time

// take counts a request of the key. If a limit refuses it, take returns the time until all limits accept a request. Limits are
// sorted from the shortest period to the longest. A refused request counts only for longer limits than the one that refuses it.
func (r rates) take(key string, limits []rateLimit, now time.Time) (wait time.Duration, refused bool) {
	if r[key] == nil {
		r[key] = make([][]time.Time, len(limits))
	}
	counted := 0 // Index of the first limit that counts the request.
	for i, limit := range limits {
		times := r[key][i]
		for len(times) > 0 && !times[0].After(now.Add(-limit.per)) {
			times = times[1:]
		}
		r[key][i] = times
		if len(times) >= limit.n {
			refused, counted = true, i+1
			wait = max(wait, times[0].Add(limit.per).Sub(now))
		}
	}
	for i := counted; i < len(limits); i++ {
		r[key][i] = append(r[key][i], now)
	}
	return wait, refused
}

// throttled answers a request that a limit refuses. The wait is rounded up to whole seconds.
func (c *call) throttled(wait time.Duration) answer {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	a := c.fail(problemThrottled(seconds))
	a.header.Set("Retry-After", strconv.Itoa(seconds))
	return a
}
