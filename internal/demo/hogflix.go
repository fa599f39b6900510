package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// hogflix is the PostHog of the demo: an organization with three roles and ten users.
type hogflix struct {
	*fakeposthog.Server
	roles []hogflixRole
	users []fakeposthog.User // sorted by name
}

type hogflixRole struct{ name, id string }

func newHogflix() *hogflix {
	hog := &hogflix{Server: fakeposthog.New(fakeposthog.Roles(0), fakeposthog.Users(0))}
	for _, name := range []string{"Analytics", "Engineering", "Support"} {
		hog.roles = append(hog.roles, hogflixRole{name: name, id: hog.AddRole("", name)})
	}
	verified := true
	for _, name := range []string{
		"Alice Archer", "Bob Baker", "Carol Carter", "Dave Dyer", "Erin Eaton",
		"Frank Fisher", "Grace Glover", "Heidi Hunter", "Ivan Ironside", "Judy Joiner",
	} {
		first, last, _ := strings.Cut(name, " ")
		hog.users = append(hog.users, hog.AddUserWith("", fakeposthog.User{
			FirstName: first, LastName: last, Email: strings.ToLower(first) + "@example.com", IsEmailVerified: &verified,
		}))
	}
	// These memberships exist before Terraform runs.
	hog.Join(hog.role("Analytics"), hog.user("Grace").UUID)
	hog.Join(hog.role("Engineering"), hog.user("Frank").UUID)
	return hog
}

// role returns the id of a role. It panics if the role does not exist.
func (h *hogflix) role(name string) string {
	i := slices.IndexFunc(h.roles, func(r hogflixRole) bool { return r.name == name })
	return h.roles[i].id
}

// user returns the user with the first name. It panics if the user does not exist.
func (h *hogflix) user(firstName string) fakeposthog.User {
	i := slices.IndexFunc(h.users, func(u fakeposthog.User) bool { return u.FirstName == firstName })
	return h.users[i]
}

// emails returns the emails of the members of a role, sorted.
func (h *hogflix) emails(role string) []string {
	emails := []string{}
	for _, member := range h.Members(h.role(role)) {
		emails = append(emails, member.Email)
	}
	slices.Sort(emails)
	return emails
}

// list returns the emails of the members of a role as a text.
func (h *hogflix) list(role string) string {
	return cmp.Or(strings.Join(h.emails(role), ", "), "nobody")
}

// access returns the environment variables that configure the provider for this PostHog.
func (h *hogflix) access() map[string]string {
	return map[string]string{
		"POSTHOG_HOST":             h.URL,
		"POSTHOG_PERSONAL_API_KEY": h.Key,
		"POSTHOG_ORGANIZATION_ID":  h.OrganizationID,
	}
}
