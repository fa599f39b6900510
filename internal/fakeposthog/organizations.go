package fakeposthog

import "strings"

// AddOrganization adds an organization without members and returns its id. The slug is derived from the name.
func (s *Server) AddOrganization(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	org := &organization{
		id: s.world.ids.next(organizationIDs), name: name, active: true, createdAt: s.tick(),
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
