package roster

import (
	"context"
	"slices"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A Roster is one reading of a role, with an index of its members. It is shared by all who asked: nobody may change it.
type Roster struct {
	posthog.Role

	// Exists says whether the organization has the role. One that it has not has no members.
	Exists bool

	byID, byUser map[string]int   // positions in Members
	byEmail      map[string][]int // likewise, by email in lower case
}

func newRoster(read posthog.Role) *Roster {
	n := len(read.Members)
	r := &Roster{read, true, make(map[string]int, n), make(map[string]int, n), make(map[string][]int, n)}
	for i, member := range read.Members {
		r.byID[member.ID] = i
		email := strings.ToLower(member.User.Email)
		r.byEmail[email] = append(r.byEmail[email], i)
		if _, ok := r.byUser[member.User.UUID]; !ok {
			r.byUser[member.User.UUID] = i
		}
	}
	return r
}

// Find returns the membership of a user, looked up by its id and then by its user, and whether there is one: who was
// removed and added again has another membership. An id that is found counts only when it is that user's.
func (r *Roster) Find(membershipID, userUUID string) (posthog.Membership, bool) {
	if i, ok := r.byID[membershipID]; ok && r.Members[i].User.UUID == userUUID {
		return r.Members[i], true
	}
	if i, ok := r.byUser[userUUID]; ok {
		return r.Members[i], true
	}
	return posthog.Membership{}, false
}

// ByEmail returns the memberships of those with an email, compared without regard to case: none, one, or all who share it.
func (r *Roster) ByEmail(email string) []posthog.Membership {
	var found []posthog.Membership
	for _, i := range r.byEmail[strings.ToLower(email)] {
		found = append(found, r.Members[i])
	}
	return found
}

// With returns the role as it is with some who have come and without some who have gone.
func (r *Roster) With(come, gone []posthog.Membership) *Roster {
	left := make(map[string]bool, len(gone))
	for _, member := range gone {
		left[member.User.UUID] = true
	}
	role := r.Role
	role.Members = make([]posthog.Membership, 0, len(r.Members)+len(come))
	for _, member := range slices.Concat(r.Members, come) {
		if !left[member.User.UUID] {
			role.Members = append(role.Members, member)
		}
	}
	role.MemberCount = len(role.Members)
	return newRoster(role)
}

// has reports whether a membership is listed under this id.
func (r *Roster) has(membershipID string) bool {
	_, ok := r.byID[membershipID]
	return ok
}

// Roster returns who is in a role after this process's last write to it, whether it exists or not. The errors are those of
// posthog.Client.Role but for the one that says no, and of a caller whose context has ended.
func (r *Rosters) Roster(ctx context.Context, ref posthog.RoleRef) (*Roster, error) {
	role, _, err := r.roles.fresh(ctx, ref)
	return role, err
}

// rosterReader makes the answer that there is no such role a role that does not exist, which is kept like any other.
func rosterReader(read func(context.Context, posthog.RoleRef) (posthog.Role, error)) func(context.Context, posthog.RoleRef) (*Roster, error) {
	return func(ctx context.Context, ref posthog.RoleRef) (*Roster, error) {
		role, err := read(ctx, ref)
		switch {
		case posthog.ReasonOf(err) == posthog.ReasonNotFound:
			return &Roster{Role: posthog.Role{ID: ref.ID}}, nil
		case err != nil:
			return nil, err
		}
		return newRoster(role), nil
	}
}

// CachedMembership returns a user's membership from the cached role, updated with this process's own writes, and whether there is one. It
// waits for a write of the membership that is under way. Unlike Roster it does not read again because of time or writes, so
// that many calls cost one read. The errors are those of Roster.
func (r *Rosters) CachedMembership(ctx context.Context, ref posthog.RoleRef, userUUID string) (posthog.Membership, bool, error) {
	unlock, err := r.claims.Lock(ctx, ownership.Member{Role: ref, UserUUID: userUUID})
	if err != nil {
		return posthog.Membership{}, false, r.api.ContextError(ctx, nil)
	}
	defer unlock()
	return r.cached(ctx, ref, userUUID)
}

// cached is CachedMembership without waiting.
func (r *Rosters) cached(ctx context.Context, ref posthog.RoleRef, userUUID string) (posthog.Membership, bool, error) {
	role, began, err := r.roles.latest(ctx, ref)
	if err != nil {
		return posthog.Membership{}, false, err
	}
	if last := r.claims.LastWrite(ownership.Member{Role: ref, UserUUID: userUUID}); moment(last.Sequence) > began {
		if !last.Present {
			return posthog.Membership{}, false, nil
		}
		if role, _, err = r.roles.since(ctx, ref, moment(last.Sequence)); err != nil {
			return posthog.Membership{}, false, err
		}
	}
	membership, found := role.Find("", userUUID)
	return membership, found, nil
}

// CachedRole returns a role as this process has last seen it, whatever it has written since. It is for what writes of
// memberships do not change: whether the role exists, and its name. The errors are those of Roster.
func (r *Rosters) CachedRole(ctx context.Context, ref posthog.RoleRef) (*Roster, error) {
	role, _, err := r.roles.latest(ctx, ref)
	return role, err
}

// MembershipPage returns part of PostHog's own list of a role's members, from offset on and limit in all (0 for all), and how many
// the role has. It asks each time. The errors are those of posthog.Client.RoleMemberships.
func (r *Rosters) MembershipPage(ctx context.Context, ref posthog.RoleRef, limit, offset int) ([]posthog.Membership, int, error) {
	return r.window(ctx, ref, limit, offset)
}
