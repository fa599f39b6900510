package fakeposthog

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxRoleName = 200 // in code points, after trimming

// listRoles lists roles without an order, like every version.
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
	return c.list(true, len(roles), func(i int) any { return c.roleObject(roles[i]) })
}

func getRole(c *call) answer {
	r, p := c.existingRole()
	if p != nil {
		return c.fail(p)
	}
	return jsonAnswer(http.StatusOK, c.roleObject(r))
}

// createRole uses only the name and ignores all other fields, like PostHog.
func createRole(c *call) answer {
	fields, p := c.fields()
	if p != nil {
		return c.fail(p)
	}
	name, p := c.roleName(fields, nil)
	if p != nil {
		return c.fail(p)
	}
	return jsonAnswer(http.StatusCreated, c.roleObject(c.server.addRole(c.organizationForWrites(), name, nil)))
}

// updateRole handles PUT and PATCH. Only PUT requires the name.
func updateRole(c *call) answer {
	r, p := c.existingRole()
	if p != nil {
		return c.fail(p)
	}
	fields, p := c.fields()
	if p != nil {
		return c.fail(p)
	}
	if _, given := fields["name"]; given || c.request.Method == http.MethodPut {
		name, p := c.roleName(fields, r)
		if p != nil {
			return c.fail(p)
		}
		r.name = name
	}
	return jsonAnswer(http.StatusOK, c.roleObject(r))
}

// deleteRole deletes any role, including the default role and roles with members, like PostHog.
func deleteRole(c *call) answer {
	r, p := c.existingRole()
	if p != nil {
		return c.fail(p)
	}
	c.server.deleteRole(r)
	return answer{status: http.StatusNoContent}
}

// existingRole returns the role of the path. A malformed id is a 404, unlike in lists of memberships.
func (c *call) existingRole() (*role, *problem) {
	matches, p := c.roleFilter()
	if p != nil {
		return nil, p
	}
	r, _ := c.role()
	if r == nil || !matches(r) {
		return nil, problemNotFound
	}
	return r, nil
}

// roleName returns the trimmed name of the body, or a problem. itself is the role to rename, or nil for a new role.
func (c *call) roleName(fields map[string]any, itself *role) (string, *problem) {
	value, given := fields["name"]
	if !given {
		return "", problemNameRequired
	}
	var name string
	switch value := value.(type) {
	case nil:
		return "", problemNameNull
	case string:
		name = value
	case json.Number:
		name = value.String()
	default:
		return "", problemNameNotText
	}
	name = strings.TrimFunc(name, isPythonSpace)
	switch {
	case name == "":
		return "", problemNameBlank
	case utf8.RuneCountInString(name) > maxRoleName:
		return "", problemNameTooLong
	}
	upper := strings.ToUpper(name) // Like PostgreSQL, one code point at a time.
	for _, r := range c.organizationForWrites().roles {
		if (r != itself || c.server.config.beforeMid2026) && strings.ToUpper(r.name) == upper {
			return "", problemNameTaken
		}
	}
	return name, nil
}

// isPythonSpace reports whether Python's str.strip removes a rune: Unicode white space and four ASCII separators.
func isPythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

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
