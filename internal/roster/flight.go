package roster

import (
	"context"
	"strconv"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A flight is one listing under way, and those who wait for it.
type flight struct {
	key     string
	began   time.Time
	writes  int // of its role when it began
	waiting int
	cancel  context.CancelFunc
	ctx     context.Context //nolint:containedctx // The listing belongs to all who wait, not to one call.
}

// listing returns a listing of the role that began no earlier than the last write of this process to it: one that is
// kept, one that is under way, or a new one. A caller that goes away does not disturb the others; when all have gone, the
// listing stops.
func (r *Rosters) listing(ctx context.Context, role posthog.RoleRef) (*roster, error) {
	if err := r.api.Ended(ctx, nil); err != nil {
		return nil, err //nolint:wrapcheck // Package posthog's errors say all there is.
	}

	r.mu.Lock()
	state := r.state(role)
	if state.current != nil && time.Now().Before(state.expires) {
		defer r.mu.Unlock()
		return state.current, nil
	}
	if state.flight == nil {
		state.flight = r.start(ctx, state)
	}
	joined, result := r.join(role, state.flight)
	r.mu.Unlock()
	return r.land(ctx, role, joined, result)
}

// firstListing returns the first listing of the role that went well: unlike listing, it does not mind writes.
func (r *Rosters) firstListing(ctx context.Context, role posthog.RoleRef) (*roster, error) {
	r.mu.Lock()
	state := r.state(role)
	switch {
	case state.first != nil:
		defer r.mu.Unlock()
		return state.first, nil
	case state.firstFlight != nil:
		joined, result := r.join(role, state.firstFlight)
		r.mu.Unlock()
		return r.land(ctx, role, joined, result)
	}
	r.mu.Unlock()
	return r.listing(ctx, role)
}

// start prepares a flight. The caller holds the lock.
func (r *Rosters) start(ctx context.Context, state *rosterState) *flight {
	// The listing outlives the caller that starts it, but keeps what its context carries, such as where to log.
	own, cancel := r.api.Operation(context.WithoutCancel(ctx))
	r.flown++
	started := &flight{key: strconv.Itoa(r.flown), began: time.Now(), writes: state.writes, cancel: cancel, ctx: own}
	if state.first == nil && state.firstFlight == nil {
		state.firstFlight = started
	}
	return started
}

// join adds the caller to a flight. The caller holds the lock.
func (r *Rosters) join(role posthog.RoleRef, joined *flight) (*flight, <-chan singleflight.Result) {
	joined.waiting++
	return joined, r.flights.DoChan(joined.key, func() (any, error) { return r.fly(role, joined) })
}

// land waits for a flight's listing, or for the caller to go away.
func (r *Rosters) land(ctx context.Context, role posthog.RoleRef, joined *flight, result <-chan singleflight.Result) (*roster, error) {
	defer r.part(role, joined)
	select {
	case outcome := <-result:
		if outcome.Err != nil {
			return nil, outcome.Err
		}
		return outcome.Val.(*roster), nil //nolint:forcetypeassert // fly returns nothing else.
	case <-ctx.Done():
		return nil, r.api.Ended(ctx, nil) //nolint:wrapcheck // Package posthog's errors say all there is.
	}
}

// part takes a caller from a flight. With the last one the flight ends: its request stops, and nobody can join it.
func (r *Rosters) part(role posthog.RoleRef, left *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left.waiting--
	if left.waiting > 0 {
		return
	}
	left.cancel()
	r.state(role).forget(left)
}

// forget makes sure that nobody joins a flight any more. The caller holds the lock.
func (s *rosterState) forget(ended *flight) {
	if s.flight == ended {
		s.flight = nil
	}
	if s.firstFlight == ended {
		s.firstFlight = nil
	}
}

// fly lists the role and keeps the listing, unless a write has ended since it began. Errors are not kept.
func (r *Rosters) fly(role posthog.RoleRef, own *flight) (*roster, error) {
	members, err := r.api.RoleMemberships(own.ctx, role)

	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.state(role)
	state.forget(own) // Who comes from now on finds what is kept, or asks anew.
	if err != nil {
		return nil, err //nolint:wrapcheck // Package posthog's errors say all there is.
	}
	listing := newRoster(members)
	if state.first == nil {
		state.first = listing
	}
	if state.writes == own.writes {
		state.current, state.expires = listing, own.began.Add(r.keep)
	}
	return listing, nil
}

// wrote is called when a create or a delete has ended, well or not, and whenever only a fresh look will do. From here on
// nobody gets a listing that began before.
func (r *Rosters) wrote(role posthog.RoleRef) {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.state(role)
	state.writes++
	state.current, state.flight = nil, nil
}
