package roster

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// keep is how long a listing answers for its role, counted from when it began. Terraform asks for all memberships of a
// role within seconds; somebody who watches the web app should not wait much longer.
const keep = 30 * time.Second

// API is the part of a posthog.Client that rosters need.
type API interface {
	Operation(ctx context.Context) (context.Context, context.CancelFunc)
	Backoff(ctx context.Context, failures int, last error) error
	Ended(ctx context.Context, last error) error
	RoleMemberships(ctx context.Context, role posthog.RoleRef) ([]posthog.Membership, error)
	EachRoleMembership(ctx context.Context, role posthog.RoleRef, limit, offset int) iter.Seq2[posthog.Membership, error]
	Role(ctx context.Context, role posthog.RoleRef) (posthog.Role, error)
	Roles(ctx context.Context, organizationID string) ([]posthog.Role, error)
	CreateRoleMembership(ctx context.Context, role posthog.RoleRef, userUUID string) (posthog.Membership, error)
	DeleteRoleMembership(ctx context.Context, role posthog.RoleRef, id string) error
}

// Rosters are the roles of one provider configuration. Two configurations never share one, as another key may see other
// members. It is safe for concurrent use. Create it with New.
type Rosters struct {
	api     API
	keep    time.Duration
	flights singleflight.Group

	mu    sync.Mutex
	roles map[posthog.RoleRef]*rosterState
	flown int // flights so far, which gives each a key of its own
}

// rosterState is what is known of one role.
type rosterState struct {
	// writes counts the creates and deletes that have ended. A listing is good for those who ask after it only while the
	// count is what it was when the listing began.
	writes  int
	current *roster   // nil when there is none
	expires time.Time // of current
	flight  *flight   // the listing under way, for those who ask now; nil when there is none

	first       *roster         // the first listing that went well: who was in the role before this process wrote
	firstFlight *flight         // the listing that may become first; nil when there is none
	removed     map[string]bool // the users that this process took out of the role
}

// roster is one listing of a role, with an index. Nobody changes it.
type roster struct {
	members []posthog.Membership
	byID    map[string]int
	byUser  map[string]int
}

func newRoster(members []posthog.Membership) *roster {
	r := &roster{members, make(map[string]int, len(members)), make(map[string]int, len(members))}
	for i, member := range members {
		r.byID[member.ID] = i
		if _, ok := r.byUser[member.User.UUID]; !ok {
			r.byUser[member.User.UUID] = i
		}
	}
	return r
}

// find looks for a membership by its id, then by its user: who was removed and added again has another membership.
func (r *roster) find(membershipID, userUUID string) (posthog.Membership, bool) {
	if i, ok := r.byID[membershipID]; ok && r.members[i].User.UUID == userUUID {
		return r.members[i], true
	}
	if i, ok := r.byUser[userUUID]; ok {
		return r.members[i], true
	}
	return posthog.Membership{}, false
}

// An ElsewhereError says that nothing can be told of a role: it is not in the organization that
// posthog.CurrentOrganization means now. PostHog's list of its members is empty then, whoever is in the role.
type ElsewhereError struct{ Role posthog.RoleRef }

func (e *ElsewhereError) Error() string {
	return fmt.Sprintf("role %s is not in the organization that is current now", e.Role.ID)
}

// New returns rosters that ask api. It asks nothing yet.
func New(api API) *Rosters {
	return &Rosters{api: api, keep: keep, roles: map[posthog.RoleRef]*rosterState{}}
}

// Members returns everybody in a role, ordered by when they joined. A role that is empty or does not exist has none. The
// slice is shared: callers must not change it. The errors are those of posthog.Client.RoleMemberships, and that of the
// context.
func (r *Rosters) Members(ctx context.Context, role posthog.RoleRef) ([]posthog.Membership, error) {
	listing, err := r.listing(ctx, role)
	if err != nil {
		return nil, err
	}
	return listing.members, nil
}

// Find returns the membership of a user in a role, looked up by its id and then by its user, and whether there is one. An
// id that is found counts only when it is that user's. The errors are those of Members, and *ElsewhereError.
func (r *Rosters) Find(ctx context.Context, role posthog.RoleRef, membershipID, userUUID string) (posthog.Membership, bool, error) {
	listing, err := r.listing(ctx, role)
	if err != nil {
		return posthog.Membership{}, false, err
	}
	member, found := listing.find(membershipID, userUUID)
	if len(listing.members) == 0 && role.OrganizationID == posthog.CurrentOrganization {
		exists, err := r.Exists(ctx, role)
		if err != nil || !exists {
			return posthog.Membership{}, false, cmp.Or(err, error(&ElsewhereError{role}))
		}
	}
	return member, found, nil
}

// WasMember returns the membership that a user had in a role when this process first listed it, and whether there was one
// that this process has not removed since. It costs at most one listing for each role, however many writes come between.
// The errors are those of Members.
func (r *Rosters) WasMember(ctx context.Context, role posthog.RoleRef, userUUID string) (posthog.Membership, bool, error) {
	first, err := r.firstListing(ctx, role)
	if err != nil {
		return posthog.Membership{}, false, err
	}
	r.mu.Lock()
	removed := r.state(role).removed[userUUID]
	r.mu.Unlock()
	member, found := first.find("", userUUID)
	return member, found && !removed, nil
}

// state returns what is known of a role. The caller holds the lock.
func (r *Rosters) state(role posthog.RoleRef) *rosterState {
	state, ok := r.roles[role]
	if !ok {
		state = &rosterState{}
		r.roles[role] = state
	}
	return state
}
