package fakeposthog

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// listMembers lists members, newest first, without bots and deactivated users.
func listMembers(c *call) answer {
	query := c.request.URL.Query()
	var members []*member
	for _, m := range slices.Backward(c.org.members) {
		if m.user.active && !m.user.Bot && c.canSee(m.user) && c.matchesQuery(m.user, query) {
			members = append(members, m)
		}
	}
	return c.list(false, len(members), func(i int) any {
		object := c.server.config.member(members[i])
		object.LastLogin = null
		return object
	})
}

// matchesQuery reports whether a user matches the filters of a list of members: email is exact, search matches a part.
func (c *call) matchesQuery(u *user, query url.Values) bool {
	if query.Has("email") && u.Email != query.Get("email") {
		return false
	}
	search := strings.ToLower(query.Get("search"))
	return c.server.config.before2026 || strings.Contains(strings.ToLower(u.FirstName+" "+u.LastName+" "+u.Email), search)
}

// listOrganizations lists the organizations of the key's owner, except those that the key may not use.
func listOrganizations(c *call) answer {
	var members []*member
	for _, m := range c.owner.organizations {
		if len(c.key.Organizations) == 0 || slices.Contains(c.key.Organizations, m.org.id) {
			members = append(members, m)
		}
	}
	return c.list(false, len(members), func(i int) any { return c.server.config.organization(members[i]) })
}

// getOrganization answers 404 if the organization does not exist or the key's owner is not a member.
func getOrganization(c *call) answer {
	if c.member == nil {
		return c.fail(problemNotFound)
	}
	return jsonAnswer(http.StatusOK, c.server.config.organization(c.member))
}
