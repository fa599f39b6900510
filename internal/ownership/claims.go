package ownership

import (
	"context"
	"sync"
)

// Claims records which resource of this process holds each membership, and has a lock for each membership. A membership that one
// resource added or adopted is not removed by another. This protects users when a resource changes its address, because Terraform
// may run the create and the destroy in any order. The zero value is ready to use. Claims is safe for concurrent use.
type Claims struct {
	mu      sync.Mutex
	members entries[Member, claim]
}

type claim struct {
	lock      chan struct{} // a semaphore of size 1: full while the membership is locked
	holder    string        // the resource that holds the membership; "" for none
	lastWrite LastWrite
}

// LastWrite is the last write of this process to a membership. The zero value means none.
type LastWrite struct {
	// Sequence orders the writes and reads of this process.
	Sequence int64
	// Present reports whether the user was in the role after the write.
	Present bool
}

// Lock locks a membership. It blocks while another goroutine has the lock. The error is that of a context that has ended.
func (c *Claims) Lock(ctx context.Context, m Member) (unlock func(), err error) {
	c.mu.Lock()
	lock := c.claim(m).lock
	c.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Hold makes a resource the holder of a membership. If another resource is the holder, Hold changes nothing and returns false.
func (c *Claims) Hold(m Member, holder string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	claim := c.claim(m)
	if claim.isHeldByAnother(holder) {
		return false
	}
	claim.holder = holder
	return true
}

// Release ends the hold of a resource on a membership. If another resource is the holder, Release changes nothing.
func (c *Claims) Release(m Member, holder string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if claim := c.claim(m); claim.holder == holder {
		claim.holder = ""
	}
}

// HeldByAnother reports whether a resource other than holder holds a membership.
func (c *Claims) HeldByAnother(m Member, holder string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.claim(m).isHeldByAnother(holder)
}

func (c *claim) isHeldByAnother(holder string) bool { return c.holder != "" && c.holder != holder }

// RecordWrite stores the last write of a membership.
func (c *Claims) RecordWrite(m Member, last LastWrite) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claim(m).lastWrite = last
}

// LastWrite returns the last write of a membership.
func (c *Claims) LastWrite(m Member) LastWrite {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.claim(m).lastWrite
}

// claim returns the entry of a membership. The caller holds mu.
func (c *Claims) claim(m Member) *claim {
	claim := c.members.at(m)
	if claim.lock == nil {
		claim.lock = make(chan struct{}, 1)
	}
	return claim
}
