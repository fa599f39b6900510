package fakeposthog

import "net/http"

// role finds the role the path names. It is nil when there is none, or when it is another organization's.
func (c *call) role() (*role, *problem) {
	id, wellFormed := parseUUID(c.route.role)
	if !wellFormed {
		// PostHog hands the text to its database layer, which raises an error nobody catches.
		return nil, problemServerError
	}
	if r, found := c.server.world.roles[id]; found && r.org == c.org {
		return r, nil
	}
	return nil, nil
}

// listMemberships answers 200 with no results for a role that does not exist, because PostHog filters by the role's id and
// never looks for the role.
func listMemberships(c *call) answer {
	r, p := c.role()
	if p != nil {
		return c.fail(p)
	}
	e := c.representation()
	var rows []*membership
	if r != nil {
		rows = e.seen(r)
	}
	unordered := c.server.pages.unsettled()
	return c.list(e, unordered, len(rows), func(i int) { e.membership(rows[i], r.id) })
}

func createMembership(c *call) answer {
	userUUID, p := c.userUUID()
	if p != nil {
		return c.fail(p)
	}
	r, p := c.role()
	if p != nil {
		return c.fail(p)
	}
	if r == nil || c.server.config.refuseExplicitOrganization && c.route.organization != "@current" {
		return c.fail(problemNoRole)
	}
	u, found := c.server.world.users[userUUID]
	if !found || !u.active || r.org.memberOf[u] == nil {
		return c.fail(problemNoUser)
	}
	if _, in := r.rowOf[u]; in {
		return c.fail(problemDuplicate)
	}
	row := c.server.join(r, r.org.memberOf[u])
	e := c.representation()
	e.membership(row, c.route.role)
	return jsonAnswer(http.StatusCreated, e.b)
}

func getMembership(c *call) answer {
	row, p := c.membership()
	if p != nil {
		return c.fail(p)
	}
	e := c.representation()
	e.membership(row, row.role.id)
	return jsonAnswer(http.StatusOK, e.b)
}

func deleteMembership(c *call) answer {
	row, p := c.membership()
	if p != nil {
		return c.fail(p)
	}
	c.server.leave(row)
	return answer{status: http.StatusNoContent}
}

// membership finds the membership the path names, among those the key sees in the role.
func (c *call) membership() (*membership, *problem) {
	r, p := c.role()
	if p != nil {
		return nil, p
	}
	id, _ := parseUUID(c.route.membership)
	row, found := c.server.world.memberships[id]
	if !found || row.role != r || !c.representation().seesRow(row) {
		return nil, problemNotFound
	}
	return row, nil
}
