package roster

import (
	"cmp"
	"context"
	"errors"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A write is one person's part of a change.
type write struct {
	userUUID   string
	removing   bool
	membership posthog.Membership // to remove, or what has come of an add

	tries   int // how often it was sent
	settled bool
	kept    bool   // it was to go, and another resource has it
	err     error  // why it is not, for good when unclear is false
	unclear bool   // whether a look at the role says what err means
	doubt   error  // how the last create failed that may have happened
	wrote   moment // when it was last sent
}

// attempt sends a write, in the user's turn. Then it is settled, or its error says why not, or what is to be looked up.
func (run *reconciliation) attempt(ctx context.Context, w *write) {
	turn, err := run.claims.turn(ctx, member{run.change.Role, w.userUUID})
	if err != nil {
		w.err = err
		return
	}
	defer turn.giveBack()
	switch {
	case turn.holder == "" || turn.holder == run.change.Holder:
	case w.removing:
		w.kept = true
		return
	default:
		w.err = &TwiceError{run.change.Role, w.userUUID}
		return
	}

	for limited := -1; ; { // How many writes were done when the rate limit was last in the way.
		if err := cmp.Or(run.api.Ready(ctx), run.refused(run.change.Role)); err != nil {
			w.err = unclearOr(run.change.Role, w, err)
			return
		}
		w.err = run.once(ctx, w)
		w.wrote = run.roles.wrote(run.change.Role)
		// The limit of an hour may ask for longer than one write may take. Whoever adds thousands waits for it, as long as
		// there are some that get through in between.
		gaveUp, ok := errors.AsType[*posthog.GaveUpError](w.err)
		if !ok || !gaveUp.OnlyLimited() {
			break
		}
		done := run.progress()
		if done == limited {
			run.stop(w.err)
			break
		}
		limited = done
	}

	reason := posthog.ReasonOf(w.err)
	switch {
	case w.err == nil:
		run.settled(w)
		turn.holder = run.change.Holder
		if w.removing {
			turn.holder = ""
		}
		run.claims.note(turn, run.roles.moment(), !w.removing)
	case posthog.MayHaveHappened(w.err):
		w.unclear, w.doubt = true, w.err
	case w.removing && reason == posthog.ReasonNotFound, reason == posthog.ReasonAlreadyMember, w.doubt != nil:
		w.unclear = true
	default:
		w.err = run.refuse(run.change.Role, w.err)
	}
}

// once sends a write once, or a second time under another name of the organization.
func (run *reconciliation) once(ctx context.Context, w *write) error {
	if w.removing {
		return run.api.DeleteRoleMembership(ctx, run.change.Role, w.membership.ID)
	}
	for {
		sent := run.creating(run.change.Role)
		membership, err := run.api.CreateRoleMembership(ctx, sent, w.userUUID)
		if posthog.ReasonOf(err) != posthog.ReasonUnknownRole {
			w.membership = membership
			return err
		}
		if err := run.byAnotherName(ctx, run.change.Role, sent, err); err != nil {
			return err
		}
	}
}

// judge says what a look at the role means for a write that was unclear, and returns whether it is to be sent again.
func (run *reconciliation) judge(ctx context.Context, w *write, role *Roster, look error) (again bool) {
	if look != nil {
		w.err = unseen(ctx, run.change.Role, w, look)
		return false
	}
	gone := posthog.ReasonOf(w.err) == posthog.ReasonNotFound
	membership, there := role.Find(w.membership.ID, w.userUUID)
	switch {
	case there != w.removing:
		if there {
			w.membership = membership
		}
		run.settled(w)
		return false
	case w.removing && gone && w.tries < maxRemoves:
		w.membership = membership // Another one: somebody has added the user again.
		return true
	case w.removing:
		return false
	case posthog.ReasonOf(w.err) == posthog.ReasonAlreadyMember:
		w.err = &HiddenError{run.change.Role, w.userUUID, w.err}
		return false
	case !posthog.MayHaveHappened(w.err):
		w.err = run.refuse(run.change.Role, w.err) // Nobody was added, and this says why.
		return false
	}
	if w.tries < maxAdds && !gaveUp(w.err) {
		return true
	}
	w.err = &UnclearError{run.change.Role, w.userUUID, w.err, nil}
	return false
}

// unseen is how a write has failed whose look has failed too. There was no time to look when the context has ended.
func unseen(ctx context.Context, ref posthog.RoleRef, w *write, look error) error {
	switch {
	case ctx.Err() != nil:
		return unclearOr(ref, w, w.err)
	case !w.removing && w.doubt != nil:
		return &UnclearError{ref, w.userUUID, w.doubt, look}
	}
	return &LookError{Write: w.err, Look: look}
}

// unclearOr returns an *UnclearError about a create that may have happened, and else the failure that keeps it from being sent.
func unclearOr(ref posthog.RoleRef, w *write, failure error) error {
	if w.doubt != nil {
		return &UnclearError{ref, w.userUUID, w.doubt, nil}
	}
	return failure
}
