package provider

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"
)

// A front stands before fakeposthog as a load balancer does: it may take no connections, or answer in PostHog's place.
type front struct {
	t       *testing.T
	address string
	handler http.Handler
	server  *http.Server
}

// newFront returns an open front before the server at host.
func newFront(t *testing.T, host string) *front {
	t.Helper()
	behind, err := url.Parse(host)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{t: t, address: freeAddress(), handler: &httputil.ReverseProxy{
		Rewrite:  func(request *httputil.ProxyRequest) { request.SetURL(behind) },
		ErrorLog: log.New(io.Discard, "", 0), // Connections that fakeposthog closes are asked for.
	}}
	f.open()
	t.Cleanup(f.close)
	return f
}

// freeAddress returns where a front can listen. The other tests listen at 127.0.0.1, and could take the port of a front
// that is closed; the systems that have that address alone must live with it.
func freeAddress() string {
	const apart = "127.0.0.2:0"
	listener, err := net.Listen("tcp", apart)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = listener.Close()
	return apart
}

func (f *front) url() string { return "http://" + f.address }

// open takes connections, always at the same address.
func (f *front) open() {
	f.t.Helper()
	listener, err := net.Listen("tcp", f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	f.address = listener.Addr().String()
	server := &http.Server{Handler: f.handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	f.server = server
}

// close refuses connections until open is called.
func (f *front) close() { _ = f.server.Close() }
