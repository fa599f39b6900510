package roster

import (
	"context"
	"fmt"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const (
	// maxAdds is how often a create that may have happened, and did not, is sent.
	maxAdds = 6
	// maxRemoves is how often a user who is still in the role under another id is taken out again.
	maxRemoves = 4
	// lastLook is how long an interrupted write may take to find out whether it happened. With what package posthog lets
	// a create linger, the whole ends within a second.
	lastLook = 400 * time.Millisecond
)

// An ExistsError says that a user was in the role before Add was called.
type ExistsError struct {
	Role       posthog.RoleRef
	Membership posthog.Membership
}

func (e *ExistsError) Error() string {
	return fmt.Sprintf("user %s is already in role %s", e.Membership.User.UUID, e.Role.ID)
}

// A HiddenError says that PostHog refuses to add a user as already in the role, and yet does not list the user there.
type HiddenError struct {
	Role     posthog.RoleRef
	UserUUID string
	Err      error
}

func (e *HiddenError) Error() string {
	return fmt.Sprintf("user %s is said to be in role %s but is not listed there", e.UserUUID, e.Role.ID)
}

func (e *HiddenError) Unwrap() error { return e.Err }

// An UnclearError says that it could not be found out whether a create happened.
type UnclearError struct {
	Role     posthog.RoleRef
	UserUUID string
	// Create is how the create failed; Look is how the look at the role failed, nil when it went well and the user was
	// not there (yet).
	Create, Look error
}

func (e *UnclearError) Error() string {
	return fmt.Sprintf("user %s may have been added to role %s: %v", e.UserUUID, e.Role.ID, e.Create)
}

func (e *UnclearError) Unwrap() []error { return []error{e.Create, e.Look} }

// A NeedsCurrentError says that the server does not take the organization's UUID in a create, though the role exists.
// Servers of September 2025 to February 2026 are like that; posthog.CurrentOrganization works with them.
type NeedsCurrentError struct {
	Role posthog.RoleRef
	Err  error
}

func (e *NeedsCurrentError) Error() string {
	return fmt.Sprintf("role %s exists, but the server says it does not", e.Role.ID)
}

func (e *NeedsCurrentError) Unwrap() error { return e.Err }

// A LookError says that a write was refused, and that the look at the role which would tell what that means failed too.
type LookError struct {
	// Write is how PostHog refused the write; Look is how the look at the role failed.
	Write, Look error
}

func (e *LookError) Error() string {
	return fmt.Sprintf("%v; the look at the role after it failed too: %v", e.Write, e.Look)
}

func (e *LookError) Unwrap() []error { return []error{e.Write, e.Look} }

// Add puts a user in a role and returns the membership. A create that may have happened is looked up before it is sent
// again, so that the membership is returned, once, whatever became of the answers. The errors are *ExistsError when the
// user was there before (with that membership), *HiddenError, *UnclearError, *NeedsCurrentError, *LookError, and
// those of posthog.Client.CreateRoleMembership that are sure to mean that nothing was added.
func (r *Rosters) Add(ctx context.Context, role posthog.RoleRef, userUUID string) (posthog.Membership, error) {
	ctx, cancel := r.api.Operation(ctx)
	defer cancel()

	before := r.knownMember(role, userUUID)
	var unclear error // How the last create failed that may have happened.
	for try := 0; ; try++ {
		membership, err := r.api.CreateRoleMembership(ctx, role, userUUID)
		switch {
		case err == nil:
			r.wrote(role)
			return membership, nil
		case posthog.IsAlreadyMember(err):
			return r.alreadyThere(ctx, role, userUUID, before, err, unclear)
		case posthog.MayHaveHappened(err):
			unclear = err
		case unclear != nil:
			// This create did not happen, but the one before it may have.
		case posthog.IsUnknownRole(err):
			return posthog.Membership{}, r.unknownRole(ctx, role, err)
		default:
			return posthog.Membership{}, err //nolint:wrapcheck // Package posthog's errors say all there is.
		}

		membership, found, look := r.look(ctx, role, "", userUUID)
		switch {
		case found && membership.ID == before:
			return posthog.Membership{}, &ExistsError{role, membership}
		case found:
			return membership, nil
		case look != nil || ctx.Err() != nil || try+1 >= maxAdds:
			return posthog.Membership{}, &UnclearError{role, userUUID, unclear, look}
		case !posthog.MayHaveHappened(err):
			return posthog.Membership{}, err //nolint:wrapcheck // Nobody was added, and this says why.
		}
		if pause := r.api.Backoff(ctx, try, err); pause != nil {
			return posthog.Membership{}, &UnclearError{role, userUUID, pause, nil}
		}
	}
}

// look lists a role afresh and finds a user there. When the caller has gone, or the time is up, it still looks, but only
// for a moment.
func (r *Rosters) look(ctx context.Context, role posthog.RoleRef, membershipID, userUUID string) (posthog.Membership, bool, error) {
	r.wrote(role)
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(context.WithoutCancel(ctx), lastLook, context.Cause(ctx))
		defer cancel()
	}
	return r.Find(ctx, role, membershipID, userUUID)
}

