package ownership

import (
	"context"
	"sync"
)

// Claims records which resource of this process holds each membership, and serializes the writes of one membership. A
// membership that one resource added or adopted is not removed by another. This protects users when a resource changes its
// address, because Terraform may run the create and the destroy in any order. The zero value is ready to use. Claims is safe
// for concurrent use.
type Claims struct {
	mu  sync.Mutex
	all map[Member]*claim
}

type claim struct {
	lock   chan struct{} // holds a token while the membership is unlocked
	holder string        // the resource that holds the membership; "" for none
	last   LastWrite
}

// LastWrite is the last write of this process to a membership. The zero value means none.
type LastWrite struct {
	// Sequence orders the writes and reads of this process. It is 0 for no write.
	Sequence int64
	// Present says whether the write has left the user in the role.
	Present bool
}

// Lock waits until no other goroutine has locked the membership. The error is that of a context that has ended.
func (c *Claims) Lock(ctx context.Context, m Member) (unlock func(), err error) {
	c.mu.Lock()
	lock := c.claim(m).lock
	c.mu.Unlock()
	select {
	case <-lock:
		return func() { lock <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Hold makes a resource the holder of a membership. It reports false, and changes nothing, if another resource is.
func (c *Claims) Hold(m Member, holder string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.claim(m)
	if own.holder != "" && own.holder != holder {
		return false
	}
	own.holder = holder
	return true
}

// Release ends the hold of a resource on a membership. It changes nothing if another resource is the holder.
func (c *Claims) Release(m Member, holder string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own := c.claim(m); own.holder == holder {
		own.holder = ""
	}
}

// HeldByAnother reports whether a resource other than holder holds a membership.
func (c *Claims) HeldByAnother(m Member, holder string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.claim(m)
	return own.holder != "" && own.holder != holder
}

// RecordWrite stores the last write of a membership.
func (c *Claims) RecordWrite(m Member, last LastWrite) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claim(m).last = last
}

// LastWrite returns the last write of a membership.
func (c *Claims) LastWrite(m Member) LastWrite {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.claim(m).last
}

// claim returns the entry of a membership. The caller holds the lock.
func (c *Claims) claim(m Member) *claim {
	if c.all == nil {
		c.all = map[Member]*claim{}
	}
	own := entry(c.all, m)
	if own.lock == nil {
		own.lock = make(chan struct{}, 1)
		own.lock <- struct{}{}
	}
	return own
}
