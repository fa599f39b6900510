package fakeposthog

import "strings"

// This file has the behavior of servers before mid-2026, except for options and authorization.

// roleFilter returns the filter of a query for one or all roles. Newer servers ignore query parameters. Older servers use each
// parameter as a filter, and fail for names that are not fields, such as limit. This server has only the filters by name.
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

// organizationForWrites returns the organization in which roles are created. Before mid-2026 it is the current organization of
// the key's owner, not that of the path.
func (c *call) organizationForWrites() *organization {
	if c.server.config.beforeMid2026 {
		return c.owner.current
	}
	return c.org
}
