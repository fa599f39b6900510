package fakeposthog

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// route is a parsed path.
type route struct {
	endpoint     string // "" if the path has no endpoint
	organization string
	role         string
	membership   string
}

// parseRoute parses a path, with or without a trailing slash. Only the last part may have a dot, as in PostHog's router.
func parseRoute(path string) route {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	last := len(parts) - 1
	if last < 1 || parts[0] != "api" || parts[1] != "organizations" || parts[last] == "" ||
		slices.ContainsFunc(parts[:last], isUnroutable) {
		return route{}
	}
	parts = append(parts[2:], "", "", "", "", "")[:max(5, len(parts)-2)]
	r := route{organization: parts[0], role: parts[2], membership: parts[4]}
	switch {
	case len(parts) > 5:
		return route{}
	case parts[0] == "":
		r.endpoint = "organizations"
	case parts[1] == "":
		r.endpoint = "organization"
	case parts[1] == "members" && parts[2] == "":
		r.endpoint = "members"
	case parts[1] == "members" && parts[3] == "":
		r.endpoint, r.role = "member", ""
	case parts[1] != "roles":
		return route{}
	case parts[2] == "":
		r.endpoint = "roles"
	case parts[3] == "":
		r.endpoint = "role"
	case parts[3] != "role_memberships":
		return route{}
	case parts[4] == "":
		r.endpoint = "role_memberships"
	default:
		r.endpoint = "role_membership"
	}
	return r
}

func isUnroutable(part string) bool { return part == "" || strings.Contains(part, ".") }

// kind returns the kind of a request, which is also its key in operations.
func (r route) kind(method, path string) string {
	if r.endpoint == "" {
		return method + " " + path
	}
	return method + " " + r.endpoint
}

// operation is a method of an endpoint.
type operation struct {
	scope string
	write bool // requires an admin
	do    func(*call) answer
}

// operations are the methods that the provider or its tests use. PostHog has more.
var operations = map[string]operation{
	"GET role_memberships":   {scope: "organization:read", do: listMemberships},
	"POST role_memberships":  {scope: "organization:write", write: true, do: createMembership},
	"PATCH role_memberships": {scope: "organization:write", write: true, do: refuseMethod},
	"GET role_membership":    {scope: "organization:read", do: getMembership},
	"DELETE role_membership": {scope: "organization:write", write: true, do: deleteMembership},
	"GET roles":              {scope: "organization:read", do: listRoles},
	"POST roles":             {scope: "organization:write", write: true, do: createRole},
	"PATCH roles":            {scope: "organization:write", write: true, do: refuseMethod},
	"GET role":               {scope: "organization:read", do: getRole},
	"PUT role":               {scope: "organization:write", write: true, do: updateRole},
	"PATCH role":             {scope: "organization:write", write: true, do: updateRole},
	"DELETE role":            {scope: "organization:write", write: true, do: deleteRole},
	"GET members":            {scope: "organization_member:read", do: listMembers},
	"PATCH members":          {scope: "organization_member:write", do: refuseMethod},
	"GET organizations":      {scope: "organization:read", do: listOrganizations},
	"PATCH organizations":    {scope: "organization:write", do: refuseMethod},
	"GET organization":       {scope: "organization:read", do: getOrganization},
}

// operation returns the operation of the request, or nil if the endpoint does not have the method.
func (c *call) operation() *operation {
	method := c.request.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http omits the body.
	}
	if c.route.endpoint == "role_membership" && method == http.MethodGet && c.server.config.before2026 {
		return nil
	}
	op, known := operations[method+" "+c.route.endpoint]
	if !known {
		return nil
	}
	return &op
}

// refuseMethod answers methods that PostHog refuses only after the check of permissions.
func refuseMethod(c *call) answer {
	return c.fail(&problem{
		status: http.StatusMethodNotAllowed, typ: typeInvalidRequest, code: "method_not_allowed",
		detail: fmt.Sprintf("Method %q not allowed.", c.request.Method),
	})
}
