package roster

import (
	"context"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Add adds a user to a role for the resource called holder, and returns the membership. All attempts share one retry timeout.
// A create with an unknown outcome is verified before it is sent again, so that the membership is created once.
//
// If the user is a member already, Add returns an *ExistsError or, with adopt, that membership and isAdopted. The other errors are
// *AlreadyClaimedError, *HiddenError, *UnclearError, *NeedsCurrentError, *VerifyError, *SkippedAfterRefusalError,
// *SkippedAfterFailuresError, those of Roster before a request is sent, and those of posthog.Client.CreateRoleMembership that mean that
// the user was not added.
func (r *Rosters) Add(
	ctx context.Context, ref posthog.RoleRef, userUUID, holder string, adopt bool,
) (membership posthog.Membership, isAdopted bool, err error) {
	ctx, cancel := r.api.WithRetryTimeout(ctx)
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

// Remove removes a user from a role for the resource called holder. A user who was removed and added again, under a new membership id, is
// removed too. Removing a missing member is not an error. isKept reports that the user stays, because another resource of this process
// holds or declares the membership. The errors are *StillWantedError, *VerifyError, *SkippedAfterRefusalError,
// *SkippedAfterFailuresError and those of posthog.Client.DeleteRoleMembership.
func (r *Rosters) Remove(ctx context.Context, ref posthog.RoleRef, membershipID, userUUID, holder string) (isKept bool, err error) {
	ctx, cancel := r.api.WithRetryTimeout(ctx)
	defer cancel()
	w := &write{
		member: ownership.Member{Role: ref, UserUUID: userUUID}, isRemoval: true, membership: posthog.Membership{ID: membershipID},
	}
	r.run(ctx, holder, nil, []*write{w})
	return w.isKept, w.err
}

// Claim makes the resource called holder the holder of memberships, except those that another resource holds. After it returns,
// no other resource of this process removes these users. The error is that of a context that has ended.
func (r *Rosters) Claim(ctx context.Context, ref posthog.RoleRef, users []string, holder string) error {
	for _, user := range users {
		member := ownership.Member{Role: ref, UserUUID: user}
		unlock, err := r.claims.Lock(ctx, member)
		if err != nil {
			return r.api.ContextError(ctx, nil)
		}
		r.claims.Hold(member, holder)
		unlock()
	}
	return nil
}

// Keep makes the resource called holder the holder of an existing membership, and returns it. It sends no write, and reads the role
// only if it is not cached. The errors are *AlreadyClaimedError and those of Roster.
func (r *Rosters) Keep(ctx context.Context, ref posthog.RoleRef, userUUID, holder string) (membership posthog.Membership, found bool, err error) {
	member := ownership.Member{Role: ref, UserUUID: userUUID}
	unlock, err := r.claims.Lock(ctx, member)
	if err != nil {
		return posthog.Membership{}, false, r.api.ContextError(ctx, nil)
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
