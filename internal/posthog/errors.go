package posthog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// An APIError is an error response of PostHog, in the JSON format of all its errors.
type APIError struct {
	Request Request
	// Host is the address of the server, such as "https://eu.posthog.com".
	Host   string
	Status int
	// Type, Code, Detail and Attr are fields of the response. Attr is empty for null.
	Type, Code, Detail, Attr string
	// RetryAfter is the wait that PostHog asked for, or zero.
	RetryAfter time.Duration
	Reason     Reason
	// Scope is the scope that the key lacks, such as "organization:write", if Reason is ReasonMissingScope.
	Scope string
}

func (e *APIError) Error() string {
	return fmt.Sprintf("%s: PostHog answered %s: %s", e.Request, statusText(e.Status), e.Detail)
}

// An UnexpectedResponseError is a response that PostHog would not send: a login page, a proxy's error page, a body that is
// too large, or JSON of another shape.
type UnexpectedResponseError struct {
	Request Request
	// Host is the address of the server, such as "https://eu.posthog.com".
	Host   string
	Status int
	// FirstLine is the first line of the body that is not blank, shortened.
	FirstLine string
	// Reason completes the sentence "The server answered 200, but …", such as "the answer is not JSON".
	Reason string
	// RetryAfter is the wait that the server asked for, or zero.
	RetryAfter time.Duration
}

func (e *UnexpectedResponseError) Error() string {
	text := fmt.Sprintf("%s: %s answered %s, but %s", e.Request, e.Host, statusText(e.Status), e.Reason)
	if e.FirstLine != "" {
		text += fmt.Sprintf("; it begins with: %s", e.FirstLine)
	}
	return text
}

// A RedirectError is a redirect. Redirects are never followed.
type RedirectError struct {
	Request Request
	Host    string
	Status  int
	// Location is the target of the redirect without its query, or empty if there is none.
	Location string
	// SuggestedHost is the address of PostHog at the target, or empty if the target is not the same path on another server.
	SuggestedHost string
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s: %s redirects to %q, and redirects are not followed", e.Request, e.Host, e.Location)
}

// A TransportError reports that a request got no complete response: no connection, a broken connection, or a timeout.
type TransportError struct {
	Request Request
	Host    string
	// TimedOut reports whether the attempt took longer than Timeout, which is Config.RequestTimeout.
	TimedOut bool
	Timeout  time.Duration
	// Sent reports whether the request may have reached the server.
	Sent bool
	Err  error
}

func (e *TransportError) Error() string {
	if e.TimedOut {
		return fmt.Sprintf("%s: %s did not respond within %s", e.Request, e.Host, e.Timeout)
	}
	return fmt.Sprintf("%s: no response from %s: %v", e.Request, e.Host, e.Err)
}

func (e *TransportError) Unwrap() error { return e.Err }

// A redactedError replaces the text of a transport error, which may repeat what the server sent, by a sanitized text.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() error { return e.err }

// A GaveUpError reports that an operation would take longer than Config.RetryTimeout.
type GaveUpError struct {
	// Limit is Config.RetryTimeout.
	Limit time.Duration
	// Asked is the wait that PostHog asked for, or zero.
	Asked time.Duration
	// Limited reports whether PostHog asked for it because of the rate limit. It is false if the reason is unknown.
	Limited bool
	// Err is the last failure, or nil.
	Err error
}

func (e *GaveUpError) Error() string {
	text := fmt.Sprintf("gave up because the retry timeout is %s", e.Limit)
	if e.Asked > 0 {
		text += fmt.Sprintf(" and PostHog asked to wait %s", e.Asked.Round(time.Second))
	}
	return withLastFailure(text, e.Err)
}

func (e *GaveUpError) Unwrap() error { return e.Err }

