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

// parseRoute reads a path. PostHog's router takes paths with and without the trailing slash, and no id that has a dot in it.
func parseRoute(path string) route {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	if len(parts) < 2 || parts[0] != "api" || parts[1] != "organizations" || slices.ContainsFunc(parts, unroutable) {
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
	"GET role":                 {scope: "organization:read", do: getRole},
	"GET members":              {scope: "organization_member:read", do: listMembers},
	"OPTIONS members":          {scope: "organization_member:read", do: describeEndpoint},
	"GET organizations":        {scope: "organization:read", do: listOrganizations},
	"OPTIONS organizations":    {scope: "organization:read", do: describeEndpoint},
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

// call is one request as PostHog works on it.
type call struct {
	server  *Server
	request *http.Request
	body    []byte
	route   route

	// Set on the way to the work, in this order.
	key    *Key
	owner  *user
	org    *organization // the one the path names; nil when it names none
	data   any           // the body's JSON; absent{} when there is no body
	member *member       // the key's owner in the organization
}

// answer does what PostHog does with a request. The order of the checks is the one a client sees: it is told about its key
// first, then about the organization, a body that cannot be read, and its permissions. Only what passes all of them is
// counted by the limit, and only what passes the limit is told what is wrong with its request.
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
	if p := c.findOrganization(); p != nil {
		return c.fail(p)
	}
	if p := c.readBody(); p != nil {
		return c.fail(p)
	}
	op := c.operation()
	if p := c.authorize(op); p != nil {
		return c.fail(p)
	}
	if wait, refused := s.rates.take(c.key.Secret, s.config.limits, s.config.clock()); refused {
		return c.throttled(wait)
	}
	return op.do(c)
}

func (c *call) fail(p *problem) answer { return p.answer(c.server.config.extraFields) }

func (c *call) representation() *representation {
	e := &representation{config: &c.server.config, disorder: &c.server.pages}
	if c.member != nil && c.member.level < LevelAdmin {
		e.visible = c.member.org.visible
	}
	return e
}
