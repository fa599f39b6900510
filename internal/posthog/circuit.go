package posthog

import (
	"context"
	"errors"
	"sync"
	"time"
)

// outageTime is how long the circuit stays open.
const outageTime = 30 * time.Second

// circuit is a circuit breaker. It opens when an operation has used up its retries and no request was answered since the
// operation began. While it is open, operations fail at once. Any answer closes it.
type circuit struct {
	mu        sync.Mutex
	responses int             // requests of the client that were answered
	until     time.Time       // open until then
	outage    *OutageError    // what operations fail with
	opened    context.Context // ends when the circuit opens, with the outage as its cause
	end       context.CancelCauseFunc
}

func newCircuit() *circuit {
	c := &circuit{}
	c.opened, c.end = context.WithCancelCause(context.Background())
	return c
}

// begin returns the context of an operation, which ends when the circuit opens, and the number of answers so far. It fails
// with an *OutageError that holds last while the circuit is open.
func (c *circuit) begin(caller context.Context, last error) (ctx context.Context, leave func(), answers int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.until) {
		return nil, nil, 0, &OutageError{Cause: c.outage.Cause, Err: last}
	}
	ctx, cancel := context.WithCancelCause(caller)
	opened := c.opened
	stop := context.AfterFunc(opened, func() { cancel(context.Cause(opened)) })
	return ctx, func() { stop(); cancel(nil) }, c.responses, nil
}

// close closes the circuit.
func (c *circuit) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.responses++
	c.until = time.Time{}
}

// open opens the circuit, unless a request was answered since an operation began with this number of answers.
func (c *circuit) open(answers int, failure error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.responses != answers {
		return
	}
	c.outage, c.until = &OutageError{Cause: failure}, time.Now().Add(outageTime)
	c.end(c.outage)
	c.opened, c.end = context.WithCancelCause(context.Background())
}

// isNoResponse reports whether err means that the server did not answer: the transport failed, or the status is 5xx.
func isNoResponse(err error) bool {
	_, lost := errors.AsType[*TransportError](err)
	return lost || statusOf(err) >= 500
}
