package posthog

import (
	"bytes"
	"context"
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

// errRequestTimeout is the cause of a context that ended because an attempt took too long.
var errRequestTimeout = errors.New("the request timeout has passed")

// attempt asks once and has the answer read. It waits at the gate first, which does not count towards the request timeout,
// and which it tells what became of the request. The errors are *closedError and the context's error where nothing was
// sent, and else those of send.
func (c *Client) attempt(ctx context.Context, call apiCall, body []byte) error {
	round, err := c.limiter.acquire(ctx)
	if err != nil {
		return err
	}
	err = c.send(ctx, call, body)
	if !isNoResponse(err) {
		c.circuit.close()
	}
	_, lost := errors.AsType[*TransportError](err)
	switch {
	case lost:
		c.limiter.release()
	case needsPause(err):
		c.limiter.releaseRejected(ctx, round, retryAfterOf(err), ReasonOf(err) != ReasonRateLimited)
	default:
		c.limiter.releaseAccepted(round)
	}
	return err
}

// needsPause reports whether an answer keeps everybody from asking: any 429, and a 503 that says for how long.
func needsPause(err error) bool {
	return ReasonOf(err) == ReasonRateLimited || statusOf(err) == http.StatusServiceUnavailable && retryAfterOf(err) > 0
}

// send makes one HTTP request and has the answer read, all within the request timeout: an answer that breaks off is a failed
// attempt and not a surprise later. The errors are *TransportError, *APIError, *UnexpectedResponseError and *RedirectError.
func (c *Client) send(ctx context.Context, call apiCall, body []byte) error {
	var sent atomic.Bool // Whether there was a connection to send it on.
	sending, cancel := c.attemptContext(ctx, call.Method, &sent)
	defer cancel()
	failure := func(err error) error {
		cause := context.Cause(sending)
		if sending.Err() != nil {
			err = cause
		}
		return &TransportError{
			Request: call.Request, Host: c.Host(), TimedOut: errors.Is(cause, errRequestTimeout), Timeout: c.requestTimeout,
			Sent: sent.Load() && !isDialFailure(err), Err: &redactedError{c.sanitize(err.Error()), err},
		}
	}

	message, err := c.newHTTPRequest(httptrace.WithClientTrace(sending, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	}), call, body)
	if err != nil {
		return err
	}
	httpResponse, err := c.network.RoundTrip(message)
	if err != nil {
		return failure(err)
	}
	defer httpResponse.Body.Close() //nolint:errcheck // What was read is all that is wanted.

	received := newLimitedBody(httpResponse.Body)
	err = c.decodeResponse(call, httpResponse, received)
	switch {
	case errors.Is(received.err, errTooLarge):
		resp := response{httpResponse.StatusCode, httpResponse.Header.Get("Content-Type"), received.head}
		return c.unexpectedError(call.Request, resp, fmt.Sprintf("it is larger than %d MiB", maxBuffered>>20))
	case received.err != nil:
		return failure(fmt.Errorf("the answer (%s) broke off: %w", statusText(httpResponse.StatusCode), received.err))
	}
	return err
}

// attemptContext returns the context of one attempt. It ends with the request timeout. It ends with the caller's too, but for a
// create or a delete that is on its way: that is given its time to be answered, as nobody else can tell whether it happened.
func (c *Client) attemptContext(caller context.Context, method string, sent *atomic.Bool) (context.Context, context.CancelFunc) {
	if method == http.MethodGet {
		return context.WithTimeoutCause(caller, c.requestTimeout, errRequestTimeout)
	}
	interruptible, interrupt := context.WithCancelCause(context.WithoutCancel(caller))
	sending, cancel := context.WithTimeoutCause(interruptible, c.requestTimeout, errRequestTimeout)
	stop := context.AfterFunc(caller, func() {
		if !sent.Load() {
			interrupt(context.Cause(caller))
		}
	})
	return sending, func() { stop(); cancel(); interrupt(nil) }
}

// newHTTPRequest makes the HTTP request.
func (c *Client) newHTTPRequest(ctx context.Context, call apiCall, body []byte) (*http.Request, error) {
	target := c.base.JoinPath(call.Path)
	target.RawQuery = call.query.Encode()
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	message, err := http.NewRequestWithContext(ctx, call.Method, target.String(), content)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot make the request: %w", call.Request, err)
	}
	message.Header.Set("Authorization", "Bearer "+c.key)
	message.Header.Set("Accept", "application/json")
	if c.userAgent != "" {
		message.Header.Set("User-Agent", c.userAgent)
	}
	if body != nil {
		message.Header.Set("Content-Type", "application/json")
	}
	return message, nil
}

// parseRetryAfter reads a Retry-After header: whole seconds, which is what PostHog sends, or a date, which a proxy may.
// The wait is never negative, and a wait beyond what time.Duration holds is its largest value. ok is false when the
// header is absent or says neither.
func parseRetryAfter(value string, now time.Time) (wait time.Duration, ok bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if strings.Trim(value, "0123456789") == "" {
		const most = int64(1<<63-1) / int64(time.Second)
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > most {
			seconds = most
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(date.Sub(now), 0), true
}
