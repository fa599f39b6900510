package posthog

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Limits of an operation. Waits for the rate limit are not attempts: only the retry timeout limits them.
const (
	maxAttempts     = 8
	maxDialAttempts = 4 // if the server accepts no connection, because the host is probably wrong
	maxBackoff      = 30 * time.Second
	// maxRetryAfter is the longest Retry-After that is not an error. PostHog asks for up to an hour.
	maxRetryAfter = 65 * time.Minute
)

// A Request identifies a request in errors and logs, without the host and the key.
type Request struct {
	Method string
	// Path is the path below the host. It begins and ends with a slash.
	Path string
}

func (r Request) String() string { return r.Method + " " + r.Path }

// errRetryTimeout is the cause of a context that ended because its operation took too long.
var errRetryTimeout = errors.New("the retry timeout has passed")

// operationKey marks the contexts of WithRetryTimeout.
type operationKey struct{}

// WithRetryTimeout returns a context whose requests share one RetryTimeout, starting now. Without it each method call has
// its own RetryTimeout.
func (c *Client) WithRetryTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithValue(ctx, operationKey{}, true)
	return context.WithTimeoutCause(ctx, c.retryTimeout, errRetryTimeout)
}

// Backoff waits before the next attempt of an operation. The wait doubles with each failure. It is at least the
// Retry-After of last. These errors wrap last:
//   - *LongWaitError, at once, if the Retry-After is too long
//   - *GaveUpError, at once, if the wait would pass the context's deadline
//   - *OutageError when the circuit opens
//   - *InterruptedError when the caller cancels
func (c *Client) Backoff(ctx context.Context, failures int, last error) error {
	ctx, end, _, err := c.circuit.begin(ctx, last)
	if err != nil {
		return err
	}
	defer end()
	retryAfter := retryAfterOf(last)
	wait := max(jitter(exponential(c.backoff, failures, maxBackoff)), retryAfter)
	if retryAfter > maxRetryAfter {
		return &LongWaitError{Asked: retryAfter, Err: last}
	}
	if deadline, ok := ctx.Deadline(); ok && wait > time.Until(deadline) {
		return &GaveUpError{Limit: c.retryTimeout, Asked: retryAfter, Err: last}
	}
	sleep(ctx, wait, nil)
	return c.ContextError(ctx, last)
}

// WaitForRateLimit blocks until PostHog's rate limit allows a request. It may take longer than RetryTimeout. It returns a
// *LongWaitError if PostHog asks for too long a wait, and an *InterruptedError when the caller cancels.
func (c *Client) WaitForRateLimit(ctx context.Context) error {
	err := c.limiter.waitForRateLimit(ctx)
	if closed, ok := errors.AsType[*limiterClosedError](err); ok {
		return &LongWaitError{Asked: closed.remaining}
	}
	return c.ContextError(ctx, nil)
}

// ContextError returns why the context of an operation has ended: a *GaveUpError, *OutageError or *InterruptedError that
// wraps last, the last failure (or nil). It returns nil if the context has not ended.
func (c *Client) ContextError(ctx context.Context, last error) error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if outage, ok := errors.AsType[*OutageError](cause); ok {
		return &OutageError{Cause: outage.Cause, Err: last}
	}
	if errors.Is(cause, errRetryTimeout) {
		return &GaveUpError{Limit: c.retryTimeout, Asked: retryAfterOf(last), Err: last}
	}
	return &InterruptedError{Err: last}
}

// An apiCall is a request and the function that decodes its response.
type apiCall struct {
	Request
	query url.Values
	body  map[string]string // sent as JSON, or nil
	// wantStatus is the status of a successful response. Every other status is an error.
	wantStatus int
	// isVerified reports that the caller verifies a write with an unknown outcome. do does not retry such a write.
	isVerified bool
	// decode reads a successful response and returns an error if it is not what was requested. It is called again after a
	// truncated response, so that it must replace its earlier result.
	decode func(resp response, body *limitedBody) error
}

// do sends a request, with retries, until there is a final response. Reads and deletes of memberships are retried after all
// transient errors. The other writes are retried only if they had no effect. do opens the circuit if the server does not respond to any
// attempt.
func (c *Client) do(ctx context.Context, call apiCall) error {
	if ctx.Value(operationKey{}) == nil {
		var cancel context.CancelFunc
		ctx, cancel = c.WithRetryTimeout(ctx)
		defer cancel()
	}
	ctx, end, responses, err := c.circuit.begin(ctx, nil)
	if err != nil {
		return err
	}
	defer end()
	if err = c.doWithRetries(ctx, call); call.isOutage(err) {
		c.circuit.open(responses, err)
	}
	return err
}