// IsOnlyRateLimited reports whether the rate limit was the only problem. Then nothing was done, and the operation can be
// repeated when the limit allows it.
func (e *GaveUpError) IsOnlyRateLimited() bool {
	return e.Err == nil && e.Limited || ReasonOf(e.Err) == ReasonRateLimited
}

// A LongWaitError reports that PostHog, or a proxy, asked for a longer wait than any rate limit of PostHog.
type LongWaitError struct {
	// Asked is the rest of the wait.
	Asked time.Duration
	// Err is the last failure of the operation, or nil if it sent nothing.
	Err error
}

func (e *LongWaitError) Error() string {
	return withLastFailure(fmt.Sprintf("PostHog asked to wait %s, which is too long", e.Asked.Round(time.Second)), e.Err)
}

func (e *LongWaitError) Unwrap() error { return e.Err }

// An OutageError reports that the circuit is open, because another operation has used up its retries.
type OutageError struct {
	// Cause is the failure of the other operation.
	Cause error
	// Err is the last failure of this operation, or nil if it sent nothing.
	Err error
}

func (e *OutageError) Error() string {
	return fmt.Sprintf("not retried during an outage: %v", e.Cause)
}

// Unwrap returns Err. It does not return Cause, which does not show whether this operation had an effect.
func (e *OutageError) Unwrap() error { return e.Err }

// An InterruptedError reports that the caller cancelled an operation.
type InterruptedError struct {
	// Err is the last failure, or nil. It may be that of a write which was sent before the interruption and failed after it.
	Err error
}

func (e *InterruptedError) Error() string { return withLastFailure("interrupted", e.Err) }

func (e *InterruptedError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, context.Canceled) true.
func (e *InterruptedError) Is(target error) bool { return target == context.Canceled }

// An InconsistentListError reports that the pages of a list do not match its count.
type InconsistentListError struct {
	Request Request
	// Want is PostHog's count. Got is the number of different items on the pages.
	Want, Got int
	// Reads is how many times the whole list was read.
	Reads int
}

func (e *InconsistentListError) Error() string {
	return fmt.Sprintf("%s: PostHog reports %d entries, but returned %d after %d reads", e.Request, e.Want, e.Got, e.Reads)
}

func withLastFailure(text string, err error) string {
	if err == nil {
		return text
	}
	return fmt.Sprintf("%s (last failure: %v)", text, err)
}

// MayHaveHappened reports whether a write that failed with err may have had its effect: the response was lost, is not
// PostHog's, or is a 5xx. 4xx errors and requests that were never sent had no effect. For a *GaveUpError or
// *InterruptedError the last failure decides.
func MayHaveHappened(err error) bool {
	if failed, ok := errors.AsType[*TransportError](err); ok {
		return failed.Sent
	}
	status := statusOf(err)
	// A proxy may send 408 before or after it passed the request on to PostHog.
	return status > 0 && status < 300 || status >= 500 || status == http.StatusRequestTimeout
}

// isTransient reports whether the same request may succeed later.
func isTransient(err error) bool {
	if failed, ok := errors.AsType[*TransportError](err); ok {
		return !isPermanentDialFailure(failed.Err) && !isTLSAlert(failed.Err)
	}
	// A 2xx with an invalid body is not transient, because it is most likely a login page or another server.
	switch status := statusOf(err); status {
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	default:
		return status >= 500
	}
}

// isPermanentDialFailure reports whether a connection failed for a permanent reason: an unknown host name, a server
// without TLS, or an untrusted certificate.
func isPermanentDialFailure(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	_, hasNoTLS := errors.AsType[tls.RecordHeaderError](err)
	return hasNoTLS || isUntrusted(err)
}

// isDialFailure reports whether a request failed because no connection could be opened. It can also happen to a request
// that had a connection: the server closed it before the request was sent, and net/http could not open another.
func isDialFailure(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)
	return ok && operation.Op == "dial" || errors.Is(err, syscall.ECONNREFUSED) || isPermanentDialFailure(err)
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}
