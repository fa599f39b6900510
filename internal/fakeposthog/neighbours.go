package fakeposthog

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// listRoles is unordered in every version.
func listRoles(c *call) answer {
	matches, p := c.roleFilter()
	if p != nil {
		return c.fail(p)
	}
	var roles []*role
	for _, r := range c.org.roles {
		if matches(r) {
			roles = append(roles, r)
		}
	}
	e := c.representation()
	return c.list(e, true, len(roles), func(i int) { e.role(roles[i]) })
}

// listMembers is ordered, newest first unless asked otherwise, and leaves out bots and who cannot log in.
func listMembers(c *call) answer {
	e := c.representation()
	query := c.request.URL.Query()
	var since time.Time
	if text := query.Get("updated_after"); text != "" {
		var err error
		if since, err = parseTime(text); err != nil {
			return c.fail(problemServerError) // PostHog hands the text to its database layer
		}
	}
	var members []*member
	for _, m := range c.org.members {
		if m.user.active && !m.user.Bot && e.sees(m.user) && m.updatedAt.After(since) && c.asksFor(m.user, query) {
			members = append(members, m)
		}
	}
	if query.Get("order") != "joined_at" {
		slices.Reverse(members)
	}
	return c.list(e, false, len(members), func(i int) { e.member(members[i], true) })
}

// parseTime reads a time or a date.
func parseTime(text string) (time.Time, error) {
	if parsed, err := time.Parse(time.RFC3339, text); err == nil {
		return parsed, nil
	}
	return time.Parse(time.DateOnly, text)
}

// asksFor reports whether a list of members is to have the user. An email is looked up as it is spelt; a search takes parts.
func (c *call) asksFor(u *user, query url.Values) bool {
	if query.Has("email") && u.Email != query.Get("email") {
		return false
	}
	search := strings.ToLower(query.Get("search"))
	return c.server.config.before2026 || strings.Contains(strings.ToLower(u.FirstName+" "+u.LastName+" "+u.Email), search)
}

// listOrganizations gives those of the key's owner, as far as the key is good for them.
func listOrganizations(c *call) answer {
	e := c.representation()
	var members []*member
	for _, m := range c.owner.organizations {
		if len(c.key.Organizations) == 0 || slices.Contains(c.key.Organizations, m.org.id) {
			members = append(members, m)
		}
	}
	return c.list(e, false, len(members), func(i int) { e.organization(members[i]) })
}

// getOrganization answers the same for an organization that does not exist and for one that the key's owner is not in.
func getOrganization(c *call) answer {
	if c.member == nil {
		return c.fail(problemNotFound)
	}
	e := c.representation()
	e.organization(c.member)
	return jsonAnswer(http.StatusOK, e.b)
}
