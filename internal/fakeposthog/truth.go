package fakeposthog

import "fmt"

// Role returns the id of the default organization's i-th role that is not deleted, counted from 0 in the order added.
func (s *Server) Role(i int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	roles := s.organization("").roles
	if i < 0 || i >= len(roles) {
		panic(fmt.Sprintf("fakeposthog: there is no role %d; there are %d", i, len(roles)))
	}
	return roles[i].id
}

// RoleNames returns the name of each role of the organization by its id, whatever a key may see.
func (s *Server) RoleNames(org string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := map[string]string{}
	for _, r := range s.organization(org).roles {
		names[r.id] = r.name
	}
	return names
}

// User returns the default organization's i-th user, counted from 0 in the order joined. The owner, who was there first, is
// not counted.
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

// Owner returns the owner of the default organization, whose key is Key.
func (s *Server) Owner() User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.owner.User
}

// Members returns who is truly in the role, hidden or not, ordered by joined_at and id.
func (s *Server) Members(role string) []Membership {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.role(role).rows
	members := make([]Membership, 0, len(rows))
	for _, row := range rows {
		members = append(members, row.truth())
	}
	return members
}

// IsMember reports whether the user is truly in the role, hidden or not.
func (s *Server) IsMember(role, userUUID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, in := s.role(role).rowOf[s.user(userUUID)]
	return in
}
