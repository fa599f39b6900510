package roster

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// OrganizationMembers are the members of an organization at the time of one read. PostHog lists neither deactivated users nor users
// that the key may not see. So an unlisted user can be in the organization. All callers share one value: do not modify it.
type OrganizationMembers struct {
	Members []posthog.Member
	// ListError is set if the key lacks the scope to list the members. Members is empty then.
	ListError error

	index[posthog.Member]
}

// OrganizationMembers returns the members of an organization. It reads them once per process, so that a plan and its apply see the
// same members. A missing scope is reported in ListError. All other errors are those of posthog.Client.Members, and of a context
// that has ended.
func (r *Rosters) OrganizationMembers(ctx context.Context, organizationID string) (*OrganizationMembers, error) {
	members, _, err := r.organizationMembers.getCached(ctx, organizationID)
	return members, err
}

// readMembers reads the members of an organization for the cache. A missing scope is a value instead of an error, because errors are
// not cached: a key without the scope sends one request, and not one for each user.
func (r *Rosters) readMembers(ctx context.Context, organizationID string) (*OrganizationMembers, error) {
	members, err := r.client.Members(ctx, organizationID)
	switch {
	case posthog.ReasonOf(err) == posthog.ReasonMissingScope:
		return &OrganizationMembers{ListError: err}, nil
	case err != nil:
		return nil, err
	}
	userOf := func(m posthog.Member) posthog.User { return m.User }
	return &OrganizationMembers{Members: members, index: newIndex(members, userOf)}, nil
}

// index finds the members of a role or an organization by user. The zero value is empty.
type index[M any] struct {
	members []M
	byUUID  map[string]int   // positions in members
	byEmail map[string][]int // positions in members; keys are in lower case
}

func newIndex[M any](members []M, userOf func(M) posthog.User) index[M] {
	x := index[M]{members: members, byUUID: make(map[string]int, len(members)), byEmail: make(map[string][]int, len(members))}
	for i, member := range members {
		user := userOf(member)
		x.byUUID[user.UUID] = i
		email := strings.ToLower(user.Email)
		x.byEmail[email] = append(x.byEmail[email], i)
	}
	return x
}

// ByUUID returns the member with a user UUID.
func (x index[M]) ByUUID(userUUID string) (member M, found bool) {
	i, found := x.byUUID[userUUID]
	if !found {
		return member, false
	}
	return x.members[i], true
}

// ByEmail returns all members with an email. It ignores case, so that more than one member can match.
func (x index[M]) ByEmail(email string) []M {
	var members []M
	for _, i := range x.byEmail[strings.ToLower(email)] {
		members = append(members, x.members[i])
	}
	return members
}

// SortedByEmail returns members in an order that does not change between runs.
func SortedByEmail(members []posthog.Membership) []posthog.Membership {
	return slices.SortedFunc(slices.Values(members), func(a, b posthog.Membership) int { return CompareUsers(a.User, b.User) })
}

// CompareUsers orders users by email without regard to case, then by UUID.
func CompareUsers(a, b posthog.User) int {
	return cmp.Or(strings.Compare(strings.ToLower(a.Email), strings.ToLower(b.Email)), strings.Compare(a.UUID, b.UUID))
}
