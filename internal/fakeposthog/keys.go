package fakeposthog

import (
	"fmt"
	"slices"
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

// limits returns the limit of the key, or else those of the server.
func (k *Key) limits(defaults []rateLimit) []rateLimit {
	if k.Requests == 0 {
		return defaults
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
