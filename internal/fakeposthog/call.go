package fakeposthog

import (
	"net/http"
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

func (c *call) fail(p *problem) answer { return p.answer(c.server.config.extra(`{"hint":"Hedgehogs are not rodents."}`)) }
