package roster

import (
	"context"
	"slices"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A Roster is a role and its members at the time of one read. All callers share one value: do not modify it.
type Roster struct {
	posthog.Role

	// Exists reports whether the organization has the role. A role that does not exist has no members.
	Exists bool

	index[posthog.Membership]
}

func newRoster(role posthog.Role) *Roster {
	return &Roster{Role: role, Exists: true, index: newIndex(role.Members, func(m posthog.Membership) posthog.User { return m.User })}
}

// With returns a copy of the role with some memberships added and others removed.
func (r *Roster) With(added, removed []posthog.Membership) *Roster {
	isRemoved := make(map[string]bool, len(removed))
	for _, membership := range removed {
		isRemoved[membership.User.UUID] = true
	}
	role := r.Role
	role.Members = slices.DeleteFunc(slices.Concat(r.Members, added), func(m posthog.Membership) bool { return isRemoved[m.User.UUID] })
	role.MemberCount = len(role.Members)
	return newRoster(role)
}

// Roster returns a role, read after this process's last write to it. A role that does not exist is no error. The errors are those of
// posthog.Client.Role, and of a context that has ended.
func (r *Rosters) Roster(ctx context.Context, ref posthog.RoleRef) (*Roster, error) {
	role, _, err := r.roles.get(ctx, ref)
	return role, err
}

// readRole reads a role for the cache. A missing role is a value instead of an error, because errors are not cached.
func (r *Rosters) readRole(ctx context.Context, ref posthog.RoleRef) (*Roster, error) {
	role, err := r.client.Role(ctx, ref)
	switch {
	case posthog.ReasonOf(err) == posthog.ReasonNotFound:
		return &Roster{Role: posthog.Role{ID: ref.ID}}, nil
	case err != nil:
		return nil, err
	}
	return newRoster(role), nil
}

// CachedRole returns a role from the cache, regardless of its age and of later writes. Use it for what writes of memberships do not
// change, which is the role's existence and name. The errors are those of Roster.
func (r *Rosters) CachedRole(ctx context.Context, ref posthog.RoleRef) (*Roster, error) {
	role, _, err := r.roles.getCached(ctx, ref)
	return role, err
}

// CachedMembership returns a user's membership from the cached role, updated with this process's own writes. It waits for a write of
// the same membership in progress. Unlike Roster, it ignores the age of the cached role, so that many calls cost one read. The errors
// are those of Roster.
func (r *Rosters) CachedMembership(ctx context.Context, ref posthog.RoleRef, userUUID string) (membership posthog.Membership, found bool, err error) {
	member := ownership.Member{Role: ref, UserUUID: userUUID}
	unlock, err := r.claims.Lock(ctx, member)
	if err != nil {
		return posthog.Membership{}, false, r.client.ContextError(ctx, nil)
	}
	defer unlock()
	return r.cachedMembership(ctx, member)
}

// cachedMembership is CachedMembership without the lock.
func (r *Rosters) cachedMembership(ctx context.Context, member ownership.Member) (membership posthog.Membership, found bool, err error) {
	role, startedAt, err := r.roles.getCached(ctx, member.Role)
	if err != nil {
		return posthog.Membership{}, false, err
	}
	if last := r.claims.LastWrite(member); sequence(last.Sequence) > startedAt {
		if !last.Present {
			return posthog.Membership{}, false, nil
		}
		// The cached role does not have the membership that this process added.
		if role, _, err = r.roles.getAfter(ctx, member.Role, sequence(last.Sequence)); err != nil {
			return posthog.Membership{}, false, err
		}
	}
	membership, found = role.ByUUID(member.UserUUID)
	return membership, found, nil
}

// MembershipPage returns a part of PostHog's own list of a role's members, and the number of all members. The part starts at offset
// and has at most limit memberships; 0 means no limit. It is not cached. The errors are those of posthog.Client.RoleMemberships.
func (r *Rosters) MembershipPage(ctx context.Context, ref posthog.RoleRef, limit, offset int) (page []posthog.Membership, total int, err error) {
	return r.client.RoleMemberships(ctx, ref, limit, offset)
}
