package fakeposthog

import (
	"net/http"
	"slices"
	"strings"
)

// route is what a path stands for.
type route struct {
	endpoint     string // "" when the path is none
	organization string
	role         string
	membership   string
}

// parseRoute reads a path. PostHog's router takes paths with and without the trailing slash, and a dot in the last part only.
func parseRoute(path string) route {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	last := len(parts) - 1
	if last < 1 || parts[0] != "api" || parts[1] != "organizations" || parts[last] == "" ||
		slices.ContainsFunc(parts[:last], unroutable) {
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

func unroutable(part string) bool { return part == "" || strings.Contains(part, ".") }

// kind names a request in the record, and an operation below.
func (r route) kind(method, path string) string {
	if r.endpoint == "" {
		return method + " " + path
	}
	return method + " " + r.endpoint
}

// operation is a method on an endpoint that this server knows.
type operation struct {
	scope string
	write bool // needs an admin
	do    func(*call) answer
}

// operations are those of the contract. PostHog knows more, such as PATCH of a member's level, which nothing here has any
// business with.
var operations = map[string]operation{
	"GET role_memberships":     {scope: "organization:read", do: listMemberships},
	"OPTIONS role_memberships": {scope: "organization:read", do: describeEndpoint},
	"POST role_memberships":    {scope: "organization:write", write: true, do: createMembership},
	"PATCH role_memberships":   {scope: "organization:write", write: true, do: refuseMethod},
	"GET role_membership":      {scope: "organization:read", do: getMembership},
	"DELETE role_membership":   {scope: "organization:write", write: true, do: deleteMembership},
	"GET roles":                {scope: "organization:read", do: listRoles},
	"OPTIONS roles":            {scope: "organization:read", do: describeEndpoint},
	"POST roles":               {scope: "organization:write", write: true, do: createRole},
	"PATCH roles":              {scope: "organization:write", write: true, do: refuseMethod},
	"GET role":                 {scope: "organization:read", do: getRole},
	"PUT role":                 {scope: "organization:write", write: true, do: updateRole},
	"PATCH role":               {scope: "organization:write", write: true, do: updateRole},
	"DELETE role":              {scope: "organization:write", write: true, do: deleteRole},
	"GET members":              {scope: "organization_member:read", do: listMembers},
	"OPTIONS members":          {scope: "organization_member:read", do: describeEndpoint},
	"PATCH members":            {scope: "organization_member:write", do: refuseMethod},
	"GET organizations":        {scope: "organization:read", do: listOrganizations},
	"OPTIONS organizations":    {scope: "organization:read", do: describeEndpoint},
	"PATCH organizations":      {scope: "organization:write", do: refuseMethod},
	"GET organization":         {scope: "organization:read", do: getOrganization},
}

// operation finds what the request asks for. It is nil where PostHog has the path but not the method.
func (c *call) operation() *operation {
	method := c.request.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves out the body
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

// describeEndpoint answers OPTIONS, as Django REST framework does for what has no description.
func describeEndpoint(*call) answer {
	return jsonAnswer(http.StatusOK, []byte(`{"name":"","description":"","renders":["application/json"],"parses":["application/json"]}`))
}

// refuseMethod answers the methods that pass for a permitted action, and then turn out to be none.
func refuseMethod(c *call) answer { return c.fail(problemMethod(c.request.Method)) }
