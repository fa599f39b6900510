package posthog

import (
	"context"
	"errors"
	"sync"
	"time"
)

// outageTime is how long the circuit stays open.
const outageTime = 30 * time.Second

// circuit is a circuit breaker. It opens when an operation has used up its retries, if no request got a response since the
// operation began. While it is open, operations fail at once. Any response closes it.
type circuit struct {
	mu        sync.Mutex
	responses int                     // how many requests of the client got a response
	openUntil time.Time               // the circuit is open before this time
	outage    *OutageError            // the error of operations while the circuit is open
	opened    context.Context         // ends when the circuit opens, with outage as its cause
	endOpened context.CancelCauseFunc // ends opened
}

func newCircuit() *circuit {
	c := &circuit{}
	c.opened, c.endOpened = context.WithCancelCause(context.Background())
	return c
}

// begin returns the context of an operation, which ends when the circuit opens, and the number of responses so far. The
// caller must call end. While the circuit is open, begin returns an *OutageError that wraps last.
func (c *circuit) begin(caller context.Context, last error) (ctx context.Context, end func(), responses int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.openUntil) {
		return nil, nil, 0, &OutageError{Cause: c.outage.Cause, Err: last}
	}
	ctx, cancel := context.WithCancelCause(caller)
	opened := c.opened
	stop := context.AfterFunc(opened, func() { cancel(context.Cause(opened)) })
	return ctx, func() { stop(); cancel(nil) }, c.responses, nil
}

// close closes the circuit after a response.
func (c *circuit) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.responses++
	c.openUntil = time.Time{}
}

// open opens the circuit, unless a request got a response after begin returned this number of responses.
func (c *circuit) open(responses int, failure error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.responses != responses {
		return
	}
	c.outage, c.openUntil = &OutageError{Cause: failure}, time.Now().Add(outageTime)
	c.endOpened(c.outage)
	c.opened, c.endOpened = context.WithCancelCause(context.Background())
}

// isNoResponse reports whether the server did not respond: the transport failed, or the status is 5xx.
func isNoResponse(err error) bool {
	_, isTransport := errors.AsType[*TransportError](err)
	return isTransport || statusOf(err) >= 500
}
