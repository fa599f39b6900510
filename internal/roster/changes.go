package roster

import (
	"context"
	"slices"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Add adds a user to a role for the resource that holder identifies, and returns the membership. All attempts share one retry timeout.
// A create with an unknown outcome is verified before it is sent again, so that the membership is created once.
//
// If the user is a member already, Add returns an *ExistsError or, with adopt, that membership and isAdopted. The other errors are
// *AlreadyClaimedError, *HiddenError, *UnclearError, *NeedsCurrentError, *VerifyError, *SkippedAfterRefusalError,
// *SkippedAfterFailuresError, those of Roster, and those of posthog.Client.CreateRoleMembership for which posthog.MayHaveHappened is
// false.
func (r *Rosters) Add(
	ctx context.Context, ref posthog.RoleRef, userUUID, holder string, adopt bool,
) (membership posthog.Membership, isAdopted bool, err error) {
	ctx, cancel := r.client.WithRetryTimeout(ctx)
	defer cancel()
	member := ownership.Member{Role: ref, UserUUID: userUUID}
	previous, _, err := r.cachedMembership(ctx, member)
	if err != nil {
		return posthog.Membership{}, false, err
	}
	w := &write{member: member, previousID: previous.ID, adopt: adopt}
	r.run(ctx, holder, nil, []*write{w})
	switch {
	case w.err != nil:
		return posthog.Membership{}, false, w.err
	case w.isExisting && !adopt:
		return posthog.Membership{}, false, &ExistsError{Role: ref, Membership: w.membership}
	}
	return w.membership, w.isExisting, nil
}

// Remove removes a user from a role for the resource that holder identifies. If the membership has another id now, it is removed under
// that id. Removing a missing member is not an error. isKept reports that the user stays, because another resource of this process
// holds or declares the membership. The errors are *StillWantedError, *VerifyError, *SkippedAfterRefusalError,
// *SkippedAfterFailuresError and those of posthog.Client.DeleteRoleMembership.
func (r *Rosters) Remove(ctx context.Context, ref posthog.RoleRef, membershipID, userUUID, holder string) (isKept bool, err error) {
	ctx, cancel := r.client.WithRetryTimeout(ctx)
	defer cancel()
	w := &write{
		member: ownership.Member{Role: ref, UserUUID: userUUID}, isRemoval: true, membership: posthog.Membership{ID: membershipID},
	}
	r.run(ctx, holder, nil, []*write{w})
	return w.isKept, w.err
}

// Claim reserves users of a role for the resource that holder identifies, except those that another resource holds. After it returns, no
// other resource of this process removes them. The error is that of a context that has ended.
func (r *Rosters) Claim(ctx context.Context, ref posthog.RoleRef, users []string, holder string) error {
	for _, user := range users {
		member := ownership.Member{Role: ref, UserUUID: user}
		unlock, err := r.claims.Lock(ctx, member)
		if err != nil {
			return r.client.ContextError(ctx, nil)
		}
		r.claims.Hold(member, holder)
		unlock()
	}
	return nil
}

// Keep reserves an existing membership for the resource that holder identifies, and returns it. It sends no write, and reads the role
// only if it is not cached. The errors are *AlreadyClaimedError and those of Roster.
func (r *Rosters) Keep(ctx context.Context, ref posthog.RoleRef, userUUID, holder string) (membership posthog.Membership, found bool, err error) {
	member := ownership.Member{Role: ref, UserUUID: userUUID}
	unlock, err := r.claims.Lock(ctx, member)
	if err != nil {
		return posthog.Membership{}, false, r.client.ContextError(ctx, nil)
	}
	defer unlock()
	membership, found, err = r.cachedMembership(ctx, member)
	if err != nil || !found {
		return posthog.Membership{}, false, err
	}
	if !r.claims.Hold(member, holder) {
		return posthog.Membership{}, false, &AlreadyClaimedError{Role: ref, UserUUID: userUUID}
	}
	r.plan.MarkApplied(member)
	return membership, true, nil
}

// A Change lists the users to add to a role and the memberships to remove from it.
type Change struct {
	Role   posthog.RoleRef
	Holder string // identifies the resource, as in Add
	Add    []string
	Remove []posthog.Membership
	// Progress is called every progressInterval with the number of writes done, and of all writes. It may be nil.
	Progress func(done, all int)
}

// An Outcome is the result of a Change. Each user of the change is in exactly one list. The lists keep the order of the change.
type Outcome struct {
	// Added are the memberships that were created. Existing are memberships that existed before.
	Added, Existing []posthog.Membership
	// Removed are memberships that do not exist any more.
	Removed []posthog.Membership
	// Kept are memberships that were not removed, because another resource of this process holds or declares them.
	Kept []posthog.Membership
	// Skipped are memberships that were not removed, because an addition failed.
	Skipped []posthog.Membership
	// Failures are the users whose addition or removal failed.
	Failures []Failure
}

// A Failure reports an addition or a removal that failed.
type Failure struct {
	UserUUID string
	Removing bool
	// Err is one of the errors of Add except *ExistsError, or of Remove.
	Err error
}

// Reconcile changes the members of a role. It sends all additions before any removal, at most ten requests in parallel. If an addition
// fails, it sends no removal. Each write has its own retry timeout, and waits for PostHog's rate limit without a timeout. Writes with
// an unknown outcome are verified together by one read of the role. Adding an existing member or removing a missing one is not an
// error. Reconcile goes on after a failure. It sends nothing more when the context ends, when PostHog refuses every write, or when
// PostHog stops answering.
func (r *Rosters) Reconcile(ctx context.Context, change Change) Outcome {
	var additions, removals []*write
	for _, user := range change.Add {
		additions = append(additions, &write{member: ownership.Member{Role: change.Role, UserUUID: user}, adopt: true})
	}
	for _, membership := range change.Remove {
		member := ownership.Member{Role: change.Role, UserUUID: membership.User.UUID}
		removals = append(removals, &write{member: member, isRemoval: true, membership: membership})
	}
	r.run(ctx, change.Holder, change.Progress, additions, removals)
	outcome := Outcome{}
	for _, w := range slices.Concat(additions, removals) {
		outcome.record(w)
	}
	return outcome
}

func (o *Outcome) record(w *write) {
	switch {
	case w.err != nil:
		o.Failures = append(o.Failures, Failure{UserUUID: w.member.UserUUID, Removing: w.isRemoval, Err: w.err})
	case w.attempts == 0:
		o.Skipped = append(o.Skipped, w.membership)
	case w.isKept:
		o.Kept = append(o.Kept, w.membership)
	case w.isRemoval:
		o.Removed = append(o.Removed, w.membership)
	case w.isExisting:
		o.Existing = append(o.Existing, w.membership)
	default:
		o.Added = append(o.Added, w.membership)
	}
}
