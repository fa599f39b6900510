package tfserver

import (
	"context"
	"sync/atomic"
)

// A lentContext ends with the call that it is for, and then lets go of the values that came with the call.
type lentContext struct {
	context.Context // It says when the call ends.

	owner atomic.Pointer[context.Context] // where the values are; nil after the call
}

// Value returns the call's value, nil after the call.
func (c *lentContext) Value(key any) any {
	// Package context asks for the canceler in this way, and must find that of this context.
	if value := c.Context.Value(key); value != nil {
		return value
	}
	if owner := c.owner.Load(); owner != nil {
		return (*owner).Value(key)
	}
	return nil
}
