package posthog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hashicorp/go-retryablehttp"
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

// An exchange is one request with all its attempts.
type exchange struct {
	client   *Client
	request  Request
	attempts int
	failure  error // of the last attempt; nil when it went well
	answer   answer
	wait     time.Duration // before the next attempt
}

// do sends a request until it is answered for good, and returns the answer: the body of a status that is in want, or an
// error of this package. Reads and deletes are tried again after whatever may pass. A create is tried again only when it
// is sure not to have happened; otherwise the caller must look.
func (c *Client) do(ctx context.Context, request Request, query url.Values, body any, want ...int) ([]byte, error) {
	if ctx.Value(operationKey{}) == nil {
		var cancel context.CancelFunc
		ctx, cancel = c.Operation(ctx)
		defer cancel()
	}

	message, err := c.message(ctx, request, query, body)
	if err != nil {
		return nil, err
	}
	x := &exchange{client: c, request: request}
	retrying := &retryablehttp.Client{
		HTTPClient:   c.http,
		RetryMax:     math.MaxInt32, // x.checkRetry counts.
		CheckRetry:   x.checkRetry,
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return x.wait },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := retrying.Do(message)
	if response != nil {
		_ = response.Body.Close() // It is in memory, and x has read it.
	}
	switch {
	case err != nil && ctx.Err() != nil && !isEnded(x.failure):
		return nil, c.Ended(ctx, x.failure) // It ended during the wait between two attempts.
	case x.failure != nil:
		return nil, x.failure
	case err != nil:
		return nil, fmt.Errorf("%s: %w", request, err)
	}
	if slices.Contains(want, x.answer.status) {
		return x.answer.body, nil
	}
	reason := "that is not what this request is answered with"
	if !json.Valid(x.answer.body) {
		reason = notJSON(x.answer.body)
	}
	return nil, c.unexpected(request, x.answer, reason)
}

// message makes the HTTP request.
func (c *Client) message(ctx context.Context, request Request, query url.Values, body any) (*retryablehttp.Request, error) {
	target := *c.base
	target = *target.JoinPath(request.Path)
	target.RawQuery = query.Encode()

	var content any
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot encode the body: %w", request, err)
		}
		content = encoded
	}
	message, err := retryablehttp.NewRequestWithContext(ctx, request.Method, target.String(), content)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot make the request: %w", request, err)
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

// checkRetry is asked by retryablehttp after each attempt. It reads the answer and decides.
func (x *exchange) checkRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	previous := x.failure
	x.attempts++
	x.answer, x.failure = x.read(response, err)
	x.log(ctx)
	if x.failure == nil {
		return false, nil
	}
	if closed, ok := errors.AsType[*closedError](x.failure); ok {
		x.failure = &GaveUpError{Limit: x.client.retryTimeout, Asked: closed.remaining, Err: previous}
		return false, nil
	}
	if ctx.Err() != nil {
		x.failure = x.cutShort(ctx, previous)
		return false, nil //nolint:nilerr // The failure is in x, and says more.
	}
	if IsRateLimited(x.failure) {
		x.attempts-- // The gate makes it wait, for as long as the retry timeout allows.
		x.wait = 0
		return true, nil
	}
	if !isTransient(x.failure) || x.request.Method == http.MethodPost && MayHaveHappened(x.failure) {
		return false, nil
	}
	most := maxAttempts
	if neverSent(x.failure) {
		most = maxDialAttempts
	}
	if x.attempts >= most {
		return false, nil
	}
	x.wait = max(jitter(exponential(x.client.backoff, x.attempts-1, maxBackoff)), retryAfterOf(x.failure))
	if x.client.passesDeadline(ctx, x.wait) {
		x.failure = &GaveUpError{Limit: x.client.retryTimeout, Asked: retryAfterOf(x.failure), Err: x.failure}
		return false, nil
	}
	return true, nil
}

// cutShort returns the failure of an attempt during which the context ended. An answer that settles the matter still does.
func (x *exchange) cutShort(ctx context.Context, previous error) error {
	failed, lost := errors.AsType[*TransportError](x.failure)
	if !lost && (errors.Is(x.failure, context.Canceled) || errors.Is(x.failure, context.DeadlineExceeded)) {
		return x.client.Ended(ctx, previous) // It waited at the gate.
	}
	if !isTransient(x.failure) {
		return x.failure
	}
	if lost && !failed.TimedOut && previous != nil && (x.request.Method == http.MethodGet || MayHaveHappened(previous)) {
		return x.client.Ended(ctx, previous) // This attempt failed because there was no time left; that one says why.
	}
	return x.client.Ended(ctx, x.failure)
}

// isEnded reports whether err already says that its operation was interrupted or ran out of time.
func isEnded(err error) bool {
	_, interrupted := errors.AsType[*InterruptedError](err)
	_, gaveUp := errors.AsType[*GaveUpError](err)
	return interrupted || gaveUp
}

func (x *exchange) log(ctx context.Context) {
	fields := map[string]any{"request": x.request.String(), "attempt": x.attempts}
	if x.failure != nil {
		fields["failure"] = x.failure.Error()
	} else {
		fields["status"] = x.answer.status
	}
	x.client.log.Debug(ctx, "asked PostHog", fields)
}
