package roster

import (
	"context"
	"sync"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A member is a user in a role, there or not.
type member struct {
	role     posthog.RoleRef
	userUUID string
}

// claims are what this process has done about each member. Adds and removes of one member wait for one another; and who
// was added or adopted for one resource is not removed for another, which Terraform would do when the address of a
// resource changes: it creates the one and destroys the other, in any order.
type claims struct {
	api Operations

	mu  sync.Mutex
	all map[member]*claim
}

// claim is what this process has done about one member. Between turns, nobody has it.
type claim struct {
	free   chan struct{} // holds a token while it is nobody's turn
	holder string        // the resource that has the member in the role; "" when none has
	wanted bool          // a resource has tried to put the member there, and failed
	last   deed
}

// A deed is the last thing that this process has done to a member, and when; the zero one is none.
type deed struct {
	at moment
	in bool // whether the member is in the role since
}

func newClaims(api Operations) *claims { return &claims{api: api, all: map[member]*claim{}} }

// turn waits until nobody else adds or removes the member, and returns the claim. The caller must give it back. The error
// is that of a context which has ended.
func (c *claims) turn(ctx context.Context, who member) (*claim, error) {
	c.mu.Lock()
	own, ok := c.all[who]
	if !ok {
		own = &claim{free: make(chan struct{}, 1)}
		own.free <- struct{}{}
		c.all[who] = own
	}
	c.mu.Unlock()
	select {
	case <-own.free:
		return own, nil
	case <-ctx.Done():
		return nil, c.api.Ended(ctx, nil)
	}
}

// claim has members be in a role for a resource, from now on, where no other resource has them. Whoever reads the role after
// it knows that nobody takes them out in this process. The error is that of a context which has ended.
func (c *claims) claim(ctx context.Context, role posthog.RoleRef, users []string, holder string) error {
	for _, user := range users {
		turn, err := c.turn(ctx, member{role, user})
		if err != nil {
			return err
		}
		if turn.holder == "" {
			turn.holder = holder
		}
		turn.giveBack()
	}
	return nil
}

// giveBack ends a turn.
func (c *claim) giveBack() { c.free <- struct{}{} }

// note says what was done to a member in this turn.
func (c *claims) note(own *claim, at moment, in bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own.last = deed{at, in}
}

// last returns the last thing that this process has done to a member.
func (c *claims) last(who member) deed {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own, ok := c.all[who]; ok {
		return own.last
	}
	return deed{}
}
