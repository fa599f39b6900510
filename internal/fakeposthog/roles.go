package fakeposthog

import "slices"

// AddRole adds a role with nobody in it and returns its id.
func (s *Server) AddRole(org, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(org)
	r := &role{
		id: s.world.ids.next(roleIDs), name: name, org: o, createdAt: s.tick(), createdBy: s.world.owner,
		rowOf: map[*user]*membership{},
	}
	s.world.roles[r.id] = r
	o.roles = append(o.roles, r)
	return r.id
}

// RenameRole gives a role another name, as SCIM may.
func (s *Server) RenameRole(role, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.role(role).name = name
}

// SetDefaultRole makes the role the one that is given to those who join its organization from now on.
func (s *Server) SetDefaultRole(role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.role(role)
	r.org.defaultRole = r
}

// DeleteRole removes a role and its memberships.
func (s *Server) DeleteRole(role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.role(role)
	for _, row := range slices.Backward(slices.Clone(r.rows)) {
		s.leave(row)
	}
	delete(s.world.roles, r.id)
	at := slices.Index(r.org.roles, r)
	r.org.roles = slices.Delete(r.org.roles, at, at+1)
	if r.org.defaultRole == r {
		r.org.defaultRole = nil
	}
}
