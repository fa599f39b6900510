package fakeposthog

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxRoleName = 200 // in code points, after trimming

func getRole(c *call) answer {
	r, p := c.existingRole()
	if p != nil {
		return c.fail(p)
	}
	return c.answerRole(http.StatusOK, r)
}

// createRole ignores every field except the name.
func createRole(c *call) answer {
	fields, p := c.fields()
	if p != nil {
		return c.fail(p)
	}
	name, p := c.roleName(fields, nil)
	if p != nil {
		return c.fail(p)
	}
	return c.answerRole(http.StatusCreated, c.server.addRole(c.organizationForWrites(), name, nil))
}

// updateRole answers PUT and PATCH. Only PUT requires the name.
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
	return c.answerRole(http.StatusOK, r)
}

// deleteRole deletes any role, also the default role and a role with members.
func deleteRole(c *call) answer {
	r, p := c.existingRole()
	if p != nil {
		return c.fail(p)
	}
	c.server.deleteRole(r)
	return answer{status: http.StatusNoContent}
}

// existingRole returns the role that the path names. Unlike in lists of memberships, a malformed id is a role that is not found.
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

func (c *call) answerRole(status int, r *role) answer {
	e := c.representation()
	e.role(r)
	return jsonAnswer(status, e.b)
}

// roleName returns the trimmed name among the fields, or what is wrong with it. The role itself, nil for a new one, may have
// the name already.
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
	upper := strings.ToUpper(name) // one code point at a time, as PostgreSQL does
	for _, r := range c.organizationForWrites().roles {
		if (r != itself || c.server.config.beforeMid2026) && strings.ToUpper(r.name) == upper {
			return "", problemNameTaken
		}
	}
	return name, nil
}

// isPythonSpace reports what Python's str.strip removes: Unicode's white space and four separators of ASCII.
func isPythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
