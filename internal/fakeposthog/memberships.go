package fakeposthog

import "net/http"

// role returns the role of the path, or nil if the organization does not have it.
func (c *call) role() (*role, *problem) {
	id, wellFormed := parseUUID(c.route.role)
	if !wellFormed {
		return nil, problemServerError // PostHog does not check the text, and the database rejects it.
	}
	if r, found := c.server.world.roles[id]; found && r.org == c.org {
		return r, nil
	}
	return nil, nil
}

// listMemberships answers 200 without results if the role does not exist, because PostHog only filters rows by the role's id.
func listMemberships(c *call) answer {
	r, p := c.role()
	if p != nil {
		return c.fail(p)
	}
	var rows []*membership
	if r != nil {
		rows = c.visibleRows(r)
	}
	unordered := c.server.config.unorderedFirst > 0
	if unordered {
		c.server.config.unorderedFirst--
	}
	return c.list(unordered, len(rows), func(i int) any { return c.server.config.membership(rows[i], r.id) })
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
	return jsonAnswer(http.StatusCreated, c.server.config.membership(row, c.route.role))
}

func getMembership(c *call) answer {
	row, p := c.membership()
	if p != nil {
		return c.fail(p)
	}
	return jsonAnswer(http.StatusOK, c.server.config.membership(row, row.role.id))
}

func deleteMembership(c *call) answer {
	row, p := c.membership()
	if p != nil {
		return c.fail(p)
	}
	c.server.leave(row)
	return answer{status: http.StatusNoContent}
}

// membership returns the membership of the path, if the key may see it.
func (c *call) membership() (*membership, *problem) {
	r, p := c.role()
	if p != nil {
		return nil, p
	}
	id, _ := parseUUID(c.route.membership)
	row, found := c.server.world.memberships[id]
	if !found || row.role != r || !c.canSeeRow(row) {
		return nil, problemNotFound
	}
	return row, nil
}
