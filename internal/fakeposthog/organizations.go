package fakeposthog

import "strings"

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
