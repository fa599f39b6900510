package fakeposthog

import (
	"cmp"
	"slices"
)

// Join puts somebody of the role's organization in the role and returns the membership, which is the one there is when the
// user is in the role already.
func (s *Server) Join(role, userUUID string) Membership {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.joined(s.role(role), userUUID).truth()
}

func (s *Server) joined(r *role, userUUID string) *membership {
	m := s.memberOf(r.org, userUUID)
	if row, in := r.rowOf[m.user]; in {
		return row
	}
	return s.join(r, m)
}

// Leave takes somebody out of the role and reports whether they were in it.
func (s *Server) Leave(role, userUUID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, in := s.role(role).rowOf[s.user(userUUID)]
	if in {
		s.leave(row)
	}
	return in
}

// HideMembership makes sure that somebody is in the role, and that no list shows it. Creating it answers that the user is in
// the role already, as for rows kept from another organization.
func (s *Server) HideMembership(role, userUUID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.role(role)
	row := s.joined(r, userUUID)
	if !row.hidden {
		row.hidden = true
		r.hidden++
	}
}

// NullOrganizationMember makes sure that somebody is in the role, and that the membership's organization_member is null: PostHog
// did not note it at first, and old rows are still without. Keys that do not see everyone do not see such a row.
func (s *Server) NullOrganizationMember(role, userUUID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.joined(s.role(role), userUUID).orphan = true
}

// join puts a user in a role. The user must be in the organization and not in the role.
func (s *Server) join(r *role, m *member) *membership {
	now := s.tick()
	row := &membership{
		id: s.world.ids.next(membershipIDs), role: r, user: m.user, member: m, joinedAt: now, updatedAt: now,
	}
	at, _ := slices.BinarySearchFunc(r.rows, row, byJoinedAt)
	r.rows = slices.Insert(r.rows, at, row)
	r.rowOf[m.user] = row
	s.world.memberships[row.id] = row
	s.world.history.note(row, true, now)
	return row
}

// leave removes a membership.
func (s *Server) leave(row *membership) {
	r := row.role
	if at, found := slices.BinarySearchFunc(r.rows, row, byJoinedAt); found {
		r.rows = slices.Delete(r.rows, at, at+1)
	}
	if row.hidden {
		r.hidden--
	}
	delete(r.rowOf, row.user)
	delete(s.world.memberships, row.id)
	s.world.history.note(row, false, s.tick())
}

// byJoinedAt is the order of the newest version: the id breaks ties, so that pages cannot skip or repeat a row.
func byJoinedAt(a, b *membership) int {
	return cmp.Or(a.joinedAt.Compare(b.joinedAt), cmp.Compare(a.id, b.id))
}

func (row *membership) truth() Membership {
	return Membership{
		ID: row.id, RoleID: row.role.id, UserUUID: row.user.UUID, Email: row.user.Email,
		JoinedAt: row.joinedAt, UpdatedAt: row.updatedAt,
	}
}
