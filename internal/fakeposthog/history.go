package fakeposthog

import (
	"slices"
	"strings"
	"time"
)

// Event is the addition or removal of a member, by a request or by a method of Server.
type Event struct {
	UserUUID string
	In       bool // added; false means removed
	At       time.Time
}

// history has the events of each role by id, oldest first. It keeps those of deleted roles.
type history map[string][]Event

func (h history) record(row *membership, in bool, at time.Time) {
	h[row.role.id] = append(h[row.role.id], Event{UserUUID: row.user.UUID, In: in, At: at})
}

// History returns the events of the role since the start or the last ForgetHistory, oldest first.
func (s *Server) History(role string) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events(role))
}

// ForgetHistory deletes the history of all roles.
func (s *Server) ForgetHistory() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.world.history)
}

// EverOut reports whether the user was outside of the role at any time since the start or the last ForgetHistory.
func (s *Server) EverOut(role, userUUID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(userUUID)
	// An added user was outside before the event, and a removed user after it.
	if slices.ContainsFunc(s.events(role), func(e Event) bool { return e.UserUUID == u.UUID }) {
		return true
	}
	r, exists := s.world.roles[strings.ToLower(role)]
	return !exists || r.rowOf[u] == nil
}

// events returns the events of a role. It panics if the role never existed.
func (s *Server) events(role string) []Event {
	events, found := s.world.history[strings.ToLower(role)]
	if !found {
		_ = s.role(role)
	}
	return events
}
