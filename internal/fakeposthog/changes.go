package fakeposthog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// AddOrganization adds an organization with nobody in it and returns its id.
func (s *Server) AddOrganization(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	org := &organization{
		id: s.world.ids.next(organizationIDs), name: name, active: true, createdAt: s.tick(),
		slug:     strings.ReplaceAll(strings.ToLower(name), " ", "-"),
		memberOf: map[*user]*member{},
	}
	s.world.organizations[org.id] = org
	return org.id
}

// DeactivateOrganization makes every key be refused there.
func (s *Server) DeactivateOrganization(org string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.organization(org).active = false
}

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
	for _, row := range r.rows {
		delete(s.world.memberships, row.id)
	}
	delete(s.world.roles, r.id)
	at := slices.Index(r.org.roles, r)
	r.org.roles = slices.Delete(r.org.roles, at, at+1)
	if r.org.defaultRole == r {
		r.org.defaultRole = nil
	}
}

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
	s.user(userUUID).current = s.organization(org)
}

// SetHedgehogConfig sets somebody's hedgehog_config to a JSON object; "" is null.
func (s *Server) SetHedgehogConfig(userUUID, object string) {
	if object != "" && !json.Valid([]byte(object)) {
		panic(fmt.Sprintf("fakeposthog: hedgehog_config is not JSON: %s", object))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user(userUUID).HedgehogConfig = object
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

// RestrictVisibility makes keys of plain members see only these users of the organization. Admins see everyone.
func (s *Server) RestrictVisibility(org string, visibleUserUUIDs ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	visible := map[string]bool{}
	for _, uuid := range visibleUserUUIDs {
		visible[s.user(uuid).UUID] = true
	}
	s.organization(org).visible = visible
}

// AddKey adds a key and returns its secret.
func (s *Server) AddKey(key Key) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key.Owner == "" {
		key.Owner = s.world.owner.UUID
	}
	key.Owner = s.user(key.Owner).UUID
	if key.Scopes == nil {
		key.Scopes = []string{"*"}
	}
	if key.Secret == "" {
		s.world.ids["key"]++
		key.Secret = fmt.Sprintf("phx_hedgehog%035d", s.world.ids["key"])
	}
	organizations := make([]string, 0, len(key.Organizations))
	for _, id := range key.Organizations {
		organizations = append(organizations, s.organization(id).id)
	}
	key.Scopes, key.Organizations = slices.Clone(key.Scopes), organizations
	s.world.keys[key.Secret] = &key
	return key.Secret
}

// RevokeKey makes a key be refused from now on.
func (s *Server) RevokeKey(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mustFindKey(s.world.keys, secret).Revoked = true
}

func mustFindKey(keys map[string]*Key, secret string) *Key {
	if key, ok := keys[secret]; ok {
		return key
	}
	panic(fmt.Sprintf("fakeposthog: there is no key %q among %v", secret, slices.Sorted(maps.Keys(keys))))
}

func (s *Server) memberOf(o *organization, userUUID string) *member {
	m, ok := o.memberOf[s.user(userUUID)]
	if !ok {
		panic(fmt.Sprintf("fakeposthog: user %q is not in organization %q", userUUID, o.id))
	}
	return m
}
