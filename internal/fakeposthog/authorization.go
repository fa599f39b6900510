package fakeposthog

import (
	"slices"
	"strings"
)

// authenticate sets the key and its owner.
func (c *call) authenticate() *problem {
	query := c.request.URL.Query()
	if query.Get("token") != "" || query.Get("api_key") != "" {
		return problemBadQueryKey // PostHog reads these as project keys and ignores the header.
	}
	secret, isBearer := strings.CutPrefix(c.request.Header.Get("Authorization"), "Bearer ")
	secret = strings.TrimSpace(secret)
	if !isBearer || secret == "" || strings.HasPrefix(secret, "phs_") {
		return problemNoCredentials // phs_ is a project's secret key, not a personal key.
	}
	key, known := c.server.world.keys[secret]
	if known && !key.Revoked && c.server.world.users[key.Owner].active {
		c.key, c.owner = key, c.server.world.users[key.Owner]
		return nil
	}
	if strings.HasPrefix(secret, "pha_") {
		return problemBadToken
	}
	return problemBadKey
}

// findOrganization sets the organization of the path. The organization endpoint checks the scope first, so that it accepts an
// unknown organization here.
func (c *call) findOrganization() *problem {
	if c.route.organization == "" {
		return nil
	}
	if c.route.organization == "@current" {
		c.org = c.owner.current
	} else {
		id, wellFormed := parseUUID(c.route.organization)
		if !wellFormed && c.server.config.before2026 {
			return problemServerError // The database rejected the text.
		}
		c.org = c.server.world.organizations[id]
	}
	if c.org == nil && (c.route.endpoint != "organization" || c.route.organization == "@current") {
		return problemNoOrganization
	}
	return nil
}

// authorize checks the rights of the key and its owner. op is nil if the path does not have the method.
func (c *call) authorize(op *operation) *problem {
	switch {
	case op == nil:
		return problemNoPersonalKeys
	case c.key.ScopedProjects:
		return problemScopedProjects
	case c.org != nil && len(c.key.Organizations) > 0 && !slices.Contains(c.key.Organizations, c.org.id):
		return problemOtherOrganization(c.org.id)
	case !c.key.grants(op.scope):
		return problemMissingScope(op.scope)
	case c.org == nil:
		return nil
	}
	member, in := c.org.memberOf[c.owner]
	switch {
	case !in && c.route.endpoint == "organization":
		return nil
	case !in:
		return problemNotMember
	case !c.org.active:
		return problemDeactivated
	case op.write && c.server.config.beforeMid2026:
		if c.owner.current.memberOf[c.owner].level < LevelAdmin {
			return problemNotOpenAdmin
		}
	case op.write && member.level < LevelAdmin:
		return problemNotAdmin
	}
	c.member = member
	return nil
}

// grants reports whether the key has the scope. Write implies read.
func (k *Key) grants(scope string) bool {
	return slices.ContainsFunc(k.Scopes, func(granted string) bool {
		return granted == "*" || granted == scope || granted == strings.TrimSuffix(scope, ":read")+":write"
	})
}
