package fakeposthog

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Action is what a fault does to a request.
type Action struct{ run func(*exchange) }

const (
	webApp = `<!DOCTYPE html><html><head><title>PostHog</title></head><body><div id="root"></div></body></html>`

	loginPage = `<!DOCTYPE html><html><head><title>Log in</title></head>` +
		`<body><form method="post" action="/login"><input name="email"></form></body></html>`

	badGatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
		"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)

func htmlPage(status int, html string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(html)}
}

// sendOnly sends an answer without processing the request.
func sendOnly(a answer) Action { return Action{func(x *exchange) { x.send(a) }} }

// processAndSend processes the request and sends another answer.
func processAndSend(a answer) Action {
	return Action{func(x *exchange) {
		x.process()
		x.send(a)
	}}
}

// beforeProcessing runs do, and then processes the request.
func beforeProcessing(do func(*exchange)) Action {
	return Action{func(x *exchange) {
		do(x)
		x.send(x.process())
	}}
}

// afterProcessing processes the request, runs do, and then sends the answer.
func afterProcessing(do func(*exchange)) Action {
	return Action{func(x *exchange) {
		a := x.process()
		do(x)
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

// Answer sends an answer without processing the request, as a firewall or a maintenance page does. Headers are pairs of name
// and value.
func Answer(status int, contentType, body string, headers ...string) Action {
	return sendOnly(newAnswer(status, contentType, body, headers))
}

// AnswerAfter processes the request and sends another answer. A proxy does this when its timeout is shorter than PostHog's.
func AnswerAfter(status int, contentType, body string, headers ...string) Action {
	return processAndSend(newAnswer(status, contentType, body, headers))
}

// Error sends an error in PostHog's format without processing the request. An empty attr is sent as null.
func Error(status int, typ, code, detail, attr string) Action {
	return sendOnly((&problem{status: status, typ: typ, code: code, detail: detail, attr: attr}).answer(nil))
}

// ErrorAfter processes the request and sends an error in PostHog's format. PostHog answers 500 to a successful create if a
// later part fails, such as a webhook or the activity log.
func ErrorAfter(status int, typ, code, detail, attr string) Action {
	return processAndSend((&problem{status: status, typ: typ, code: code, detail: detail, attr: attr}).answer(nil))
}

// CloseBefore closes the connection without processing the request. Go's HTTP client retries a GET by itself if the connection
// was reused.
func CloseBefore() Action { return Action{(*exchange).closeConnection} }

// CloseAfter processes the request and closes the connection without an answer.
func CloseAfter() Action { return afterProcessing((*exchange).closeConnection) }

// Delay waits and then processes the request, even if the client has closed the connection.
func Delay(d time.Duration) Action { return beforeProcessing(func(x *exchange) { x.sleep(d) }) }

// DelayAfter processes the request and delays the answer.
func DelayAfter(d time.Duration) Action { return afterProcessing(func(x *exchange) { x.sleep(d) }) }

// Hold blocks requests until release is called, and then processes them. Later requests are not blocked. Close ends blocked
// requests without processing them.
func Hold() (action Action, release func()) {
	wait, release := newGate()
	return beforeProcessing(wait), release
}

// HoldAfter processes requests and holds their answers until release is called.
func HoldAfter() (action Action, release func()) {
	wait, release := newGate()
	return afterProcessing(wait), release
}

// newGate returns a function that blocks until open is called, and closes the connection if the server closes.
func newGate() (wait func(*exchange), open func()) {
	opened := make(chan struct{})
	wait = func(x *exchange) {
		select {
		case <-opened:
		case <-x.server.closed:
			x.closeConnection()
		}
	}
	return wait, sync.OnceFunc(func() { close(opened) })
}

// Before calls change and then processes the request. change may call methods of Server, for example to add a member between
// two pages of a list.
func Before(change func()) Action { return beforeProcessing(func(*exchange) { change() }) }

// After processes the request, calls change and then answers. change may call methods of Server.
func After(change func()) Action { return afterProcessing(func(*exchange) { change() }) }

// Rewrite processes the request and changes the answer. The function may change the header in place.
func Rewrite(change func(status int, h http.Header, body []byte) (int, []byte)) Action {
	return Action{func(x *exchange) {
		a := x.process()
		header := a.header.Clone()
		if header == nil {
			header = http.Header{}
		}
		status, body := change(a.status, header, a.body)
		x.send(answer{status: status, header: header, body: body})
	}}
}

// LyingGzip processes the request and labels the plain answer as gzip.
func LyingGzip() Action {
	return Rewrite(func(status int, h http.Header, body []byte) (int, []byte) {
		h.Set("Content-Encoding", "gzip")
		return status, body
	})
}

// Redirect sends a redirect without processing the request.
func Redirect(status int, location string) Action {
	return Answer(status, "", "", "Location", location)
}

// Throttle sends 429 without processing the request. Without retryAfter the header is missing.
func Throttle(retryAfter string) Action {
	seconds, _ := strconv.Atoi(strings.TrimSpace(retryAfter))
	return sendRetryAfter(problemThrottled(seconds), retryAfter)
}

// Unavailable sends 503 without processing the request. Without retryAfter the header is missing.
func Unavailable(retryAfter string) Action {
	return sendRetryAfter(&problem{
		status: http.StatusServiceUnavailable, typ: typeServer, code: "service_unavailable",
		detail: "Service temporarily unavailable, try again later.",
	}, retryAfter)
}

func sendRetryAfter(p *problem, retryAfter string) Action {
	a := p.answer(nil)
	if retryAfter != "" {
		a.header.Set("Retry-After", retryAfter)
	}
	return sendOnly(a)
}

// HTMLLogin sends 200 with a login page, as a single sign-on proxy does in front of a self-hosted PostHog.
func HTMLLogin() Action { return sendOnly(htmlPage(http.StatusOK, loginPage)) }

// BadGateway sends 502 with the HTML page of a proxy, without processing the request.
func BadGateway() Action { return sendOnly(htmlPage(http.StatusBadGateway, badGatewayPage)) }

// Truncate processes the request, sends the first n bytes of the answer's body and closes the connection. Content-Length is
// that of the whole body.
func Truncate(n int) Action {
	return Action{func(x *exchange) {
		a := x.process()
		if n >= len(a.body) {
			x.send(a)
			return
		}
		x.writer.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		x.start(a)
		_, _ = x.writer.Write(a.body[:n])
		x.flush()
		x.closeConnection()
	}}
}

// Drip processes the request and sends the answer a few bytes at a time. Only a timeout of the whole request ends it early.
func Drip(bytesPerTick int, tick time.Duration) Action {
	if bytesPerTick < 1 {
		panic("fakeposthog: Drip needs at least one byte per tick")
	}
	return Action{func(x *exchange) {
		a := x.process()
		x.start(a)
		x.flush()
		for rest := a.body; len(rest) > 0; {
			n := min(bytesPerTick, len(rest))
			if _, err := x.writer.Write(rest[:n]); err != nil {
				return // The client has closed the connection.
			}
			x.flush()
			if rest = rest[n:]; len(rest) > 0 {
				x.sleep(tick)
			}
		}
	}}
}

// Huge sends 200 with a list padded to n bytes, without processing the request. n may exceed the memory.
func Huge(n int64) Action {
	head := []byte(`{"count":0,"next":null,"previous":null,"results":[],"padding":"`)
	tail := []byte(`"}`)
	chunk := bytes.Repeat([]byte("hedgehog"), 4096)
	return Action{func(x *exchange) {
		x.start(jsonAnswer(http.StatusOK, nil))
		_, err := x.writer.Write(head)
		for left := n - int64(len(head)+len(tail)); left > 0 && err == nil; {
			size := min(left, int64(len(chunk)))
			_, err = x.writer.Write(chunk[:size])
			left -= size
		}
		_, _ = x.writer.Write(tail)
	}}
}
