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

// parseRoute reads a path. PostHog's router takes paths with and without the trailing slash.
func parseRoute(path string) route {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	if len(parts) < 2 || parts[0] != "api" || parts[1] != "organizations" || slices.Contains(parts, "") {
		return route{}
	}
	parts = append(parts[2:], "", "", "", "", "")[:max(5, len(parts)-2)]
	r := route{organization: parts[0], role: parts[2], membership: parts[4]}
	switch {
	case len(parts) > 5:
		return route{}
	case parts[0] == "":
		r.endpoint = "organizations"
	case parts[1] == "members" && parts[2] == "":
		r.endpoint = "members"
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

var operations = map[string]operation{
	"GET role_memberships":   {scope: "organization:read", do: listMemberships},
	"POST role_memberships":  {scope: "organization:write", write: true, do: createMembership},
	"GET role_membership":    {scope: "organization:read", do: getMembership},
	"DELETE role_membership": {scope: "organization:write", write: true, do: deleteMembership},
	"GET roles":              {scope: "organization:read", do: listRoles},
	"GET role":               {scope: "organization:read", do: getRole},
	"GET members":            {scope: "organization_member:read", do: listMembers},
	"GET organizations":      {scope: "organization:read", do: listOrganizations},
}

// call is one request as PostHog works on it.
type call struct {
	server  *Server
	request *http.Request
	body    []byte
	route   route

	// Set by authorization, in this order.
	key    *Key
	owner  *user
	member *member // the key's owner in the organization the path names
}

// answer does what PostHog does with a request. The order of the checks is the one a client sees: it is told about its key
// before the limit, about the limit before its permissions, and about those before what it sent.
func (s *Server) answer(r *http.Request, at route, body []byte) answer {
	if s.config.requireTLS {
		return answer{
			status: http.StatusMovedPermanently,
			header: http.Header{"Location": {"https://" + r.Host + r.URL.RequestURI()}},
		}
	}
	if at.endpoint == "" && !strings.HasPrefix(r.URL.Path, "/api/") {
		return page(http.StatusOK, webApp) // the web app answers every path that is not the API's
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{server: s, request: r, body: body, route: at}
	if at.endpoint == "" {
		return c.fail(problemNoEndpoint)
	}
	if p := c.authenticate(); p != nil {
		return c.fail(p)
	}
	if wait, refused := s.rates.take(c.key.Secret, s.config.limits, s.config.clock()); refused {
		return c.throttled(wait)
	}
	op, known := operations[at.kind(r.Method, r.URL.Path)]
	if !known {
		return c.fail(problemMethod(r.Method))
	}
	if p := c.authorize(op); p != nil {
		return c.fail(p)
	}
	return op.do(c)
}

func (c *call) fail(p *problem) answer { return p.answer(c.server.config.extraFields) }

func (c *call) representation() *representation {
	e := &representation{config: &c.server.config}
	if c.member != nil && c.member.level < LevelAdmin {
		e.visible = c.member.org.visible
	}
	return e
}
