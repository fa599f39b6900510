package fakeposthog

import "slices"

// AddRole adds a role without members and without created_by, and returns its id. Names may repeat, because SCIM can create
// roles with equal names.
func (s *Server) AddRole(org, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addRole(s.organization(org), name, nil).id
}

// AddRoleBy adds a role with created_by and returns its id. Only old roles have it, because the API never sets it.
func (s *Server) AddRoleBy(org, name, userUUID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addRole(s.organization(org), name, s.user(userUUID)).id
}

func (s *Server) addRole(o *organization, name string, createdBy *user) *role {
	r := &role{
		id: s.world.ids.next(roleIDs), name: name, org: o, createdAt: s.tick(), createdBy: createdBy,
		rowOf: map[*user]*membership{},
	}
	s.world.roles[r.id] = r
	o.roles = append(o.roles, r)
	return r
}

// RenameRole renames a role, also to a name that exists, as SCIM can.
func (s *Server) RenameRole(role, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.role(role).name = name
}

// SetDefaultRole makes the role the default. Users who join the organization later are added to it.
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
