package fakeposthog

import (
	"net/http"
	"slices"
	"strings"
)

// authenticate finds the key and its owner.
func (c *call) authenticate() *problem {
	secret, isBearer := strings.CutPrefix(c.request.Header.Get("Authorization"), "Bearer ")
	secret = strings.TrimSpace(secret)
	if !isBearer || secret == "" {
		return problemNoCredentials
	}
	key, known := c.server.world.keys[secret]
	if !known || key.Revoked {
		return problemBadKey
	}
	owner := c.server.world.users[key.Owner]
	if !owner.active {
		return problemBadKey
	}
	c.key, c.owner = key, owner
	return nil
}

// authorize checks what the key and its owner may do, and finds the organization.
func (c *call) authorize(op operation) *problem {
	if c.route.endpoint == "role_membership" && c.request.Method == http.MethodGet && c.server.config.noGetByID {
		return problemNoPersonalKeys
	}
	if c.key.ScopedProjects {
		return problemScopedProjects
	}
	if c.route.organization != "" && len(c.key.Organizations) > 0 {
		org, p := c.organization()
		if p != nil {
			return p
		}
		if !slices.Contains(c.key.Organizations, org.id) {
			return problemOtherOrganization(org.id)
		}
	}
	if !c.key.grants(op.scope) {
		return problemMissingScope(op.scope)
	}
	if c.route.organization == "" {
		return nil
	}
	org, p := c.organization()
	if p != nil {
		return p
	}
	member, in := org.memberOf[c.owner]
	switch {
	case !in:
		return problemNotMember
	case !org.active:
		return problemDeactivated
	case op.write && member.level < LevelAdmin:
		return problemNotAdmin
	}
	c.member = member
	return nil
}

// organization finds the organization the path names.
func (c *call) organization() (*organization, *problem) {
	if c.route.organization == "@current" {
		if c.owner.current == nil {
			return nil, problemNoOrganization
		}
		return c.owner.current, nil
	}
	id, wellFormed := parseUUID(c.route.organization)
	if !wellFormed && c.server.config.oldFields {
		return nil, problemServerError
	}
	org, found := c.server.world.organizations[id]
	if !found {
		return nil, problemNoOrganization
	}
	return org, nil
}

// grants reports whether the key has the scope. Write implies read.
func (k *Key) grants(scope string) bool {
	return slices.ContainsFunc(k.Scopes, func(granted string) bool {
		return granted == "*" || granted == scope || granted == strings.TrimSuffix(scope, ":read")+":write"
	})
}
