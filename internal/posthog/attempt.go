package posthog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// errRequestTimeout is the cause of a context that ended because one attempt took too long.
var errRequestTimeout = errors.New("the request timeout has passed")

// attempt sends a request once, after waiting for the rate limiter. The wait does not count towards the request timeout. The
// error is a *limiterClosedError or the context's if nothing was sent, and otherwise an error of send.
func (c *Client) attempt(ctx context.Context, call apiCall) error {
	round, err := c.limiter.acquire(ctx) // round is the number of times that the limiter was closed before.
	if err != nil {
		return err
	}
	err = c.send(ctx, call)
	if !isNoResponse(err) { // neither a failure of the transport nor a 5xx
		c.circuit.close()
	}
	_, isTransport := errors.AsType[*TransportError](err)
	switch {
	case isTransport:
		c.limiter.release()
	case isRejection(err): // The limiter makes all requests wait.
		isServerBusy := ReasonOf(err) != ReasonRateLimited
		c.limiter.releaseRejected(ctx, round, retryAfterOf(err), isServerBusy)
	default: // The limiter may allow more requests at once.
		c.limiter.releaseAccepted(round)
	}
	return err
}

// isRejection reports whether a response asks the client to wait: any 429, and a 503 with a Retry-After.
func isRejection(err error) bool {
	return ReasonOf(err) == ReasonRateLimited || statusOf(err) == http.StatusServiceUnavailable && retryAfterOf(err) > 0
}

// send sends one HTTP request and decodes the response while it arrives. The request timeout includes both. The error is a
// *TransportError (also for a response that breaks off), *APIError, *UnexpectedResponseError or *RedirectError.
func (c *Client) send(ctx context.Context, call apiCall) error {
	var isSent atomic.Bool // The request had a connection.
	attemptCtx, cancel := c.attemptContext(ctx, call.Method, &isSent)
	defer cancel()
	transportError := func(err error) error {
		cause := context.Cause(attemptCtx)
		if cause != nil {
			err = cause
		}
		return &TransportError{
			Request: call.Request, Host: c.Host(), TimedOut: errors.Is(cause, errRequestTimeout), Timeout: c.requestTimeout,
			// After a lost connection, net/http opens another one. If that fails, nothing was sent.
			Sent: isSent.Load() && !isDialFailure(err),
			Err:  &redactedError{text: c.sanitize(err.Error(), maxDetail), err: err}, // without the key
		}
	}

	request, err := c.newHTTPRequest(httptrace.WithClientTrace(attemptCtx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { isSent.Store(true) },
	}), call)
	if err != nil {
		return err
	}
	httpResponse, err := c.network.RoundTrip(request) // follows no redirect
	if err != nil {
		return transportError(err)
	}
	defer httpResponse.Body.Close() //nolint:errcheck // All that is needed was read.

	body := newLimitedBody(httpResponse.Body) // records in body.err why it could not be read
	err = c.decodeResponse(call, httpResponse, body)
	switch {
	case errors.Is(body.err, errTooLarge):
		received := response{status: httpResponse.StatusCode, body: body.head}
		return c.unexpectedError(call.Request, received, fmt.Sprintf("it is larger than %d MiB", maxBuffered>>20))
	case body.err != nil:
		return transportError(fmt.Errorf("the response (%s) broke off: %w", statusText(httpResponse.StatusCode), body.err))
	}
	return err
}

// attemptContext returns the context of one attempt. It ends with the request timeout or with the caller's context.
// But a create or delete that was already sent continues until the request timeout, so that its outcome is known.
func (c *Client) attemptContext(caller context.Context, method string, isSent *atomic.Bool) (context.Context, context.CancelFunc) {
	if method == http.MethodGet {
		return context.WithTimeoutCause(caller, c.requestTimeout, errRequestTimeout)
	}
	interruptible, interrupt := context.WithCancelCause(context.WithoutCancel(caller))
	ctx, cancel := context.WithTimeoutCause(interruptible, c.requestTimeout, errRequestTimeout)
	stop := context.AfterFunc(caller, func() {
		if !isSent.Load() {
			interrupt(context.Cause(caller))
		}
	})
	return ctx, func() { stop(); cancel(); interrupt(nil) }
}

func (c *Client) newHTTPRequest(ctx context.Context, call apiCall) (*http.Request, error) {
	target := c.base.JoinPath(call.Path)
	target.RawQuery = call.query.Encode()
	var body io.Reader
	if call.body != nil {
		encoded, _ := json.Marshal(call.body) // A map of strings can always be encoded.
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, call.Method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot create the request: %w", call.Request, err)
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// parseRetryAfter returns the wait of a Retry-After header. PostHog sends whole seconds, a proxy may send a date. It returns
// zero if the header is absent, invalid or a date in the past.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	// If the number is too large, ParseUint returns the largest one of 32 bits.
	if seconds, err := strconv.ParseUint(header, 10, 32); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(date.Sub(now), 0)
}