// doBuffered sends a request and returns what decode returns for the response, whose whole body is in memory.
func doBuffered[T any](ctx context.Context, c *Client, call apiCall, decode func(response) (T, error)) (result T, err error) {
	call.decode = buffered(func(resp response) (err error) {
		result, err = decode(resp)
		return err
	})
	err = c.do(ctx, call)
	return result, err
}

func (c *Client) doWithRetries(ctx context.Context, call apiCall) error {
	var last error // the error of the previous attempts
	for attempts := 1; ; attempts++ {
		err := c.attempt(ctx, call)
		c.logAttempt(ctx, call, attempts, err)
		if err == nil {
			return nil
		}
		if closed, ok := errors.AsType[*limiterClosedError](err); ok {
			if closed.remaining > maxRetryAfter {
				return &LongWaitError{Asked: closed.remaining, Err: last}
			}
			return &GaveUpError{Limit: c.retryTimeout, Asked: closed.remaining, Limited: !closed.isServerBusy, Err: last}
		}
		if ctx.Err() != nil {
			return c.contextEndedError(ctx, call, err, last)
		}
		last = mostInformativeError(call, err, last)
		if ReasonOf(err) == ReasonRateLimited {
			attempts-- // The next attempt waits for the rate limiter. Only the retry timeout limits these waits.
			continue
		}
		limit := maxAttempts
		if failed, ok := errors.AsType[*TransportError](err); ok && !failed.Sent {
			limit = maxDialAttempts
		}
		if !call.canRetry(err) || attempts >= limit {
			return last
		}
		if err := c.Backoff(ctx, attempts-1, last); err != nil {
			return err
		}
	}
}

// canRetry reports whether another attempt after err may succeed, and cannot have its effect twice. An older server will
// reject the limit again.
func (call apiCall) canRetry(err error) bool {
	if call.query.Has("limit") && isLimitRejection(err) {
		return false
	}
	return isTransient(err) && (!call.isVerified || !MayHaveHappened(err))
}

// isOutage reports whether a call failed with err because the server did not respond to any attempt. A write that may have
// happened is no outage, because the caller reads next and the server may respond to that.
func (call apiCall) isOutage(err error) bool {
	if call.Method != http.MethodGet && MayHaveHappened(err) {
		return false
	}
	switch err := err.(type) { //nolint:errorlint // doWithRetries does not wrap its errors.
	case *GaveUpError:
		return isNoResponse(err.Err)
	case *APIError, *UnexpectedResponseError, *TransportError:
		return isNoResponse(err) && call.canRetry(err)
	}
	return false
}

// mostInformativeError picks the error to report when two attempts failed, first with last and then with err. It is err,
// except when the first delete may have happened and the second did not reach PostHog.
func mostInformativeError(call apiCall, err, last error) error {
	if call.Method == http.MethodDelete && MayHaveHappened(last) {
		switch ReasonOf(err) {
		case ReasonNoAnswer, ReasonTimedOut, ReasonUntrusted, ReasonRateLimited:
			return last
		}
	}
	return err
}

// contextEndedError returns the error of an operation whose context ended during an attempt, which failed with err. last is
// the error of the previous attempts.
func (c *Client) contextEndedError(ctx context.Context, call apiCall, err, last error) error {
	failed, isTransport := errors.AsType[*TransportError](err)
	if !isTransport && errors.Is(err, ctx.Err()) {
		return c.ContextError(ctx, last) // The attempt was waiting for the rate limiter.
	}
	isCancelled := isTransport && errors.Is(failed.Err, context.Cause(ctx))
	isFirstTimeout := last == nil && errors.Is(context.Cause(ctx), errRetryTimeout)
	switch {
	case isCancelled && !isFirstTimeout:
		return c.ContextError(ctx, last) // err only repeats why the context ended.
	case !isTransient(err):
		return err // Another attempt would end the same way.
	}
	return c.ContextError(ctx, mostInformativeError(call, err, last))
}

func (c *Client) logAttempt(ctx context.Context, call apiCall, attempt int, err error) {
	fields := map[string]any{"request": call.String(), "attempt": attempt}
	if err != nil {
		fields["failure"] = err.Error()
	} else {
		fields["status"] = call.wantStatus
	}
	c.log.Debug(ctx, "asked PostHog", fields)
}
