package fakeposthog

import (
	"crypto/tls"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"
)

var _ http.Handler = (*Server)(nil)

// TB is the part of testing.TB that Start and the Expect methods use. It is spelt out so that the demo, which is not a test,
// does not link package testing.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Server is a PostHog. All methods may be called from several goroutines.
type Server struct {
	// URL is "http://127.0.0.1:PORT" once the server listens, and empty before; with https where StartTLS made it.
	URL string
	// Key is a personal API key of the default organization's owner, with the scope *.
	Key string
	// OrganizationID is the UUID of the default organization.
	OrganizationID string

	config  config
	journal journal

	mu    sync.Mutex // guards world, rates and pages
	world world
	rates rates
	pages disorder

	closing sync.Once
	closed  chan struct{} // closed by Close, so that requests held or delayed end
	http    *http.Server
	tls     *tls.Config // nil where it speaks http
}

// New returns a server that does not listen; it can be given to any http.Server, or told to Listen.
func New(opts ...Option) *Server {
	s := &Server{config: defaultConfig(), closed: make(chan struct{})}
	for _, opt := range opts {
		opt(s)
	}
	s.journal.init()
	s.rates.init()
	s.pages.init(s.config.unorderedFirst)
	s.populate()
	return s
}

// Start returns a server that listens on a free port of 127.0.0.1 until the test ends.
func Start(tb TB, opts ...Option) *Server {
	tb.Helper()
	s := New(opts...)
	s.startIn(tb)
	return s
}

// startIn listens until the test ends.
func (s *Server) startIn(tb TB) {
	tb.Helper()
	if err := s.Listen("127.0.0.1:0"); err != nil {
		tb.Fatalf("fakeposthog: %v", err)
	}
	tb.Cleanup(func() { _ = s.Close() })
}

// Listen starts to serve on addr, such as "127.0.0.1:0", and sets URL. It returns when connections are accepted.
func (s *Server) Listen(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	// Aborted answers are asked for here, so net/http's log of them would only be noise in a test's output.
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	if s.tls == nil {
		s.URL = "http://" + listener.Addr().String()
		go func() { _ = s.http.Serve(listener) }()
		return nil
	}
	s.URL, s.http.TLSConfig = "https://"+listener.Addr().String(), s.tls
	go func() { _ = s.http.ServeTLS(listener, "", "") }()
	return nil
}

// Close stops the server at once: connections are closed, and requests that are held or delayed end without their work.
// It may be called more than once.
func (s *Server) Close() error {
	var err error
	s.closing.Do(func() {
		close(s.closed)
		if s.http != nil {
			err = s.http.Close()
		}
	})
	return err
}

// ServeHTTP records the request and answers it, through a fault if one was injected for it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a body cut short by the client is recorded as far as it came
	at := parseRoute(r.URL.Path)
	entry, action := s.journal.arrived(r, at, body, time.Now())
	defer s.journal.finished()
	x := &exchange{
		server:  s,
		writer:  w,
		request: r,
		entry:   entry,
		work:    func() answer { return s.answer(r, at, body) },
	}
	if !x.pause(s.config.latency) {
		x.hangUp()
	}
	action.run(x)
}

// exchange is one request on its way to an answer. An action decides what becomes of it.
type exchange struct {
	server  *Server
	writer  http.ResponseWriter
	request *http.Request
	entry   *Request
	work    func() answer // does what PostHog does, whether or not anybody is still waiting for the answer
}

// pause waits and reports whether the server is still running. It does not end when the client goes away, because a worker
// of PostHog does not notice that either.
func (x *exchange) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.server.closed:
		return false
	}
}

// hangUp closes the connection where the answer stands. It does not return.
func (x *exchange) hangUp() {
	panic(http.ErrAbortHandler)
}

// send writes the whole answer.
func (x *exchange) send(a answer) {
	x.start(a)
	_, _ = x.writer.Write(a.body)
}

// start writes the status and the header of the answer, and records the status.
func (x *exchange) start(a answer) {
	maps.Copy(x.writer.Header(), a.header)
	x.server.journal.answered(x.entry, a.status)
	x.writer.WriteHeader(a.status)
}

// flush pushes out what was written so far.
func (x *exchange) flush() {
	_ = http.NewResponseController(x.writer).Flush()
}
