package fakeposthog

import "strings"

// This file holds what only servers before mid-2026 do, except for options and authorization.

// roleFilter returns the filter that the query makes on the list of roles and on one role. Newer servers have none. Older ones
// take every parameter for a look-up in the database, which has no limit, offset or format. Of the look-ups that the database
// has, this server knows those of the name.
func (c *call) roleFilter() (matches func(*role) bool, p *problem) {
	if !c.server.config.beforeMid2026 {
		return func(*role) bool { return true }, nil
	}
	query := c.request.URL.Query()
	for name := range query {
		if name != "name" && name != "name__iexact" {
			return nil, problemServerError
		}
	}
	upper := strings.ToUpper(query.Get("name__iexact"))
	return func(r *role) bool {
		return (!query.Has("name") || r.name == query.Get("name")) &&
			(!query.Has("name__iexact") || strings.ToUpper(r.name) == upper)
	}, nil
}

// organizationForWrites returns the organization that a role is created in. Before mid-2026 it is the one that the key's owner
// has open, whatever the path names.
func (c *call) organizationForWrites() *organization {
	if c.server.config.beforeMid2026 {
		return c.owner.current
	}
	return c.org
}
