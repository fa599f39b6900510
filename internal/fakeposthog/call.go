package fakeposthog

import (
	"net/http"
	"slices"
	"strings"
)

// call is a request that PostHog processes.
type call struct {
	server  *Server
	request *http.Request
	body    []byte
	route   route

	// Set in this order.
	key    *Key
	owner  *user
	org    *organization // nil if the path has none
	data   any           // decoded body; no fields if it is empty
	member *member       // owner in the organization; nil if the path has none
}

// answer processes a request. The order of the checks is PostHog's: key, organization, syntax of the body, permissions, rate
// limit, and then the content of the request.
func (s *Server) answer(r *http.Request, at route, body []byte) answer {
	if s.config.requireTLS {
		return answer{
			status: http.StatusMovedPermanently,
			header: http.Header{"Location": {"https://" + r.Host + r.URL.RequestURI()}},
		}
	}
	if at.endpoint == "" && !strings.HasPrefix(r.URL.Path, "/api/") {
		return htmlPage(http.StatusOK, webApp) // The web app serves all paths outside of the API.
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{server: s, request: r, body: body, route: at}
	if at.endpoint == "" {
		return c.fail(problemNoEndpoint)
	}
	for _, check := range []func() *problem{c.authenticate, c.findOrganization, c.readBody} {
		if p := check(); p != nil {
			return c.fail(p)
		}
	}
	op := c.operation()
	if p := c.authorize(op); p != nil {
		return c.fail(p)
	}
	limits := s.config.limits
	if c.key.Requests > 0 {
		limits = []rateLimit{{n: c.key.Requests, per: c.key.Per}}
	}
	if wait, refused := s.rates.take(c.key.Secret, limits, s.config.clock()); refused {
		return c.throttled(wait)
	}
	return op.do(c)
}

func (c *call) fail(p *problem) answer {
	return p.answer(c.server.config.extra(`{"hint":"Hedgehogs are not rodents."}`))
}

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
		return denied("API key does not have access to the requested organization: ID " + c.org.id + ".")
	case !c.key.grants(op.scope):
		return denied("API key missing required scope '" + op.scope + "'")
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
