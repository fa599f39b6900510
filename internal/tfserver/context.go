package tfserver

import (
	"context"
	"sync/atomic"
)

// callContext is a context for one call. After the call it is canceled and has no values, so that the framework, which keeps the contexts of
// all calls until it exits, keeps no loggers alive.
type callContext struct {
	context.Context // canceled after the call

	caller atomic.Pointer[context.Context] // has the values; nil after the call
}

// Value returns the caller's value. It returns nil after the call.
func (c *callContext) Value(key any) any {
	// Package context looks for the canceler in this way, and must find that of this context.
	if value := c.Context.Value(key); value != nil {
		return value
	}
	if caller := c.caller.Load(); caller != nil {
		return (*caller).Value(key)
	}
	return nil
}

// callWithReleasableContext makes a call with a context that keeps nothing of the caller's context alive after the call.
func callWithReleasableContext[Request, Response any](
	ctx context.Context, request *Request, call func(context.Context, *Request) (*Response, error),
) (*Response, error) {
	canceled, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()

	callCtx := &callContext{Context: canceled}
	callCtx.caller.Store(&ctx)
	defer callCtx.caller.Store(nil) //nolint:contextcheck // It must not inherit from the caller's context.
	return call(callCtx, request)   //nolint:contextcheck // It is canceled with ctx, and has its values.
}
