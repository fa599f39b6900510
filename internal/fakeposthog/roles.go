package fakeposthog

import "slices"

// AddRole adds a role with nobody in it, made through the API, so that it has no created_by, and returns its id. Its name may
// be that of another role: SCIM can make two, and does not mind case.
func (s *Server) AddRole(org, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addRole(s.organization(org), name, nil).id
}

// AddRoleBy adds a role with a created_by, and returns its id. The API never sets created_by: only older rows have it.
func (s *Server) AddRoleBy(org, name, userUUID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addRole(s.organization(org), name, s.user(userUUID)).id
}

func (s *Server) addRole(o *organization, name string, by *user) *role {
	r := &role{
		id: s.world.ids.next(roleIDs), name: name, org: o, createdAt: s.tick(), createdBy: by,
		rowOf: map[*user]*membership{},
	}
	s.world.roles[r.id] = r
	o.roles = append(o.roles, r)
	return r
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
	s.deleteRole(s.role(role))
}

func (s *Server) deleteRole(r *role) {
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
