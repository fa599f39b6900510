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

// An APIError is PostHog's own refusal: an answer in the envelope that all its errors have.
type APIError struct {
	Request Request
	Status  int
	// Type, Code, Detail and Attr are PostHog's; Attr is empty where PostHog says null.
	Type, Code, Detail, Attr string
	// RetryAfter is how long PostHog asked to wait; zero when it did not say.
	RetryAfter time.Duration
	// Reason is what the refusal is for, and Scope the scope that the key lacks, such as "organization:write", where
	// Reason is ReasonMissingScope.
	Reason Reason
	Scope  string
}

func (e *APIError) Error() string {
	return fmt.Sprintf("%s: PostHog answered %s: %s", e.Request, statusText(e.Status), e.Detail)
}

// An UnexpectedResponseError is an answer that PostHog would not give: a login page, a proxy's error page, a truncated body, or JSON
// of another shape.
type UnexpectedResponseError struct {
	Request Request
	// Host is the server that was asked, such as "https://eu.posthog.com".
	Host        string
	Status      int
	ContentType string
	// FirstLine is the beginning of what the answer says, cut short.
	FirstLine string
	// Reason says what is wrong with it, such as "it is HTML, not JSON".
	Reason string
	// RetryAfter is how long the answer asked to wait; zero when it did not say.
	RetryAfter time.Duration
}

func (e *UnexpectedResponseError) Error() string {
	text := fmt.Sprintf("%s: %s answered %s, but %s", e.Request, e.Host, statusText(e.Status), e.Reason)
	if e.FirstLine != "" {
		text += fmt.Sprintf("; it begins with: %s", e.FirstLine)
	}
	return text
}

// A RedirectError is a redirect, which is never followed.
type RedirectError struct {
	Request Request
	Host    string
	Status  int
	// Location is where the answer points, without its query; empty when it does not say.
	Location string
	// SuggestedHost is the scheme, name and prefix of Location when they differ from Host and can be used; else empty.
	SuggestedHost string
}

func (e *RedirectError) Error() string {
	where := e.Location
	if where == "" {
		where = "nowhere"
	}
	return fmt.Sprintf("%s: %s redirects to %s, and redirects are not followed", e.Request, e.Host, where)
}

// A TransportError is a request that got no whole answer: no connection, a connection that broke, or a timeout.
type TransportError struct {
	Request Request
	Host    string
	// TimedOut says that the attempt took longer than Config.RequestTimeout, which is Timeout.
	TimedOut bool
	Timeout  time.Duration
	// Sent says whether the request may have reached the server.
	Sent bool
	Err  error
}

func (e *TransportError) Error() string {
	if e.TimedOut {
		return fmt.Sprintf("%s: %s did not answer within %s", e.Request, e.Host, e.Timeout)
	}
	return fmt.Sprintf("%s: no answer from %s: %v", e.Request, e.Host, e.Err)
}

func (e *TransportError) Unwrap() error { return e.Err }

// A redactedError is an error of the transport, which may repeat what a server sent, with a text that can stand in a message.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() error { return e.err }

// A GaveUpError ends an operation that would take longer than Config.RetryTimeout.
type GaveUpError struct {
	// Limit is the Config.RetryTimeout that would be passed.
	Limit time.Duration
	// Asked is how long PostHog asked to wait; zero when it did not ask.
	Asked time.Duration
	// Limited says that it asked because of its rate limit, and not because it is busy; false where that is not known.
	Limited bool
	// Err is the last failure; nil when there was none.
	Err error
}

func (e *GaveUpError) Error() string {
	text := fmt.Sprintf("gave up: the retry timeout is %s", e.Limit)
	if e.Asked > 0 {
		text += fmt.Sprintf(" and PostHog asked to wait %s", e.Asked.Round(time.Second))
	}
	if e.Err != nil {
		text += fmt.Sprintf(" (last failure: %v)", e.Err)
	}
	return text
}

func (e *GaveUpError) Unwrap() error { return e.Err }

