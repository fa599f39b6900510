package posthog

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"
)

func TestOtherScheme(t *testing.T) {
	const secure, plain = "https://hog.example.com:8443", "http://hog.example.com:8443"
	inHTTP := tls.RecordHeaderError{RecordHeader: [5]byte{'H', 'T', 'T', 'P', '/'}}
	alert := errors.New(`malformed HTTP response "\x15\x03\x01\x00\x02\x02F"`)
	for name, test := range map[string]struct {
		err         error
		host, other string
	}{
		"plain http":           {&TransportError{Host: secure, Err: &redactedError{err: inHTTP}}, secure, plain},
		"another protocol":     {&TransportError{Host: secure, Err: tls.RecordHeaderError{RecordHeader: [5]byte{'S', 'S', 'H', '-', '2'}}}, "", ""},
		"plain http of proxy":  {&TransportError{Host: secure, Err: &net.OpError{Op: "proxyconnect", Err: inHTTP}}, "", ""},
		"alert of TLS":         {&TransportError{Host: plain, Err: alert}, plain, secure},
		"bad request, http":    {&UnexpectedResponseError{Host: plain, Status: 400}, plain, secure},
		"bad request, https":   {&UnexpectedResponseError{Host: secure, Status: 400}, "", ""},
		"bad gateway":          {&UnexpectedResponseError{Host: plain, Status: 502}, "", ""},
		"PostHog's bad answer": {&APIError{Status: 400}, "", ""},
		"no answer":            {&TransportError{Host: plain, Err: errors.New("connection refused")}, "", ""},
	} {
		if host, other := OtherScheme(test.err); host != test.host || other != test.other {
			t.Errorf("%s: got %q and %q, want %q and %q", name, host, other, test.host, test.other)
		}
	}
}
