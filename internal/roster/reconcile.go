package roster

import (
	"context"
	"slices"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A Change lists the users to add to a role and the memberships to remove from it.
type Change struct {
	Role   posthog.RoleRef
	Holder string // the resource that makes the change, as in Add
	Add    []string
	Remove []posthog.Membership
	// Progress is called every progressInterval with the number of writes done, and of all writes. It may be nil.
	Progress func(done, all int)
}

// An Outcome is the result of a Change. Each user of the change is in one of its lists, in the order of the change.
type Outcome struct {
	// Added are the memberships that were created. Existing are those of users who were members already.
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

// A Failure reports a user who was not added or not removed.
type Failure struct {
	UserUUID string
	Removing bool
	// Err is one of the errors of Add except *ExistsError, or of Remove.
	Err error
}

// Reconcile changes the members of a role. It sends all additions before any removal, at most ten requests in parallel, and
// sends no removal unless every addition has succeeded. Each write has a retry timeout of its own, and waits for PostHog's rate
// limit without one. Writes with an unknown outcome are verified together by one read of the role. Adding an existing member
// or removing a missing one is not an error. Reconcile goes on after a failure. It sends nothing more when the context ends,
// when PostHog refuses every write, or when PostHog stops answering.
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
