package roster

import (
	"context"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Organization returns the UUID of an organization. written is its UUID, posthog.CurrentOrganization or its slug. A UUID needs no
// request. The others are read once per process, so that posthog.CurrentOrganization keeps its first meaning. It would change when the
// key's owner opens another organization in the web app. The errors are *UnknownOrganizationError, those of posthog.Client.Organization and
// posthog.Client.Organizations, and of a context that has ended.
func (r *Rosters) Organization(ctx context.Context, written string) (string, error) {
	switch {
	case posthog.IsUUID(written):
		return written, nil
	case written == posthog.CurrentOrganization:
		return r.firstCurrentID(ctx)
	}
	organizations, _, err := r.ownOrganizations.getCached(ctx, struct{}{})
	if err != nil {
		return "", err
	}
	for _, organization := range organizations {
		if organization.Slug == written {
			return organization.ID, nil
		}
	}
	return "", &UnknownOrganizationError{Slug: written, Known: organizations}
}

// firstCurrentID returns the UUID that posthog.CurrentOrganization meant at the first call.
func (r *Rosters) firstCurrentID(ctx context.Context) (string, error) {
	current, _, err := r.currentOrganization.getCached(ctx, posthog.CurrentOrganization)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.currentID == "" {
		r.currentID = current.ID
	}
	return r.currentID, nil
}

// Level returns the access level of the key's owner in an organization: 1 for a member, 8 for an admin, 15 for an owner. It is nil if
// PostHog does not return it. It is read once per process. The errors are those of posthog.Client.Organizations, and of a context
// that has ended.
func (r *Rosters) Level(ctx context.Context, organizationID string) (*int64, error) {
	organizations, _, err := r.ownOrganizations.getCached(ctx, struct{}{})
	if err != nil {
		return nil, err
	}
	for _, organization := range organizations {
		if organization.ID == organizationID {
			return organization.MembershipLevel, nil
		}
	}
	return nil, nil
}

// Roles returns all roles of an organization, without members, ordered by name. The errors are those of posthog.Client.Roles, and of a
// context that has ended.
func (r *Rosters) Roles(ctx context.Context, organizationID string) ([]posthog.Role, error) {
	roles, _, err := r.rolesByOrganization.get(ctx, organizationID)
	return roles, err
}
