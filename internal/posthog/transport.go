package posthog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswer bounds what is read of one answer. 10,000 memberships in one page are about 16 MiB.
	maxAnswer = 32 << 20
	// lingering is how long a create that is under way may still take once its caller has gone: nobody else can tell
	// whether it happened.
	lingering = 400 * time.Millisecond
)

// redirectHeader is where transport puts the Location of an answer.
const redirectHeader = "Redirected-To"

// transport sends one attempt: it waits at the gate, bounds the attempt in time, and reads the whole answer, so that an
// answer which breaks off is a failed attempt and not a surprise later.
type transport struct {
	next           http.RoundTripper
	gate           *gate
	requestTimeout time.Duration
}

// tooLargeError is an answer of more than maxAnswer bytes.
type tooLargeError struct {
	status      int
	contentType string
	start       []byte
}

func (e *tooLargeError) Error() string { return "the answer is too large" }

// RoundTrip returns an answer whose body is in memory, or a *TransportError, *tooLargeError, *closedError or the context's
// error. The wait at the gate does not count towards the request timeout.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	round, err := t.gate.enter(ctx)
	if err != nil {
		return nil, err
	}

	response, err := t.attempt(request)
	switch {
	case err != nil:
		t.gate.leave()
		return nil, err
	case isRateLimit(response):
		asked, _ := parseRetryAfter(response.Header.Get("Retry-After"), time.Now())
		t.gate.refuse(ctx, round, asked)
	default:
		t.gate.accept(round)
	}
	return response, nil
}

// isRateLimit reports whether the answer closes the gate: any 429, and a 503 that says for how long.
func isRateLimit(response *http.Response) bool {
	if response.StatusCode == http.StatusServiceUnavailable {
		asked, ok := parseRetryAfter(response.Header.Get("Retry-After"), time.Now())
		return ok && asked > 0
	}
	return response.StatusCode == http.StatusTooManyRequests
}

func (t *transport) attempt(request *http.Request) (*http.Response, error) {
	caller := request.Context()
	ctx, cancel := context.WithTimeout(caller, t.requestTimeout)
	if request.Method == http.MethodPost {
		cancel()
		ctx, cancel = withLinger(caller, t.requestTimeout, lingering)
	}
	defer cancel()

	failure := func(err error) error {
		timedOut := errors.Is(ctx.Err(), context.DeadlineExceeded) && caller.Err() == nil
		return &TransportError{TimedOut: timedOut, Timeout: t.requestTimeout, Sent: !neverSent(err), Err: err}
	}

	response, err := t.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return nil, failure(err)
	}
	defer response.Body.Close() //nolint:errcheck // What was read is all that is wanted.

	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, failure(fmt.Errorf("the answer (%s) broke off: %w", statusText(response.StatusCode), err))
	case len(body) > maxAnswer:
		return nil, &tooLargeError{response.StatusCode, response.Header.Get("Content-Type"), body[:1024]}
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	// http.Client must not even look at where a redirect points: it fails when that is no URL.
	if location := response.Header.Values("Location"); len(location) > 0 {
		response.Header[redirectHeader] = location
		response.Header.Del("Location")
	}
	return response, nil
}

// withLinger returns a context that ends after timeout, or after linger once parent has ended.
func withLinger(parent context.Context, timeout, linger time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), timeout)
	stop := context.AfterFunc(parent, func() {
		timer := time.NewTimer(linger)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel() }
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
