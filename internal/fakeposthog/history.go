package fakeposthog

import (
	"slices"
	"strings"
	"time"
)

// Event is somebody's joining or leaving a role, whoever made it happen: a request, or a method of Server.
type Event struct {
	UserUUID string
	In       bool // joined; otherwise left
	At       time.Time
}

// history is what happened to each role, by its id, in the order it happened. It outlives the role.
type history map[string][]Event

func (h history) note(row *membership, in bool, at time.Time) {
	h[row.role.id] = append(h[row.role.id], Event{UserUUID: row.user.UUID, In: in, At: at})
}

// History returns who joined and left the role since the start or the last ForgetHistory, in that order. Somebody who was
// removed and added again is a member at the end as at the beginning; only here can a test tell.
func (s *Server) History(role string) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events(role))
}

// ForgetHistory empties the history of every role.
func (s *Server) ForgetHistory() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.world.history)
}

// EverOut reports whether the user was out of the role at any moment since the start or the last ForgetHistory.
func (s *Server) EverOut(role, userUUID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(userUUID)
	// Who is in now and joined meanwhile was out before that, and who left was out after.
	if slices.ContainsFunc(s.events(role), func(e Event) bool { return e.UserUUID == u.UUID }) {
		return true
	}
	r, exists := s.world.roles[strings.ToLower(role)]
	return !exists || r.rowOf[u] == nil
}

// events panics for a role that never was.
func (s *Server) events(role string) []Event {
	events, some := s.world.history[strings.ToLower(role)]
	if !some {
		_ = s.role(role)
	}
	return events
}
