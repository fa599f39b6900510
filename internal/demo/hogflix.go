package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// hogflix is the PostHog of the demo: an organization with three roles and ten users.
type hogflix struct {
	*fakeposthog.Server
	roles  []role
	people []fakeposthog.User // in the order of their names
}

type role struct{ name, id string }

func newHogflix() *hogflix {
	hog := &hogflix{Server: fakeposthog.New(fakeposthog.Roles(0), fakeposthog.Users(0))}
	for _, name := range []string{"Analytics", "Engineering", "Support"} {
		hog.roles = append(hog.roles, role{name, hog.AddRole("", name)})
	}
	verified := true
	for _, name := range []string{
		"Alice Archer", "Bob Baker", "Carol Carter", "Dave Dyer", "Erin Eaton",
		"Frank Fisher", "Grace Glover", "Heidi Hunter", "Ivan Ironside", "Judy Joiner",
	} {
		first, last, _ := strings.Cut(name, " ")
		hog.people = append(hog.people, hog.AddUserWith("", fakeposthog.User{
			FirstName: first, LastName: last, Email: strings.ToLower(first) + "@example.com", IsEmailVerified: &verified,
		}))
	}
	// Memberships that were there before Terraform.
	hog.Join(hog.role("Analytics"), hog.person("Grace").UUID)
	hog.Join(hog.role("Engineering"), hog.person("Frank").UUID)
	return hog
}

// role returns the id of the role with the name.
func (h *hogflix) role(name string) string {
	for _, r := range h.roles {
		if r.name == name {
			return r.id
		}
	}
	panic(fmt.Sprintf("there is no role %q", name))
}

// person returns the user with the first name.
func (h *hogflix) person(first string) fakeposthog.User {
	for _, user := range h.people {
		if user.FirstName == first {
			return user
		}
	}
	panic(fmt.Sprintf("there is nobody named %q", first))
}

// in returns the emails of those who are truly in the role, sorted.
func (h *hogflix) in(name string) []string {
	emails := []string{}
	for _, member := range h.Members(h.role(name)) {
		emails = append(emails, member.Email)
	}
	slices.Sort(emails)
	return emails
}

// list names those who are truly in the role.
func (h *hogflix) list(r role) string {
	return cmp.Or(strings.Join(h.in(r.name), ", "), "nobody")
}

// access returns the environment variables that lead the provider here.
func (h *hogflix) access() map[string]string {
	return map[string]string{
		"POSTHOG_HOST":             h.URL,
		"POSTHOG_PERSONAL_API_KEY": h.Key,
		"POSTHOG_ORGANIZATION_ID":  h.OrganizationID,
	}
}