// IsOnlyRateLimited reports whether PostHog's rate limit is all that was in the way: nothing was done, and the same will do once the
// limit allows.
func (e *GaveUpError) IsOnlyRateLimited() bool {
	return e.Err == nil && e.Limited || ReasonOf(e.Err) == ReasonRateLimited
}

// A LongWaitError ends an operation because PostHog, or something in front of it, asked to wait longer than any rate limit
// of PostHog lasts.
type LongWaitError struct {
	// Asked is how long is left of that wait.
	Asked time.Duration
	// Err is the last failure of the operation; nil when it sent nothing.
	Err error
}

func (e *LongWaitError) Error() string {
	text := fmt.Sprintf("PostHog asked to wait %s, which is too long", e.Asked.Round(time.Second))
	if e.Err != nil {
		text += fmt.Sprintf(" (last failure: %v)", e.Err)
	}
	return text
}

func (e *LongWaitError) Unwrap() error { return e.Err }

// An OutageError ends an operation because another one has used up its retries: the circuit is open.
type OutageError struct {
	// Cause is the failure of the other operation.
	Cause error
	// Err is the last failure of this operation; nil when it sent nothing.
	Err error
}

func (e *OutageError) Error() string {
	return fmt.Sprintf("not tried again during an outage: %v", e.Cause)
}

// Unwrap returns the operation's own failure: Cause says nothing of what this operation has done.
func (e *OutageError) Unwrap() error { return e.Err }

// An InterruptedError ends an operation whose caller went away.
type InterruptedError struct {
	// Err is the last failure; nil when there was none, neither before the interruption nor of the write that was given
	// time to end after it.
	Err error
}

func (e *InterruptedError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("interrupted (last failure: %v)", e.Err)
	}
	return "interrupted"
}

func (e *InterruptedError) Unwrap() error { return e.Err }

// Is makes an interruption recognizable as a cancelled context.
func (e *InterruptedError) Is(target error) bool { return target == context.Canceled }

// An InconsistentListError is a list whose pages could not be made to agree with its count.
type InconsistentListError struct {
	Request Request
	// Want is the count that PostHog gave, Got how many different items its pages held.
	Want, Got int
	// Reads is how often the whole list was read.
	Reads int
}

func (e *InconsistentListError) Error() string {
	return fmt.Sprintf("%s: PostHog counts %d but listed %d, in each of %d reads", e.Request, e.Want, e.Got, e.Reads)
}

// MayHaveHappened reports whether a write that failed with err may have been done all the same: the answer was lost, is
// not PostHog's, or says that the server failed while at it. PostHog's own refusals (4xx) and requests that never left
// are sure not to have happened. Of a *GaveUpError or an *InterruptedError it tells what holds for the last failure.
func MayHaveHappened(err error) bool {
	if failed, ok := errors.AsType[*TransportError](err); ok {
		return failed.Sent
	}
	status := statusOf(err)
	// A 408 comes from something between here and PostHog that lost patience, at whatever moment.
	return status > 0 && status < 300 || status >= 500 || status == http.StatusRequestTimeout
}

// isTransient reports whether the same request may succeed a little later.
func isTransient(err error) bool {
	if failed, ok := errors.AsType[*TransportError](err); ok {
		return !isPermanentDialFailure(failed.Err)
	}
	// Not a success that cannot be read: it is a login page or another server far more often than a fault that passes.
	switch status := statusOf(err); status {
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	default:
		return status >= 500
	}
}

// isPermanentDialFailure reports whether a connection failed for a reason that waiting does not mend: a name that does
// not exist, or a certificate that is not trusted.
func isPermanentDialFailure(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	return noTLS || isUntrusted(err)
}

// isDialFailure reports whether a request failed for want of a connection. One that had a connection may fail so too: the
// connection was closed meanwhile, before a byte went out on it, and there was no other.
func isDialFailure(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)
	return ok && operation.Op == "dial" || errors.Is(err, syscall.ECONNREFUSED) || isPermanentDialFailure(err)
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}
