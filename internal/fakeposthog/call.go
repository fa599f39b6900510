package fakeposthog

import (
	"net/http"
	"strings"
)

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
	data   any           // the body's JSON, or the fields of a form; no fields when there is no body
	member *member       // the key's owner in the organization; nil when the path names none
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
	if wait, refused := s.rates.take(c.key.Secret, c.key.limits(s.config.limits), s.config.clock()); refused {
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
