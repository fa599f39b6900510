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

// Operation returns a context whose requests share one RetryTimeout, counted from now. Without it each call of a method
// has a RetryTimeout of its own.
func (c *Client) Operation(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithValue(ctx, operationKey{}, true)
	return context.WithTimeoutCause(ctx, c.retryTimeout, errRetryTimeout)
}

// Backoff waits between two attempts of the same thing, longer with each failure there has been. It returns a
// *GaveUpError at once when the context would end before the wait does, and an *InterruptedError when the caller goes
// away meanwhile; both hold last.
func (c *Client) Backoff(ctx context.Context, failures int, last error) error {
	wait := max(jitter(exponential(c.backoff, failures, maxBackoff)), retryAfterOf(last))
	if c.passesDeadline(ctx, wait) {
		return &GaveUpError{Limit: c.retryTimeout, Asked: retryAfterOf(last), Err: last}
	}
	await(ctx, wait, nil)
	return c.Ended(ctx, last)
}

// Ready waits until PostHog's rate limit lets a request go, which may take longer than an operation may. The error is an
// *InterruptedError when the caller goes away first.
func (c *Client) Ready(ctx context.Context) error {
	if c.gate.open(ctx) != nil {
		return c.Ended(ctx, nil)
	}
	return nil
}

func (c *Client) passesDeadline(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && wait > time.Until(deadline)
}

// Ended says why the context of an operation has ended: a *GaveUpError or an *InterruptedError that holds the last
// failure (nil when there was none). It returns nil when the context has not ended.
func (c *Client) Ended(ctx context.Context, last error) error {
	switch {
	case ctx.Err() == nil:
		return nil
	case errors.Is(context.Cause(ctx), errRetryTimeout):
		return &GaveUpError{Limit: c.retryTimeout, Asked: retryAfterOf(last), Err: last}
	default:
		return &InterruptedError{Err: last}
	}
}

// A call is a request and what to do with its answer.
type call struct {
	Request
	query url.Values
	body  any // to be sent as JSON; nil for none
	// want is the status of the answer that read is given. Every other is an error. A nil error of read says that the answer
	// is what it should be; it may be called again after an answer that broke off, whatever read returned then.
	want int
	read func(got answer, body *content) error
}

// do asks until there is an answer for good, and returns nil when that was read or an error of this package. Reads and
// deletes are tried again after whatever may pass. A create is tried again only when it is sure not to have happened;
// otherwise the caller must look.
func (c *Client) do(ctx context.Context, asked call) error {
	if ctx.Value(operationKey{}) == nil {
		var cancel context.CancelFunc
		ctx, cancel = c.Operation(ctx)
		defer cancel()
	}
	var body []byte
	if asked.body != nil {
		var err error
		if body, err = json.Marshal(asked.body); err != nil {
			return fmt.Errorf("%s: cannot encode the body: %w", asked.Request, err)
		}
	}

	var last error // How the attempt before failed.
	for attempts := 1; ; attempts++ {
		err := c.attempt(ctx, asked, body)
		c.logAttempt(ctx, asked, attempts, err)
		if err == nil {
			return nil
		}
		if closed, ok := errors.AsType[*closedError](err); ok {
			return &GaveUpError{Limit: c.retryTimeout, Asked: closed.remaining, Limited: !closed.busy, Err: last}
		}
		if ctx.Err() != nil {
			return c.cutShort(ctx, asked, err, last)
		}
		last = surest(asked, err, last)
		if ReasonOf(err) == ReasonRateLimited {
			attempts-- // The gate makes it wait, for as long as the retry timeout allows.
			continue
		}
		if !asked.mayRepeat(err, attempts) {
			return last
		}
		wait := max(jitter(exponential(c.backoff, attempts-1, maxBackoff)), retryAfterOf(err))
		if c.passesDeadline(ctx, wait) {
			return &GaveUpError{Limit: c.retryTimeout, Asked: retryAfterOf(err), Err: last}
		}
		await(ctx, wait, nil)
		if ended := c.Ended(ctx, last); ended != nil {
			return ended
		}
	}
}

// mayRepeat reports whether a call is worth another attempt, and safe to try, after so many of which the last failed with
// err.
func (r call) mayRepeat(err error, attempts int) bool {
	switch {
	case !isTransient(err), r.Method == http.MethodPost && MayHaveHappened(err):
		return false
	case r.refusesLimit(err):
		return false
	}
	if failed, ok := errors.AsType[*TransportError](err); ok && !failed.Sent {
		return attempts < maxDialAttempts
	}
	return attempts < maxAttempts
}

// surest returns what to tell of an attempt that failed with err after one that failed with last. That is err, but for a
// delete that may have happened the first time and did not reach PostHog the second.
func surest(asked call, err, last error) error {
	if asked.Method == http.MethodDelete && MayHaveHappened(last) {
		switch ReasonOf(err) {
		case ReasonNoAnswer, ReasonTimedOut, ReasonUntrusted, ReasonRateLimited:
			return last
		}
	}
	return err
}

// cutShort returns the error of an attempt during which the context ended. An answer that settles the matter still does.
func (c *Client) cutShort(ctx context.Context, asked call, err, last error) error {
	failed, lost := errors.AsType[*TransportError](err)
	switch {
	case !lost && errors.Is(err, ctx.Err()):
		return c.Ended(ctx, last) // It waited at the gate.
	case lost && errors.Is(failed.Err, context.Cause(ctx)):
		// It failed because there was no time left. The attempt before says more, where there was one.
		if ended := c.Ended(ctx, last); last != nil || ReasonOf(ended) == ReasonInterrupted {
			return ended
		}
	case !isTransient(err):
		return err
	}
	return c.Ended(ctx, surest(asked, err, last))
}

func (c *Client) logAttempt(ctx context.Context, asked call, attempt int, err error) {
	fields := map[string]any{"request": asked.String(), "attempt": attempt}
	if err != nil {
		fields["failure"] = err.Error()
	} else {
		fields["status"] = asked.want
	}
	c.log.Debug(ctx, "asked PostHog", fields)
}
