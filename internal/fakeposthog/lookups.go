package fakeposthog

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role returns the id of the i-th existing role of the default organization, from 0, in the order of creation.
func (s *Server) Role(i int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	roles := s.organization("").roles
	if i < 0 || i >= len(roles) {
		panic(fmt.Sprintf("fakeposthog: there is no role %d; there are %d", i, len(roles)))
	}
	return roles[i].id
}

// User returns the i-th user of the default organization, from 0, in the order of joining. It does not count the owner.
func (s *Server) User(i int) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	members := s.organization("").members
	if len(members) > 0 && members[0].user == s.world.owner {
		members = members[1:]
	}
	if i < 0 || i >= len(members) {
		panic(fmt.Sprintf("fakeposthog: there is no user %d; there are %d", i, len(members)))
	}
	return members[i].user.User
}

// Owner returns the owner of the default organization. Key is the key of this user.
func (s *Server) Owner() User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.owner.User
}

// Members returns all memberships of the role, including hidden ones, sorted by joined_at.
func (s *Server) Members(role string) []Membership {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.role(role).rows
	members := make([]Membership, 0, len(rows))
	for _, row := range rows {
		members = append(members, row.export())
	}
	return members
}

// RoleNames returns the name of each role of the organization by its id.
func (s *Server) RoleNames(org string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := map[string]string{}
	for _, r := range s.organization(org).roles {
		names[r.id] = r.name
	}
	return names
}

// IsMember reports whether the user is a member of the role, also with a hidden membership.
func (s *Server) IsMember(role, userUUID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, in := s.role(role).rowOf[s.user(userUUID)]
	return in
}

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
