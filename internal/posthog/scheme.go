package posthog

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
)

// OtherScheme returns the address of a server and the address with the other scheme, if err shows that the server speaks http instead of
// https, or probably https instead of http. Otherwise both are empty.
func OtherScheme(err error) (host, other string) {
	if unexpected, ok := errors.AsType[*UnexpectedResponseError](err); ok && unexpected.Status == http.StatusBadRequest {
		host, other = unexpected.Host, "https" // Web servers answer 400 to http at a port with TLS.
	}
	if failed, ok := errors.AsType[*TransportError](err); ok {
		switch {
		case isPlainHTTP(failed.Err):
			host, other = failed.Host, "http"
		case isTLSAlert(failed.Err):
			host, other = failed.Host, "https"
		}
	}
	scheme, address, _ := strings.Cut(host, "://")
	if host == "" || scheme == other {
		return "", ""
	}
	return host, other + "://" + address
}

// isPlainHTTP reports whether the server, and not a proxy, answered a TLS handshake with http.
func isPlainHTTP(err error) bool {
	record, ok := errors.AsType[tls.RecordHeaderError](err)
	operation, isOperation := errors.AsType[*net.OpError](err)
	return ok && string(record.RecordHeader[:]) == "HTTP/" && (!isOperation || operation.Op != "proxyconnect")
}

// isTLSAlert reports whether the server answered http with an alert of TLS, which begins with these two bytes (RFC 8446, 5.1 and 6).
func isTLSAlert(err error) bool {
	return strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`)
}
