package roster

import (
	"context"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// OrganizationMembers are the members of an organization at the time of one read. PostHog does not list deactivated users, nor users
// that the key may not see. So a user who is not listed can still be in the organization. All callers share one value: do not modify it.
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

// membersReader returns a read function for the cache. A missing scope is a value instead of an error, because errors are not
// cached: a key without the scope sends one request and not one for each user.
func membersReader(read func(context.Context, string) ([]posthog.Member, error)) func(context.Context, string) (*OrganizationMembers, error) {
	return func(ctx context.Context, organizationID string) (*OrganizationMembers, error) {
		members, err := read(ctx, organizationID)
		switch {
		case posthog.ReasonOf(err) == posthog.ReasonMissingScope:
			return &OrganizationMembers{ListError: err}, nil
		case err != nil:
			return nil, err
		}
		userOf := func(m posthog.Member) posthog.User { return m.User }
		return &OrganizationMembers{Members: members, index: newIndex(members, userOf)}, nil
	}
}
