package roster

import (
	"context"
	"strings"
	"sync"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// roleClaims records which resource of this process has created or adopted each role, and has a lock for each name. A role that one
// resource has created or adopted is neither adopted nor deleted by another. An adopted role is not deleted at all: if the create half of
// a replacement has adopted it, the delete half must not delete it. The zero value is ready to use.
type roleClaims struct {
	mu     sync.Mutex
	claims map[posthog.RoleRef]roleClaim
	locks  map[roleName]chan struct{} // semaphores of size 1
}

// roleName is the name of a role in lower case, because names are unique without regard to case.
type roleName struct{ organizationID, name string }

// lock locks a name, so that the creates and renames of one name take turns. The error is that of a context that has ended.
func (c *roleClaims) lock(ctx context.Context, organizationID, name string) (unlock func(), err error) {
	key := roleName{organizationID, strings.ToLower(name)}
	c.mu.Lock()
	if c.locks == nil {
		c.locks = map[roleName]chan struct{}{}
	}
	if c.locks[key] == nil {
		c.locks[key] = make(chan struct{}, 1)
	}
	lock := c.locks[key]
	c.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

type roleClaim struct {
	holder    string
	isAdopted bool
}

// hold makes a resource the holder of a role. If another resource is the holder, hold changes nothing and returns false.
func (c *roleClaims) hold(ref posthog.RoleRef, holder string, isAdopted bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if current, isHeld := c.claims[ref]; isHeld && current.holder != holder {
		return false
	}
	if c.claims == nil {
		c.claims = map[posthog.RoleRef]roleClaim{}
	}
	c.claims[ref] = roleClaim{holder, isAdopted}
	return true
}

// isHeld reports whether a resource has created or adopted a role.
func (c *roleClaims) isHeld(ref posthog.RoleRef) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, isHeld := c.claims[ref]
	return isHeld
}

// canDelete reports whether a resource may delete a role.
func (c *roleClaims) canDelete(ref posthog.RoleRef, holder string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	current, isHeld := c.claims[ref]
	return !isHeld || current.holder == holder && !current.isAdopted
}
