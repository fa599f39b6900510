package fakeposthog

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Action is what a fault does to a request.
type Action struct{ run func(*exchange) }

// The pages of HTML that get in the way of an API.
const (
	webApp = `<!DOCTYPE html><html><head><title>PostHog</title></head><body><div id="root"></div></body></html>`

	loginPage = `<!DOCTYPE html><html><head><title>Log in</title></head>` +
		`<body><form method="post" action="/login"><input name="email"></form></body></html>`

	badGatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
		"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)

func page(status int, html string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(html)}
}

// instead answers without the work.
func instead(a answer) Action { return Action{func(x *exchange) { x.send(a) }} }

// afterwards does the work and answers something else.
func afterwards(a answer) Action {
	return Action{func(x *exchange) {
		x.work()
		x.send(a)
	}}
}

func newAnswer(status int, contentType, body string, headers []string) answer {
	if len(headers)%2 != 0 {
		panic("fakeposthog: headers are pairs of name and value")
	}
	header := http.Header{}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		header.Add(headers[i], headers[i+1])
	}
	return answer{status: status, header: header, body: []byte(body)}
}

// Answer answers without doing the work. Anything in front of PostHog may: a firewall, a proxy, a maintenance page. Headers are
// pairs of name and value.
func Answer(status int, contentType, body string, headers ...string) Action {
	return instead(newAnswer(status, contentType, body, headers))
}

// AnswerAfter does the work and then answers something else, as a proxy does that gives up on a slow PostHog, which carries on.
func AnswerAfter(status int, contentType, body string, headers ...string) Action {
	return afterwards(newAnswer(status, contentType, body, headers))
}

// Error answers an error as PostHog writes them, without doing the work: a bug, a deployment, a database that is down. An empty
// attr is null.
func Error(status int, typ, code, detail, attr string) Action {
	return instead((&problem{status, typ, code, detail, attr}).answer(false))
}

// ErrorAfter does the work and then answers an error as PostHog writes them: what fails after the row is written (a webhook, an
// activity log, a cache) makes a 500 of a create that happened.
func ErrorAfter(status int, typ, code, detail, attr string) Action {
	return afterwards((&problem{status, typ, code, detail, attr}).answer(false))
}

// CloseBefore closes the connection without doing the work, as a load balancer does when the instance behind it goes away.
// Go's own client sends a GET again by itself when this happens on a connection that was used before.
func CloseBefore() Action { return Action{func(x *exchange) { x.hangUp() }} }

// CloseAfter does the work and closes the connection without an answer: the network is lost, or a worker is killed between the
// commit and the answer.
func CloseAfter() Action {
	return Action{func(x *exchange) {
		x.work()
		x.hangUp()
	}}
}

// Delay does the work after a while, even when the client has gone away by then: a worker that queued the request, or waits
// for a lock, does not notice. A client that timed out and looked finds nothing, and later there is something.
func Delay(d time.Duration) Action {
	return Action{func(x *exchange) {
		if !x.pause(d) {
			x.hangUp()
		}
		x.send(x.work())
	}}
}

// DelayAfter does the work at once and answers after a while, as when what follows the work is slow. A client that timed out
// and looks finds that it happened.
func DelayAfter(d time.Duration) Action {
	return Action{func(x *exchange) {
		a := x.work()
		if !x.pause(d) {
			x.hangUp()
		}
		x.send(a)
	}}
}

// Hold keeps requests from being worked on until release is called, so that a test can say what happens meanwhile. All requests
// the fault hits are released together, and those that come later are not held. Closing the server ends them without the work.
func Hold() (action Action, release func()) {
	released, release := gate()
	return Action{func(x *exchange) {
		x.wait(released)
		x.send(x.work())
	}}, release
}

// HoldAfter does the work and keeps the answer until release is called.
func HoldAfter() (action Action, release func()) {
	released, release := gate()
	return Action{func(x *exchange) {
		a := x.work()
		x.wait(released)
		x.send(a)
	}}, release
}

// gate returns a channel and what closes it; the latter may be called more than once.
func gate() (opened <-chan struct{}, open func()) {
	c := make(chan struct{})
	return c, sync.OnceFunc(func() { close(c) })
}

// wait blocks until the gate opens, or hangs up when the server closes.
func (x *exchange) wait(opened <-chan struct{}) {
	select {
	case <-opened:
	case <-x.server.closed:
		x.hangUp()
	}
}

// Before calls something and then does the work: what somebody else does just before the request is worked on. It may call
// the methods of Server, so that one member leaves and another joins between two pages of a list.
func Before(happens func()) Action {
	return Action{func(x *exchange) {
		happens()
		x.send(x.work())
	}}
}

// After does the work, calls something and then answers: what somebody else does before the client knows of the work. It may
// call the methods of Server.
func After(happens func()) Action {
	return Action{func(x *exchange) {
		a := x.work()
		happens()
		x.send(a)
	}}
}

// Rewrite does the work and changes the answer: a newer version of PostHog with another shape, or a test's own idea of what
// could go wrong. The function may change the header in place.
func Rewrite(change func(status int, h http.Header, body []byte) (int, []byte)) Action {
	return Action{func(x *exchange) {
		a := x.work()
		header := a.header.Clone()
		if header == nil {
			header = http.Header{}
		}
		status, body := change(a.status, header, a.body)
		x.send(answer{status: status, header: header, body: body})
	}}
}

// Redirect answers with a redirect and without doing the work: a host that moved, enforces TLS or asks to log in.
func Redirect(status int, location string) Action {
	return Answer(status, "", "", "Location", location)
}

// Throttle answers 429 without doing the work, whatever the limit: the key is used elsewhere too. An empty retryAfter leaves
// the header off.
func Throttle(retryAfter string) Action {
	seconds, _ := strconv.Atoi(strings.TrimSpace(retryAfter))
	a := problemThrottled(seconds).answer(false)
	if retryAfter != "" {
		a.header.Set(retryAfterHeader, retryAfter)
	}
	return instead(a)
}

// Unavailable answers 503 without doing the work, as PostHog does when it sheds load or cannot reach its database. An empty
// retryAfter leaves the header off.
func Unavailable(retryAfter string) Action {
	a := (&problem{http.StatusServiceUnavailable, typeServer, "service_unavailable",
		"Service temporarily unavailable, try again later.", ""}).answer(false)
	if retryAfter != "" {
		a.header.Set(retryAfterHeader, retryAfter)
	}
	return instead(a)
}

// HTMLLogin answers 200 with a page to log in, as a single sign-on proxy in front of a self-hosted PostHog does. The status
// alone looks like success.
func HTMLLogin() Action { return instead(page(http.StatusOK, loginPage)) }

// BadGateway answers 502 with the HTML page of a proxy, without doing the work: PostHog is being deployed.
func BadGateway() Action { return instead(page(http.StatusBadGateway, badGatewayPage)) }
