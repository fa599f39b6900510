package roster

import (
	"context"
	"errors"
	"slices"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const (
	// maxAddAttempts limits how many times a create is sent when earlier attempts had no effect.
	maxAddAttempts = 6
	// maxRemoveAttempts limits how many times a delete is sent when the user was added again under another id.
	maxRemoveAttempts = 4
)

// A write adds one user to one role, or removes one. A batch sends writes in rounds. In a round, each write has one attempt in these
// phases:
//
//  1. Lock waits for other writes of the same membership.
//  2. permit checks that no other resource needs the membership.
//  3. send sends one request, when the rate limit allows it.
//  4. evaluate decides from the response: the write is done, has failed, or has an unknown outcome.
//  5. verify reads the role, once for the round. An unknown outcome becomes done, failed, or another attempt.
type write struct {
	member    ownership.Member
	isRemoval bool
	// membership is the one to remove. An addition sets it to the membership that it created or found.
	membership posthog.Membership
	// previousID is the id of the user's membership before an addition, or "" if the user was no member. It comes from the cache. Reconcile
	// does not set it.
	previousID string
	// adopt lets an addition succeed if the user is a member already. Without it, Add returns an *ExistsError.
	adopt bool

	attempts int
	// err is the error of the last attempt. It is nil if the write is done.
	err error
	// needsVerify reports that the outcome of the last attempt is unknown until the role is read.
	needsVerify bool
	// uncertainErr is the error of the last create that may have added the user; nil if there is none.
	uncertainErr error

	// isExisting reports that an addition is done because the user was a member before.
	isExisting bool
	// isKept reports that a removal was not sent because another resource holds or declares the membership.
	isKept bool
}

// abort ends a write that is not sent, or not sent again. Its error is err or, if a create may have added the user, an *UnclearError.
func (w *write) abort(err error) {
	w.err = err
	if w.uncertainErr != nil {
		w.err = &UnclearError{Role: w.member.Role, UserUUID: w.member.UserUUID, Create: w.uncertainErr}
	}
}

// attempt does phases 1 to 4 of a write.
func (b *batch) attempt(ctx context.Context, w *write) {
	unlock, err := b.claims.Lock(ctx, w.member)
	if err != nil {
		w.abort(b.client.ContextError(ctx, nil)) // why the context has ended
		return
	}
	defer unlock()
	w.err = b.permit(w)
	if w.err != nil || w.isKept {
		return
	}
	if err := b.sendWithinLimit(ctx, w); err != nil {
		w.abort(err)
		return
	}
	b.evaluate(ctx, w)
}

// permit decides whether a write may be sent. An addition makes this resource the holder of the membership. If another resource is the
// holder, that is an error. A removal is not sent if another resource holds the membership, or declares it in the plan. Then permit sets
// isKept, or returns an error if the other resource has not added the user yet.
func (b *batch) permit(w *write) error {
	if !w.isRemoval {
		if !b.claims.Hold(w.member, b.holder) {
			return &AlreadyClaimedError{Role: w.member.Role, UserUUID: w.member.UserUUID}
		}
		return nil
	}
	isDeclared, isNew := b.plan.DeclaredByAnother(w.member, b.holder)
	switch {
	case b.claims.HeldByAnother(w.member, b.holder):
		w.isKept = true
	case isDeclared && isNew: // The other resource may fail to add the user.
		return &StillWantedError{Role: w.member.Role, UserUUID: w.member.UserUUID}
	case isDeclared:
		w.isKept = true
	}
	return nil
}

// sendWithinLimit sends a write and sets its err. It returns an error if the write was not sent.
//
// A write of a Reconcile has no deadline. It waits until PostHog's rate limit allows it, which may take an hour. If PostHog still rejects it
// because of the limit, it is sent again. It fails after two such rejections if no other write of the batch was done between them.
func (b *batch) sendWithinLimit(ctx context.Context, w *write) error {
	_, hasDeadline := ctx.Deadline()
	doneAtRetry := int64(-1) // how many writes were done when this one was last sent again; -1 before that
	for {
		if !hasDeadline {
			if err := b.client.WaitForRateLimit(ctx); err != nil {
				return err
			}
		}
		if err := b.checkRefusal(w.member.Role); err != nil {
			return err
		}
		w.err = b.send(ctx, w)
		done := b.done.Load()
		if hasDeadline || !isOnlyRateLimited(w.err) || done == doneAtRetry {
			return nil
		}
		doneAtRetry = done
	}
}

// isOnlyRateLimited reports whether a request failed only because of PostHog's rate limit. Then it had no effect.
func isOnlyRateLimited(err error) bool {
	gaveUp, ok := errors.AsType[*posthog.GaveUpError](err)
	return ok && gaveUp.IsOnlyRateLimited()
}

// send sends a write once, and returns PostHog's response to it.
func (b *batch) send(ctx context.Context, w *write) (err error) {
	if w.isRemoval {
		return b.client.DeleteRoleMembership(ctx, w.member.Role, w.membership.ID)
	}
	w.membership, err = b.create(ctx, w.member.Role, w.member.UserUUID) // CreateRoleMembership, adapted to older servers
	return err
}

// evaluate decides from the response whether a write is done, has failed, or needs to be verified.
func (b *batch) evaluate(ctx context.Context, w *write) {
	role, reason := w.member.Role, posthog.ReasonOf(w.err)
	mayHaveHappened := posthog.MayHaveHappened(w.err) // for example, if the response was lost
	if mayHaveHappened && !w.isRemoval {
		w.uncertainErr = w.err
	}
	switch {
	case w.err == nil:
		writtenAt := b.roles.invalidate(role)
		// cachedMembership needs the write, because the cached role is older.
		b.claims.RecordWrite(w.member, ownership.LastWrite{Sequence: int64(writtenAt), Present: !w.isRemoval})
		b.finish(w)
	case mayHaveHappened, w.uncertainErr != nil: // This attempt, or an earlier create, may have taken effect.
		b.roles.invalidate(role)
		w.needsVerify = true
	case reason == posthog.ReasonAlreadyMember && w.previousID != "":
		// The response confirms the cached membership, so the role is not read again. A thousand adoptions cost one read.
		membership, found, err := b.cachedMembership(ctx, w.member)
		if err != nil || !found {
			w.needsVerify = true
			return
		}
		w.membership, w.isExisting = membership, true
		b.finish(w)
	case reason == posthog.ReasonAlreadyMember, reason == posthog.ReasonNotFound:
		w.needsVerify = true
	default: // The write has failed.
		b.recordRefusal(role, w.err)
	}
}

// finish records that a write is done.
func (b *batch) finish(w *write) {
	w.err = nil
	isForeign := w.isExisting && !w.adopt // The membership does not become this resource's: Add returns an *ExistsError.
	if w.isRemoval || isForeign {
		b.claims.Release(w.member, b.holder)
	}
	if !isForeign {
		b.plan.MarkApplied(w.member) // From now on, the membership causes no conflict.
	}
	b.done.Add(1)
}

// verify does phase 5 of all writes of a round: it reads the role once, and returns the writes that need another attempt.
func (b *batch) verify(ctx context.Context, writes []*write) (again []*write) {
	var unverified []*write
	for _, w := range writes {
		if w.needsVerify {
			unverified = append(unverified, w)
		}
	}
	if len(unverified) == 0 {
		return nil
	}
	role, err := b.readAfterWrites(ctx, unverified)
	for _, w := range unverified {
		w.needsVerify = false
		switch {
		case err != nil:
			w.verifyFailed(ctx, err)
		case b.resolve(w, role):
			again = append(again, w)
		}
	}
	return again
}

// readAfterWrites returns the role, read after all writes of this process. A cached role that contradicts a response to a write is out of
// date. Then readAfterWrites reads the role again.
func (b *batch) readAfterWrites(ctx context.Context, writes []*write) (*Roster, error) {
	if _, hasDeadline := ctx.Deadline(); !hasDeadline {
		if err := b.client.WaitForRateLimit(ctx); err != nil {
			return nil, err
		}
	}
	ref, now := writes[0].member.Role, b.roles.nextSequence()
	role, _, err := b.roles.get(ctx, ref) // may be cached
	if err == nil && slices.ContainsFunc(writes, func(w *write) bool { return w.isContradictedBy(role) }) {
		role, _, err = b.roles.getAfter(ctx, ref, now)
	}
	return role, err
}

// isContradictedBy reports whether the role differs from PostHog's response to the last attempt.
func (w *write) isContradictedBy(role *Roster) bool {
	membership, isMember := role.ByUUID(w.member.UserUUID)
	switch posthog.ReasonOf(w.err) {
	case posthog.ReasonNotFound:
		return isMember && membership.ID == w.membership.ID
	case posthog.ReasonAlreadyMember:
		return !isMember
	}
	return false
}

// resolve decides from the role what the last attempt of a write has done. It returns true if the write needs another attempt.
func (b *batch) resolve(w *write, role *Roster) (needsAttempt bool) {
	membership, isMember := role.ByUUID(w.member.UserUUID)
	if w.isRemoval {
		switch {
		case !isMember:
			b.finish(w)
		case posthog.ReasonOf(w.err) == posthog.ReasonNotFound && w.attempts < maxRemoveAttempts:
			w.membership = membership // The user was added again under another id.
			return true
		}
		return false // If the user is still a member, the error of the delete stays.
	}
	switch {
	case isMember:
		w.membership = membership
		// If a create is uncertain, a membership with a new id is its effect.
		w.isExisting = w.uncertainErr == nil || membership.ID == w.previousID
		b.finish(w)
	case posthog.ReasonOf(w.err) == posthog.ReasonAlreadyMember: // PostHog refuses the user as a member, but does not list the user.
		w.err = &HiddenError{Role: w.member.Role, UserUUID: w.member.UserUUID, Err: w.err}
	case !posthog.MayHaveHappened(w.err): // PostHog refused the last create, and the earlier ones had no effect.
		b.recordRefusal(w.member.Role, w.err)
	case w.attempts < maxAddAttempts:
		return true
	default: // The outcome of the last create stays unknown.
		w.abort(w.err)
	}
	return false
}

// verifyFailed ends a write because the role could not be read. The error of the read is left out if it only repeats that the context has
// ended.
func (w *write) verifyFailed(ctx context.Context, readErr error) {
	switch {
	case ctx.Err() != nil:
		w.abort(w.err)
	case w.uncertainErr != nil:
		w.err = &UnclearError{Role: w.member.Role, UserUUID: w.member.UserUUID, Create: w.uncertainErr, Verify: readErr}
	default:
		w.err = &VerifyError{Write: w.err, Verify: readErr}
	}
}

// recordRefusal stores an error that every write to the organization would get, such as a missing scope. It ignores other errors.
func (r *Rosters) recordRefusal(ref posthog.RoleRef, refusal error) {
	if !posthog.ReasonOf(refusal).RefusesEveryWrite() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusals[ref.OrganizationID] = refusal
}

// checkRefusal returns a *SkippedAfterRefusalError if recordRefusal has stored an error for the organization.
func (r *Rosters) checkRefusal(ref posthog.RoleRef) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if refusal := r.refusals[ref.OrganizationID]; refusal != nil {
		return &SkippedAfterRefusalError{Err: refusal}
	}
	return nil
}
