package fakeposthog

import (
	"crypto/tls"
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

var _ http.Handler = (*Server)(nil)

// TB is the part of testing.TB that this package uses. The demo does not link package testing, because TB is defined here.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Server is a PostHog in memory. All methods are safe for concurrent use.
type Server struct {
	// URL is empty before Listen, then such as "http://127.0.0.1:8010". A server of StartTLS has https.
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
	closed  chan struct{} // closed by Close, to end requests that wait
	http    *http.Server
	tls     *tls.Config // nil for http
}

// New returns a server that does not listen yet.
func New(opts ...Option) *Server {
	s := &Server{
		config:  config{roles: 1, users: 3, clock: time.Now},
		journal: journal{counts: map[string]int{}, change: make(chan struct{})},
		rates:   rates{},
		pages:   disorder{rand: rand.New(rand.NewPCG(2020, 1)), last: map[string][]int{}},
		closed:  make(chan struct{}),
	}
	for _, opt := range opts {
		opt(s)
	}
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

func (s *Server) startIn(tb TB) {
	tb.Helper()
	if err := s.Listen("127.0.0.1:0"); err != nil {
		tb.Fatalf("fakeposthog: %v", err)
	}
	tb.Cleanup(func() { _ = s.Close() })
}

// Listen starts to serve on addr, such as "127.0.0.1:0", and sets URL. It returns when the server accepts connections.
func (s *Server) Listen(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	// Faults abort answers on purpose, so net/http must not log them.
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

// Close stops the server and closes all connections. Requests that wait end without being processed. Later calls do nothing.
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

// ServeHTTP records the request, and answers it or applies an injected fault.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // If the client aborts the body, the received part is recorded.
	at := parseRoute(r.URL.Path)
	entry, action := s.journal.record(r, at, body, time.Now())
	defer s.journal.recordEnd()
	x := &exchange{
		server:  s,
		writer:  w,
		request: r,
		entry:   entry,
		process: func() answer { return s.answer(r, at, body) },
	}
	x.sleep(s.config.latency)
	action.run(x)
}

// exchange is a request and the connection for its answer.
type exchange struct {
	server  *Server
	writer  http.ResponseWriter
	request *http.Request
	entry   *Request
	process func() answer // does what PostHog does, even if the client has closed the connection
}

// sleep waits, even if the client closes the connection, because PostHog's workers do not notice that either. If the server
// closes, sleep closes the connection and does not return.
func (x *exchange) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.server.closed:
		x.closeConnection()
	}
}

// closeConnection aborts the answer by a panic that net/http recovers. It does not return.
func (x *exchange) closeConnection() { panic(http.ErrAbortHandler) }

// send writes the whole answer.
func (x *exchange) send(a answer) {
	x.start(a)
	_, _ = x.writer.Write(a.body)
}

// start writes and records the status of the answer, and writes the header.
func (x *exchange) start(a answer) {
	maps.Copy(x.writer.Header(), a.header)
	x.server.journal.recordStatus(x.entry, a.status)
	x.writer.WriteHeader(a.status)
}

// flush sends the written bytes to the client.
func (x *exchange) flush() { _ = http.NewResponseController(x.writer).Flush() }
