package posthog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// How often an operation tries the same request. Waits for the rate limit do not count: they are bounded by the retry
// timeout alone. A server that takes no connection is tried fewer times, as a wrong host is the likelier reason.
const (
	maxAttempts     = 8
	maxDialAttempts = 4
	maxBackoff      = 30 * time.Second
	// maxRetryAfter is the longest wait that is not an error at once. PostHog asks for up to an hour.
	maxRetryAfter = 65 * time.Minute
)

// A Request names what was asked, for errors and logs. It holds neither the host nor the key.
type Request struct {
	Method string
	// Path is the path under the host, with slashes at both ends.
	Path string
}

func (r Request) String() string { return r.Method + " " + r.Path }

// errRetryTimeout is the cause of a context that ended because its operation took too long.
var errRetryTimeout = errors.New("the retry timeout has passed")

type operationKey struct{}

// WithRetryTimeout returns a context whose requests share one RetryTimeout, counted from now. Without it each call of a method
// has a RetryTimeout of its own.
func (c *Client) WithRetryTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithValue(ctx, operationKey{}, true)
	return context.WithTimeoutCause(ctx, c.retryTimeout, errRetryTimeout)
}

// Backoff waits between two attempts of the same thing, longer with each failure there has been. It returns a
// *GaveUpError at once when the context would end before the wait does, a *LongWaitError when PostHog asks for too long a
// wait, an *OutageError when the circuit opens, and an *InterruptedError when the caller goes away; all of them hold last.
func (c *Client) Backoff(ctx context.Context, failures int, last error) error {
	ctx, leave, _, err := c.circuit.begin(ctx, last)
	if err != nil {
		return err
	}
	defer leave()
	asked := retryAfterOf(last)
	wait := max(jitter(exponential(c.backoff, failures, maxBackoff)), asked)
	if asked > maxRetryAfter {
		return &LongWaitError{Asked: asked, Err: last}
	}
	if deadline, ok := ctx.Deadline(); ok && wait > time.Until(deadline) {
		return &GaveUpError{Limit: c.retryTimeout, Asked: asked, Err: last}
	}
	sleep(ctx, wait, nil)
	return c.ContextError(ctx, last)
}

// WaitForRateLimit waits until PostHog's rate limit lets a request go, which may take longer than an operation may. The error is a
// *LongWaitError when PostHog asks for too long a wait, and an *InterruptedError when the caller goes away first.
func (c *Client) WaitForRateLimit(ctx context.Context) error {
	err := c.limiter.waitWhileRateLimited(ctx)
	if closed, ok := errors.AsType[*limiterClosedError](err); ok {
		return &LongWaitError{Asked: closed.remaining}
	}
	return c.ContextError(ctx, nil)
}

// ContextError returns why the context of an operation has ended: a *GaveUpError, an *OutageError or an *InterruptedError that holds
// the last failure (nil when there was none). It returns nil when the context has not ended.
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

// A apiCall is a request and what to do with its answer.
type apiCall struct {
	Request
	query url.Values
	body  any // to be sent as JSON; nil for none
	// wantStatus is the status of the answer that read is given. Every other is an error. A nil error of read says that the answer
	// is what it should be; it may be called again after an answer that broke off, whatever read returned then.
	wantStatus int
	decode     func(resp response, body *limitedBody) error
}

// do asks until there is an answer for good, and returns nil when that was read or an error of this package. Reads and
// deletes are tried again after whatever may pass. A create is tried again only when it is sure not to have happened;
// otherwise the caller must look. It opens the circuit when it has used up its retries because the server does not answer.
func (c *Client) do(ctx context.Context, call apiCall) error {
	if ctx.Value(operationKey{}) == nil {
		var cancel context.CancelFunc
		ctx, cancel = c.WithRetryTimeout(ctx)
		defer cancel()
	}
	var body []byte
	if call.body != nil {
		var err error
		if body, err = json.Marshal(call.body); err != nil {
			return fmt.Errorf("%s: cannot encode the body: %w", call.Request, err)
		}
	}
	ctx, leave, answers, err := c.circuit.begin(ctx, nil)
	if err != nil {
		return err
	}
	defer leave()
	if err = c.doWithRetries(ctx, call, body); call.isOutage(err) {
		c.circuit.open(answers, err)
	}
	return err
}

// doWithRetries sends a request until an attempt settles it.
func (c *Client) doWithRetries(ctx context.Context, call apiCall, body []byte) error {
	var last error // How the attempt before failed.
	for attempts := 1; ; attempts++ {
		err := c.attempt(ctx, call, body)
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
			attempts-- // The gate makes it wait, for as long as the retry timeout allows.
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

// canRetry reports whether a call that failed with err is worth another attempt, and safe to try.
func (r apiCall) canRetry(err error) bool {
	return isTransient(err) && !r.refusesLimit(err) && (r.Method != http.MethodPost || !MayHaveHappened(err))
}

// isOutage reports whether err ends a call because the server did not answer, however often it was tried. A write that may
// have happened proves no outage: its caller reads next, and the server may answer that.
func (r apiCall) isOutage(err error) bool {
	if r.Method != http.MethodGet && MayHaveHappened(err) {
		return false
	}
	switch err := err.(type) { //nolint:errorlint // repeat returns its errors unwrapped.
	case *GaveUpError:
		return isNoResponse(err.Err)
	case *APIError, *UnexpectedResponseError, *TransportError:
		return isNoResponse(err) && r.canRetry(err)
	}
	return false
}

// mostInformativeError returns what to tell of an attempt that failed with err after one that failed with last. That is err, but for a
// delete that may have happened the first time and did not reach PostHog the second.
func mostInformativeError(call apiCall, err, last error) error {
	if call.Method == http.MethodDelete && MayHaveHappened(last) {
		switch ReasonOf(err) {
		case ReasonNoAnswer, ReasonTimedOut, ReasonUntrusted, ReasonRateLimited:
			return last
		}
	}
	return err
}

// contextEndedError returns the error of an attempt during which the context ended. An answer that settles the matter still does.
func (c *Client) contextEndedError(ctx context.Context, call apiCall, err, last error) error {
	failed, lost := errors.AsType[*TransportError](err)
	switch {
	case !lost && errors.Is(err, ctx.Err()):
		return c.ContextError(ctx, last) // It waited at the gate.
	case lost && errors.Is(failed.Err, context.Cause(ctx)):
		// It failed because there was no time left. The attempt before says more, where there was one.
		if last != nil || !errors.Is(failed.Err, errRetryTimeout) {
			return c.ContextError(ctx, last)
		}
	case !isTransient(err):
		return err
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
