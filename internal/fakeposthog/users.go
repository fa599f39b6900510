package fakeposthog

import (
	"fmt"
	"slices"
	"strings"
)

// AddUser adds somebody new to the organization, as a plain member.
func (s *Server) AddUser(org, email string) User {
	verified := true
	name, _, _ := strings.Cut(email, "@")
	return s.AddUserWith(org, User{Email: email, FirstName: name, LastName: "Hog", IsEmailVerified: &verified})
}

// AddUserWith adds somebody to the organization, as a plain member. Somebody whose UUID exists joins with the account there
// is; otherwise an ID, UUID, distinct id and email are made up where they are empty.
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
	if u.ID == 0 {
		u.ID = 1000 + s.world.ids["user"]
	}
	if u.Email == "" {
		u.Email = fmt.Sprintf("user-%d@example.com", u.ID)
	}
	if u.DistinctID == "" {
		u.DistinctID = fmt.Sprintf("distinct-%d", u.ID)
	}
	account := &user{User: u, active: true}
	s.world.users[u.UUID] = account
	return account
}

// SetLevel makes somebody a plain member, an admin or an owner of the organization.
func (s *Server) SetLevel(org, userUUID string, level int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memberOf(s.organization(org), userUUID)
	m.level, m.updatedAt = level, s.tick()
}

// SetCurrentOrganization opens the organization in somebody's web app, so that @current stands for it.
func (s *Server) SetCurrentOrganization(userUUID, org string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memberOf(s.organization(org), userUUID)
	m.user.current = m.org
}

// ChangeEmail gives somebody another email. PostHog tells emails apart by case, so two users can have what a person takes for
// the same one.
func (s *Server) ChangeEmail(userUUID, email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user(userUUID).Email = email
}

// LogIn makes somebody log in now. Those who never did have no last_login.
func (s *Server) LogIn(userUUID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user(userUUID).lastLogin = s.tick()
}

// DeactivateUser keeps somebody from logging in. Deactivated users stay listed in their roles, but can be added to none.
func (s *Server) DeactivateUser(userUUID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user(userUUID).active = false
}

// LeaveOrganization takes somebody out of the organization and so out of its roles.
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
