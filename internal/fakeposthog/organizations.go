package fakeposthog

import (
	"fmt"
	"strings"
)

// AddOrganization adds an organization with nobody in it and returns its id. Its slug is made of its name.
func (s *Server) AddOrganization(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slug := strings.ReplaceAll(strings.ToLower(name), " ", "-")
	for s.slugTaken(slug) {
		slug += "-2"
	}
	org := &organization{
		id: s.world.ids.next(organizationIDs), name: name, active: true, createdAt: s.tick(), slug: slug,
		memberOf: map[*user]*member{},
	}
	s.world.organizations[org.id] = org
	return org.id
}

// SetSlug gives an organization another slug. No two organizations have the same.
func (s *Server) SetSlug(org, slug string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slugTaken(slug) {
		panic(fmt.Sprintf("fakeposthog: there is an organization %q already", slug))
	}
	s.organization(org).slug = slug
}

func (s *Server) slugTaken(slug string) bool {
	for _, org := range s.world.organizations {
		if org.slug == slug {
			return true
		}
	}
	return false
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
