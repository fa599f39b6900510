package fakeposthog

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Key is a personal API key, or an OAuth token if Secret begins with pha_.
type Key struct {
	Owner          string   // UUID of the user; "" is the owner of the default organization
	Scopes         []string // nil is *, empty is none
	Organizations  []string // when not empty, the key is limited to these organizations
	ScopedProjects bool     // the key is limited to projects, so it is good for nothing here
	Revoked        bool
	Secret         string        // "" makes one up
	Requests       int           // when not 0, the key's own limit: so many in any Per, in the place of what RateLimit says
	Per            time.Duration // goes with Requests
}

// limits returns what the key is allowed: its own limit, else those of the server.
func (k *Key) limits(ofAll []rateLimit) []rateLimit {
	if k.Requests == 0 {
		return ofAll
	}
	return []rateLimit{{n: k.Requests, per: k.Per}}
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
	organizations := make([]string, 0, len(key.Organizations))
	for _, id := range key.Organizations {
		organizations = append(organizations, s.organization(id).id)
	}
	key.Scopes, key.Organizations = slices.Clone(key.Scopes), organizations
	s.world.keys[key.Secret] = &key
	return key.Secret
}

// RevokeKey makes a key be refused from now on.
func (s *Server) RevokeKey(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mustFindKey(s.world.keys, secret).Revoked = true
}

func mustFindKey(keys map[string]*Key, secret string) *Key {
	if key, ok := keys[secret]; ok {
		return key
	}
	panic(fmt.Sprintf("fakeposthog: there is no key %q among %v", secret, slices.Sorted(maps.Keys(keys))))
}
