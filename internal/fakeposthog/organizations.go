package fakeposthog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// AddOrganization adds an organization without members and returns its id. The slug is derived from the name.
func (s *Server) AddOrganization(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	org := &organization{
		id: s.world.ids.next(organizationIDs), name: name, active: true,
		slug: strings.ReplaceAll(strings.ToLower(name), " ", "-"), memberOf: map[*user]*member{},
	}
	s.world.organizations[org.id] = org
	return org.id
}

// SetSlug changes the slug of an organization.
func (s *Server) SetSlug(org, slug string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.organization(org).slug = slug
}

// DeactivateOrganization deactivates an organization, so that it refuses all keys.
func (s *Server) DeactivateOrganization(org string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.organization(org).active = false
}

// RestrictVisibility shows only these users to keys of members who are not admins.
func (s *Server) RestrictVisibility(org string, visibleUserUUIDs ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	visible := map[string]bool{}
	for _, uuid := range visibleUserUUIDs {
		visible[s.user(uuid).UUID] = true
	}
	s.organization(org).visible = visible
}

// AddUser adds a new user to the organization with the level of a member.
func (s *Server) AddUser(org, email string) User {
	verified := true
	name, _, _ := strings.Cut(email, "@")
	return s.AddUserWith(org, User{Email: email, FirstName: name, LastName: "Hog", IsEmailVerified: &verified})
}

// AddUserWith adds a user to the organization with the level of a member. If the UUID exists, the existing user joins. For a new
// user, empty ids and an empty email are generated.
func (s *Server) AddUserWith(org string, u User) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(org)
	account, exists := s.world.users[strings.ToLower(u.UUID)]
	if !exists {
		account = s.addAccount(u)
	}
	if _, already := o.memberOf[account]; already {
		return account.User
	}
	now := s.tick()
	m := &member{
		id: s.world.ids.next(memberIDs), user: account, org: o, level: LevelMember, joinedAt: now, updatedAt: now,
	}
	o.members = append(o.members, m)
	o.memberOf[account] = m
	account.organizations = append(account.organizations, m)
	if account.current == nil {
		account.current = o
	}
	if o.defaultRole != nil {
		s.join(o.defaultRole, m)
	}
	return account.User
}

func (s *Server) addAccount(u User) *user {
	if u.UUID == "" {
		u.UUID = s.world.ids.next(userIDs)
	}
	u.UUID = strings.ToLower(u.UUID)
	s.world.ids["user"]++
	u.ID = cmp.Or(u.ID, 1000+s.world.ids["user"])
	u.Email = cmp.Or(u.Email, fmt.Sprintf("user-%d@example.com", u.ID))
	u.DistinctID = cmp.Or(u.DistinctID, fmt.Sprintf("distinct-%d", u.ID))
	account := &user{User: u, active: true}
	s.world.users[u.UUID] = account
	return account
}

// SetLevel changes the level of a user in the organization.
func (s *Server) SetLevel(org, userUUID string, level int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memberOf(s.organization(org), userUUID)
	m.level, m.updatedAt = level, s.tick()
}

// SetCurrentOrganization changes the organization that @current means for the user.
func (s *Server) SetCurrentOrganization(userUUID, org string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memberOf(s.organization(org), userUUID)
	m.user.current = m.org
}

// ChangeEmail changes the email of a user. Two users can have emails that differ only in case.
func (s *Server) ChangeEmail(userUUID, email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user(userUUID).Email = email
}

// DeactivateUser deactivates a user. Deactivated users keep their roles, but cannot be added to others.
func (s *Server) DeactivateUser(userUUID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user(userUUID).active = false
}

// LeaveOrganization removes a user from the organization and its roles.
func (s *Server) LeaveOrganization(org, userUUID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(org)
	m := s.memberOf(o, userUUID)
	for _, r := range o.roles {
		if row, in := r.rowOf[m.user]; in {
			s.leave(row)
		}
	}
	isThis := func(other *member) bool { return other == m }
	o.members = slices.DeleteFunc(o.members, isThis)
	delete(o.memberOf, m.user)
	m.user.organizations = slices.DeleteFunc(m.user.organizations, isThis)
	if m.user.current == o {
		m.user.current = nil
		if len(m.user.organizations) > 0 {
			m.user.current = m.user.organizations[0].org
		}
	}
}

func (s *Server) memberOf(o *organization, userUUID string) *member {
	m, ok := o.memberOf[s.user(userUUID)]
	if !ok {
		panic(fmt.Sprintf("fakeposthog: user %q is not in organization %q", userUUID, o.id))
	}
	return m
}
