package fakeposthog

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// listRoles is unordered in every version. Older servers answer 500 when limit is given.
func listRoles(c *call) answer {
	if c.server.config.oldFields && c.request.URL.Query().Has("limit") {
		return c.fail(problemServerError)
	}
	e := c.representation()
	roles := c.org.roles
	return c.list(e, true, len(roles), func(i int) { e.role(roles[i]) })
}

func getRole(c *call) answer {
	// Unlike in lists, a malformed id is a role that is not found.
	r, p := c.role()
	if p != nil || r == nil {
		return c.fail(problemNotFound)
	}
	e := c.representation()
	e.role(r)
	return jsonAnswer(http.StatusOK, e.b)
}

// listMembers is ordered, newest first unless asked otherwise, and leaves out bots and who cannot log in.
func listMembers(c *call) answer {
	e := c.representation()
	query := c.request.URL.Query()
	var members []*member
	for _, m := range c.org.members {
		if m.user.active && !m.user.Bot && e.sees(m.user) && c.asksFor(m.user, query) {
			members = append(members, m)
		}
	}
	switch query.Get("order") {
	case "", "-joined_at":
		slices.Reverse(members)
	case "joined_at":
	default:
		return c.fail(problemServerError) // PostHog hands any text to its database layer; other columns are not known here
	}
	return c.list(e, false, len(members), func(i int) { e.member(members[i], true) })
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

func getOrganization(c *call) answer {
	e := c.representation()
	e.organization(c.member)
	return jsonAnswer(http.StatusOK, e.b)
}
