package fakeposthog

import "fmt"

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

// Members returns all memberships of the role, including hidden ones, sorted by joined_at and id.
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

// IsMember reports whether the user is a member of the role, also with a hidden membership.
func (s *Server) IsMember(role, userUUID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, in := s.role(role).rowOf[s.user(userUUID)]
	return in
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
