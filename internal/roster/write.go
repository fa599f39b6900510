package roster

import (
	"context"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const (
	// maxAdds is how often a create that may have happened, and did not, is sent.
	maxAdds = 6
	// maxRemoves is how often a user who is still in the role under another id is taken out again.
	maxRemoves = 4
)

// Add puts a user in a role for the resource called holder, and returns the membership. A create that may have happened
// is looked up before it is sent again, so that the membership is returned, once, whatever became of the answers.
//
// A user who was there before is an *ExistsError with that membership or, with adopt, a membership like any other; adopted
// says so. The other errors are *TwiceError, *HiddenError, *UnclearError, *NeedsCurrentError, *LookError, *RefusedError,
// those of Roster before anything is sent, and those of posthog.Client.CreateRoleMembership that are sure to mean that
// nothing was added.
func (r *Rosters) Add(
	ctx context.Context, ref posthog.RoleRef, userUUID, holder string, adopt bool,
) (membership posthog.Membership, adopted bool, err error) {
	ctx, cancel := r.api.Operation(ctx)
	defer cancel()
	who := member{ref, userUUID}
	turn, err := r.claims.turn(ctx, who)
	if err != nil {
		return membership, false, err
	}
	defer turn.giveBack()
	if turn.holder != "" && turn.holder != holder {
		return membership, false, &TwiceError{ref, userUUID}
	}

	membership, err = r.create(ctx, ref, userUUID)
	if exists, was := err.(*ExistsError); was && adopt { //nolint:errorlint // create returns it as it is.
		membership, adopted, err = exists.Membership, true, nil
	}
	turn.wanted = err != nil
	if err == nil {
		turn.holder = holder
	}
	if err == nil && !adopted {
		r.claims.note(turn, r.roles.moment(), true)
	}
	return membership, adopted, err
}

// create is Add without regard to other resources.
func (r *Rosters) create(ctx context.Context, ref posthog.RoleRef, userUUID string) (posthog.Membership, error) {
	none := posthog.Membership{}
	// Who is there already is told from who a create with a lost answer has put there by the id of the membership.
	before, _, err := r.Standing(ctx, ref, userUUID)
	if err != nil {
		return none, err
	}

	var unclear error // How the last create failed that may have happened.
	for try := 0; ; try++ {
		if err := r.refused(ref); err != nil {
			return none, err
		}
		sent := r.creating(ref)
		membership, err := r.api.CreateRoleMembership(ctx, sent, userUUID)
		wrote := r.roles.wrote(ref)
		if err == nil {
			return membership, nil
		}
		mayHave := posthog.MayHaveHappened(err)
		switch reason := posthog.ReasonOf(err); {
		case reason == posthog.ReasonAlreadyMember:
			return r.alreadyThere(ctx, ref, userUUID, before.ID, err, unclear, wrote)
		case mayHave:
			unclear = err
		case unclear != nil:
			// This create did not happen, but the one before it may have.
		case reason == posthog.ReasonUnknownRole:
			if err := r.byAnotherName(ctx, ref, sent, err); err != nil {
				return none, err
			}
			continue
		default:
			return none, r.refuse(ref, err)
		}

		role, _, look := r.roles.since(ctx, ref, wrote)
		if look == nil {
			if membership, found := role.Find("", userUUID); found && membership.ID == before.ID {
				return none, &ExistsError{ref, membership}
			} else if found {
				return membership, nil
			}
		}
		switch {
		case look != nil && ctx.Err() != nil:
			return none, &UnclearError{ref, userUUID, unclear, nil} // There was no time to look.
		case look != nil || try+1 >= maxAdds:
			return none, &UnclearError{ref, userUUID, unclear, look}
		case !mayHave:
			return none, r.refuse(ref, err) // Nobody was added, and this says why.
		}
		if pause := r.api.Backoff(ctx, try, err); pause != nil {
			return none, &UnclearError{ref, userUUID, pause, nil}
		}
	}
}

// alreadyThere says what a duplicate means: ours when an earlier create may have happened, else somebody else's. before is
// the id of the membership that the user was known to have.
func (r *Rosters) alreadyThere(
	ctx context.Context, ref posthog.RoleRef, userUUID, before string, duplicate, unclear error, wrote moment,
) (posthog.Membership, error) {
	none := posthog.Membership{}
	if unclear == nil && before != "" {
		// PostHog has just said that the user is there: a reading that shows the membership will do, however old.
		if membership, found, err := r.Standing(ctx, ref, userUUID); err == nil && found {
			return none, &ExistsError{ref, membership}
		}
	}
	role, _, err := r.roles.since(ctx, ref, wrote)
	switch {
	case err != nil && unclear != nil:
		return none, &UnclearError{ref, userUUID, unclear, err}
	case err != nil:
		return none, &LookError{Write: duplicate, Look: err}
	}
	membership, found := role.Find("", userUUID)
	switch {
	case !found:
		return none, &HiddenError{ref, userUUID, duplicate}
	case unclear == nil || membership.ID == before:
		return none, &ExistsError{ref, membership}
	}
	return membership, nil
}

// Remove takes a user out of a role for the resource called holder, under whatever id the membership has by now; a user
// who is not in the role is no error. kept says that the user was left in the role, because this process has added or
// adopted the user for another resource. The errors are *WantedError, *LookError, *RefusedError and those of
// posthog.Client.DeleteRoleMembership.
func (r *Rosters) Remove(ctx context.Context, ref posthog.RoleRef, membershipID, userUUID, holder string) (kept bool, err error) {
	ctx, cancel := r.api.Operation(ctx)
	defer cancel()
	turn, err := r.claims.turn(ctx, member{ref, userUUID})
	if err != nil {
		return false, err
	}
	defer turn.giveBack()
	switch {
	case turn.holder != "" && turn.holder != holder:
		return true, nil
	case turn.wanted:
		return false, &WantedError{ref, userUUID}
	}

	if err := r.remove(ctx, ref, membershipID, userUUID); err != nil {
		return false, err
	}
	turn.holder = ""
	r.claims.note(turn, r.roles.moment(), false)
	return false, nil
}

// remove is Remove without regard to other resources.
func (r *Rosters) remove(ctx context.Context, ref posthog.RoleRef, membershipID, userUUID string) error {
	for try := 0; ; try++ {
		if err := r.refused(ref); err != nil {
			return err
		}
		err := r.api.DeleteRoleMembership(ctx, ref, membershipID)
		gone := posthog.ReasonOf(err) == posthog.ReasonNotFound
		var role *Roster
		var look error
		switch {
		case err == nil:
			r.roles.wrote(ref)
			return nil
		case gone:
			// It was gone before, or somebody has added the user again under another id. Nothing was written, so that many
			// who find theirs gone share what is known of the role, unless that is from before it went.
			role, look = r.roles.fresh(ctx, ref)
			if look == nil && role.has(membershipID) {
				role, _, look = r.roles.since(ctx, ref, r.roles.moment())
			}
		case posthog.MayHaveHappened(err):
			role, _, look = r.roles.since(ctx, ref, r.roles.wrote(ref))
		default:
			return r.refuse(ref, err)
		}
		switch {
		case look != nil && ctx.Err() == nil:
			return &LookError{Write: err, Look: look}
		case look != nil:
			return err // There was no time to look.
		}
		membership, found := role.Find(membershipID, userUUID)
		switch {
		case !found:
			return nil
		case !gone || try+1 >= maxRemoves:
			return err
		}
		membershipID = membership.ID
	}
}

// refuse returns a refusal, and remembers it when PostHog would refuse every other write to the organization too.
func (r *Rosters) refuse(ref posthog.RoleRef, refusal error) error {
	if posthog.ReasonOf(refusal).RefusesEveryWrite() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.refusals[ref.OrganizationID] == nil {
			r.refusals[ref.OrganizationID] = refusal
		}
	}
	return refusal
}

// refused returns a *RefusedError when writes to the organization have been refused for good.
func (r *Rosters) refused(ref posthog.RoleRef) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if refusal := r.refusals[ref.OrganizationID]; refusal != nil {
		return &RefusedError{refusal}
	}
	return nil
}
