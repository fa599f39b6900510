package fakeposthog

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Key is a personal API key, or an OAuth access token if Secret begins with pha_.
type Key struct {
	Owner          string   // UUID of a user; "" means the owner of the default organization
	Scopes         []string // nil means *; an empty list means none
	Organizations  []string // if not empty, the key is limited to these organizations
	ScopedProjects bool     // the key is limited to projects, so that every request here is refused
	Revoked        bool
	Secret         string // "" generates one
	Requests       int    // if not 0, limit of this key in each period Per, instead of RateLimit
	Per            time.Duration
}

// AddKey adds a key and returns its secret.
func (s *Server) AddKey(key Key) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key.Owner == "" {
		key.Owner = s.world.owner.UUID
	}
	key.Owner = s.user(key.Owner).UUID
	if key.Scopes == nil {
		key.Scopes = []string{"*"}
	}
	if key.Secret == "" {
		s.world.ids["key"]++
		key.Secret = fmt.Sprintf("phx_hedgehog%035d", s.world.ids["key"])
	}
	key.Scopes, key.Organizations = slices.Clone(key.Scopes), slices.Clone(key.Organizations)
	for i, id := range key.Organizations {
		key.Organizations[i] = s.organization(id).id
	}
	s.world.keys[key.Secret] = &key
	return key.Secret
}

// RevokeKey revokes a key.
func (s *Server) RevokeKey(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, found := s.world.keys[secret]
	if !found {
		panic(fmt.Sprintf("fakeposthog: there is no key %q", secret))
	}
	key.Revoked = true
}

// grants reports whether the key has the scope. Write implies read.
func (k *Key) grants(scope string) bool {
	return slices.ContainsFunc(k.Scopes, func(granted string) bool {
		return granted == "*" || granted == scope || granted == strings.TrimSuffix(scope, ":read")+":write"
	})
}

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
