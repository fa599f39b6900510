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
	roles []string           // names at the start
	users []fakeposthog.User // sorted by name
}

func newHogflix() *hogflix {
	hog := &hogflix{Server: fakeposthog.New(fakeposthog.Roles(0), fakeposthog.Users(0))}
	hog.roles = []string{"Analytics", "Engineering", "Support"}
	for _, name := range hog.roles {
		hog.AddRole("", name)
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
	for id, found := range h.RoleNames("") {
		if strings.EqualFold(found, name) {
			return id
		}
	}
	panic("there is no role " + name)
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
	return cmp.Or(strings.Join(h.emails(role), ", "), "no members")
}

// userName returns the part of the user's email before the @.
func userName(user fakeposthog.User) string {
	name, _, _ := strings.Cut(user.Email, "@")
	return name
}

// access returns the environment variables that configure the provider for this PostHog.
func (h *hogflix) access() map[string]string {
	return map[string]string{
		"POSTHOG_HOST":             h.URL,
		"POSTHOG_PERSONAL_API_KEY": h.Key,
		"POSTHOG_ORGANIZATION_ID":  h.OrganizationID,
	}
}
