package roster

import (
	"context"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const (
	// maxAdds limits how many times a create is sent when earlier attempts had no effect.
	maxAdds = 6
	// maxRemoves limits how many times a user is removed who is a member again under another id.
	maxRemoves = 4
)

// Add adds a user to a role for the resource called holder, and returns the membership. All attempts share one retry timeout.
// A create with an unknown outcome is verified before it is sent again, so that the membership is created once.
//
// A user who was a member before is an *ExistsError with that membership or, with adopt, a membership like any other; adopted
// reports it. The other errors are *AlreadyClaimedError, *HiddenError, *UnclearError, *NeedsCurrentError, *VerifyError, *SkippedAfterRefusalError,
// *SkippedAfterFailuresError, those of Roster before anything is sent, and those of posthog.Client.CreateRoleMembership that mean that
// nothing was added.
func (r *Rosters) Add(
	ctx context.Context, ref posthog.RoleRef, userUUID, holder string, adopt bool,
) (membership posthog.Membership, adopted bool, err error) {
	ctx, cancel := r.api.WithRetryTimeout(ctx)
	defer cancel()
	before, _, err := r.cached(ctx, ref, userUUID)
	if err != nil {
		return posthog.Membership{}, false, err
	}
	w := &write{member: ownership.Member{Role: ref, UserUUID: userUUID}, before: before.ID, keep: adopt}
	r.run(ctx, holder, nil, []*write{w})
	if w.err == nil && w.existed && !adopt {
		w.err = &ExistsError{ref, w.membership}
	}
	if w.err != nil {
		return posthog.Membership{}, false, w.err
	}
	return w.membership, w.existed, nil
}

// Keep makes the resource called holder the holder of a membership that exists, and returns it. It sends no write and reads the
// role only if it is not cached. found is false if there is no such membership. The errors are *AlreadyClaimedError and those of Roster.
func (r *Rosters) Keep(ctx context.Context, ref posthog.RoleRef, userUUID, holder string) (membership posthog.Membership, found bool, err error) {
	member := ownership.Member{Role: ref, UserUUID: userUUID}
	unlock, err := r.claims.Lock(ctx, member)
	if err != nil {
		return posthog.Membership{}, false, r.api.ContextError(ctx, nil)
	}
	defer unlock()
	membership, found, err = r.cached(ctx, ref, userUUID)
	if err != nil || !found {
		return posthog.Membership{}, false, err
	}
	if !r.claims.Hold(member, holder) {
		return posthog.Membership{}, false, &AlreadyClaimedError{ref, userUUID}
	}
	r.plan.MarkApplied(member)
	return membership, true, nil
}

// Remove removes a user from a role for the resource called holder, under any id that the membership has by now. A user who is
// not a member is no error. kept reports that the user stays because another resource of this process holds or declares the
// membership. The errors are *StillWantedError, *VerifyError, *SkippedAfterRefusalError, *SkippedAfterFailuresError and those of
// posthog.Client.DeleteRoleMembership.
func (r *Rosters) Remove(ctx context.Context, ref posthog.RoleRef, membershipID, userUUID, holder string) (kept bool, err error) {
	ctx, cancel := r.api.WithRetryTimeout(ctx)
	defer cancel()
	w := &write{member: ownership.Member{Role: ref, UserUUID: userUUID}, removing: true, membership: posthog.Membership{ID: membershipID}}
	r.run(ctx, holder, nil, []*write{w})
	return w.kept, w.err
}

// A write adds one user to a role or removes one. When it has ended, err says why it was not done.
type write struct {
	member     ownership.Member
	removing   bool
	membership posthog.Membership // the one to remove, or the one that an addition has found or created
	before     string             // the id of the user's membership before the first attempt; "" if none is known
	keep       bool               // an addition that finds the user in the role keeps the claim

	attempts  int
	done      bool
	existed   bool  // an addition found the user in the role
	kept      bool  // a removal left the user in the role
	err       error // how the last attempt failed
	unclear   bool  // only a read of the role can tell what err means
	uncertain error // how the last create failed whose outcome is unknown
}

// attempt sends a write while no other write of the membership is sent.
func (b *batch) attempt(ctx context.Context, w *write) {
	unlock, err := b.claims.Lock(ctx, w.member)
	if err != nil {
		w.err = b.stopped(w, b.api.ContextError(ctx, nil))
		return
	}
	defer unlock()
	if w.err = b.permit(w); w.err != nil || w.kept {
		return
	}
	if stop := b.sendWithinLimit(ctx, w); stop != nil {
		w.err = b.stopped(w, stop)
		return
	}
	reason := posthog.ReasonOf(w.err)
	switch {
	case w.err == nil:
		b.roles.wrote(w.member.Role)
		b.claims.RecordWrite(w.member, ownership.LastWrite{Sequence: int64(b.roles.moment()), Present: !w.removing})
		b.finish(w)
	case posthog.MayHaveHappened(w.err):
		b.roles.wrote(w.member.Role)
		w.unclear = true
		if !w.removing {
			w.uncertain = w.err
		}
	case reason == posthog.ReasonAlreadyMember && w.uncertain == nil && w.before != "":
		// PostHog confirms the cached membership, so that adopting a thousand costs no further read.
		membership, found, err := b.cached(ctx, w.member.Role, w.member.UserUUID)
		if w.unclear = err != nil || !found; w.unclear {
			return
		}
		w.membership, w.existed = membership, true
		b.finish(w)
	case w.uncertain != nil:
		b.roles.wrote(w.member.Role) // An earlier attempt may have taken effect by now.
		w.unclear = true
	case reason == posthog.ReasonAlreadyMember, reason == posthog.ReasonNotFound && w.removing:
		w.unclear = true
	default:
		w.err = b.refuse(w.member.Role, w.err)
	}
}

// permit claims the membership for an addition, and keeps a membership from removal that another resource holds or declares.
func (b *batch) permit(w *write) error {
	if !w.removing {
		if !b.claims.Hold(w.member, b.holder) {
			return &AlreadyClaimedError{w.member.Role, w.member.UserUUID}
		}
		return nil
	}
	if w.kept = b.claims.HeldByAnother(w.member, b.holder); w.kept {
		return nil
	}
	declared, isNew := b.plan.DeclaredByAnother(w.member, b.holder)
	if declared && isNew {
		return &StillWantedError{w.member.Role, w.member.UserUUID} // The other resource may fail to add the user.
	}
	w.kept = declared
	return nil
}

// sendWithinLimit sends a write, or returns why it was not sent. In a batch without a deadline it waits for PostHog's rate limit,
// which may ask for an hour, as long as other writes of the batch get through in between.
func (b *batch) sendWithinLimit(ctx context.Context, w *write) (stop error) {
	_, bounded := ctx.Deadline()
	for limited := -1; ; { // How many writes were done when the limit was last reached.
		if !bounded {
			if err := b.api.WaitForRateLimit(ctx); err != nil {
				return err
			}
		}
		if err := b.refused(w.member.Role); err != nil {
			return err
		}
		w.err = b.send(ctx, w)
		done := b.doneCount()
		if bounded || !onlyLimited(w.err) || done == limited {
			return nil
		}
		limited = done
	}
}

// send sends a write once, or a second time under another name of the organization.
func (b *batch) send(ctx context.Context, w *write) error {
	ref := w.member.Role
	if w.removing {
		return b.api.DeleteRoleMembership(ctx, ref, w.membership.ID)
	}
	for {
		sent := b.creating(ref)
		membership, err := b.api.CreateRoleMembership(ctx, sent, w.member.UserUUID)
		if posthog.ReasonOf(err) != posthog.ReasonUnknownRole {
			w.membership = membership
			return err
		}
		if err := b.byAnotherName(ctx, ref, sent, err); err != nil {
			return err
		}
	}
}

// finish records that a write is done.
func (b *batch) finish(w *write) {
	w.err, w.done = nil, true
	if w.removing || w.existed && !w.keep {
		b.claims.Release(w.member, b.holder)
	}
	if w.removing || !w.existed || w.keep {
		b.plan.MarkApplied(w.member)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
}

// verify reads the role once for all writes with an unknown outcome, and returns those to send again.
func (b *batch) verify(ctx context.Context, writes []*write) (again []*write) {
	var unclear []*write
	for _, w := range writes {
		if w.unclear {
			unclear = append(unclear, w)
		}
	}
	if len(unclear) == 0 {
		return nil
	}
	role, err := b.readAfter(ctx, unclear)
	for _, w := range unclear {
		w.unclear = false
		switch {
		case err != nil:
			w.err = verifyFailed(ctx, w, err)
		case b.resolve(w, role):
			again = append(again, w)
		}
	}
	return again
}

// readAfter reads the role after all writes of this process, and once more if the result is older than one of PostHog's answers.
func (b *batch) readAfter(ctx context.Context, writes []*write) (*Roster, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		if err := b.api.WaitForRateLimit(ctx); err != nil {
			return nil, err
		}
	}
	ref, now := writes[0].member.Role, b.roles.moment()
	role, began, err := b.roles.fresh(ctx, ref)
	if err != nil || began > now {
		return role, err
	}
	for _, w := range writes {
		_, present := role.Find("", w.member.UserUUID)
		switch reason := posthog.ReasonOf(w.err); {
		case reason == posthog.ReasonNotFound && role.has(w.membership.ID), reason == posthog.ReasonAlreadyMember && !present:
			role, _, err = b.roles.since(ctx, ref, now)
			return role, err
		}
	}
	return role, nil
}

// resolve decides from the role what an unclear attempt has done. It returns true if the write is to be sent again.
func (b *batch) resolve(w *write, role *Roster) (again bool) {
	membership, present := role.Find(w.membership.ID, w.member.UserUUID)
	reason := posthog.ReasonOf(w.err)
	switch {
	case present != w.removing:
		if present {
			w.membership = membership
			w.existed = w.uncertain == nil || membership.ID == w.before
		}
		b.finish(w)
	case w.removing && reason == posthog.ReasonNotFound && w.attempts < maxRemoves:
		w.membership = membership // The user was added again under another id.
		return true
	case w.removing:
	case reason == posthog.ReasonAlreadyMember:
		w.err = &HiddenError{w.member.Role, w.member.UserUUID, w.err}
	case !posthog.MayHaveHappened(w.err):
		w.err = b.refuse(w.member.Role, w.err) // Earlier attempts had no effect either.
	case w.attempts < maxAdds:
		return true
	default:
		w.err = &UnclearError{w.member.Role, w.member.UserUUID, w.err, nil}
	}
	return false
}

// verifyFailed returns the error of a write whose outcome could not be read. Without time to read, the read's error says nothing.
func verifyFailed(ctx context.Context, w *write, read error) error {
	if ctx.Err() != nil {
		read = nil
	}
	switch {
	case w.uncertain != nil:
		return &UnclearError{w.member.Role, w.member.UserUUID, w.uncertain, read}
	case read == nil:
		return w.err
	}
	return &VerifyError{Write: w.err, Verify: read}
}

// refuse returns a refusal, and remembers it if PostHog would refuse every other write to the organization too.
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

// refused returns a *SkippedAfterRefusalError if PostHog refuses every write to the organization.
func (r *Rosters) refused(ref posthog.RoleRef) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if refusal := r.refusals[ref.OrganizationID]; refusal != nil {
		return &SkippedAfterRefusalError{refusal}
	}
	return nil
}