// alreadyThere says what a duplicate means: ours when an earlier create may have happened, else somebody else's. before is
// the id of the membership that the user was known to have.
func (r *Rosters) alreadyThere(
	ctx context.Context, role posthog.RoleRef, userUUID, before string, duplicate, unclear error,
) (posthog.Membership, error) {
	if unclear == nil {
		// PostHog has just said that the user is there: any listing that shows the membership will do.
		if membership, found, err := r.WasMember(ctx, role, userUUID); err == nil && found {
			return posthog.Membership{}, &ExistsError{role, membership}
		}
	}
	membership, found, err := r.look(ctx, role, "", userUUID)
	switch {
	case err != nil && unclear != nil:
		return posthog.Membership{}, &UnclearError{role, userUUID, unclear, err}
	case err != nil:
		return posthog.Membership{}, &LookError{Write: duplicate, Look: err}
	case !found:
		return posthog.Membership{}, &HiddenError{role, userUUID, duplicate}
	case unclear == nil || membership.ID == before:
		return posthog.Membership{}, &ExistsError{role, membership}
	}
	return membership, nil
}

// knownMember returns the id of the membership that a user had in a role when this process first listed it, and that it
// has not removed since; "" when there is none, or the role was not listed yet. It asks nothing.
func (r *Rosters) knownMember(role posthog.RoleRef, userUUID string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.state(role)
	if state.first == nil || state.removed[userUUID] {
		return ""
	}
	member, _ := state.first.find("", userUUID)
	return member.ID
}

// unknownRole says what “Role does not exist.” means, which some servers answer for every role.
func (r *Rosters) unknownRole(ctx context.Context, role posthog.RoleRef, refusal error) error {
	if role.OrganizationID == posthog.CurrentOrganization {
		return refusal
	}
	if exists, err := r.Exists(ctx, role); err == nil && exists {
		return &NeedsCurrentError{role, refusal}
	}
	return refusal
}

// Remove takes a user out of a role, under whatever id the membership has by now, and returns nil when the user is not in
// the role. The errors are *LookError and those of posthog.Client.
func (r *Rosters) Remove(ctx context.Context, role posthog.RoleRef, membershipID, userUUID string) error {
	ctx, cancel := r.api.Operation(ctx)
	defer cancel()

	for try := 0; ; try++ {
		err := r.api.DeleteRoleMembership(ctx, role, membershipID)
		r.wrote(role)
		if err == nil {
			r.removed(role, userUUID)
			return nil
		}
		if !posthog.IsNotFound(err) && !posthog.MayHaveHappened(err) {
			return err //nolint:wrapcheck // Package posthog's errors say all there is.
		}

		// Gone, or added again under another id, or a delete of which the answer was lost.
		membership, found, look := r.look(ctx, role, membershipID, userUUID)
		switch {
		case look != nil && ctx.Err() == nil:
			return &LookError{Write: err, Look: look}
		case look == nil && !found:
			r.removed(role, userUUID)
			return nil
		case !posthog.IsNotFound(err) || ctx.Err() != nil || try+1 >= maxRemoves:
			return err //nolint:wrapcheck // Package posthog's errors say all there is.
		}
		membershipID = membership.ID
	}
}

// removed notes that this process took a user out of a role.
func (r *Rosters) removed(role posthog.RoleRef, userUUID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.state(role)
	if state.removed == nil {
		state.removed = map[string]bool{}
	}
	state.removed[userUUID] = true
}
