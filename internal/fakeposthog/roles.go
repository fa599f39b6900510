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

// Join adds a user of the organization to the role, unless the user is a member, and returns the membership.
func (s *Server) Join(role, userUUID string) Membership {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ensureMember(s.role(role), userUUID).export()
}

// ensureMember returns the membership of a user, and creates it if it does not exist.
func (s *Server) ensureMember(r *role, userUUID string) *membership {
	m := s.memberOf(r.org, userUUID)
	if row, in := r.rowOf[m.user]; in {
		return row
	}
	return s.join(r, m)
}

// Leave removes a user from the role and reports whether the user was a member.
func (s *Server) Leave(role, userUUID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, in := s.role(role).rowOf[s.user(userUUID)]
	if in {
		s.leave(row)
	}
	return in
}

// HideMembership adds a user to the role with a membership that no response contains. A create is a duplicate, as with rows that
// PostHog keeps from another organization.
func (s *Server) HideMembership(role, userUUID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ensureMember(s.role(role), userUUID).hidden = true
}

// join adds a user, who must not be a member yet, to a role.
func (s *Server) join(r *role, m *member) *membership {
	now := s.tick()
	row := &membership{
		id: s.world.ids.next(membershipIDs), role: r, user: m.user, member: m, joinedAt: now, updatedAt: now,
	}
	r.rows = append(r.rows, row)
	r.rowOf[m.user] = row
	s.world.memberships[row.id] = row
	s.world.history.record(row, true, now)
	return row
}

func (s *Server) leave(row *membership) {
	r := row.role
	at := slices.Index(r.rows, row)
	r.rows = slices.Delete(r.rows, at, at+1)
	delete(r.rowOf, row.user)
	delete(s.world.memberships, row.id)
	s.world.history.record(row, false, s.tick())
}

func (row *membership) export() Membership {
	return Membership{
		ID: row.id, RoleID: row.role.id, UserUUID: row.user.UUID, Email: row.user.Email,
		JoinedAt: row.joinedAt, UpdatedAt: row.updatedAt,
	}
}
