package roster

import (
	"context"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Organization returns the UUID of the organization that is written as its UUID, as posthog.CurrentOrganization or as its
// slug. A UUID costs nothing and is not looked up; what the others mean is asked once and then stays, even if the key's
// owner opens another organization meanwhile. The errors are *UnknownOrganizationError, those of posthog.Client's
// Organization and Organizations, and of a caller whose context has ended.
func (r *Rosters) Organization(ctx context.Context, written string) (string, error) {
	switch {
	case posthog.IsUUID(written):
		return written, nil
	case written == posthog.CurrentOrganization:
		return r.current(ctx)
	}
	all, _, err := r.directory.latest(ctx, struct{}{})
	if err != nil {
		return "", err
	}
	for _, organization := range all {
		if organization.Slug == written {
			return organization.ID, nil
		}
	}
	return "", &UnknownOrganizationError{Slug: written, Known: all}
}

// current returns what posthog.CurrentOrganization meant when it was first asked for.
func (r *Rosters) current(ctx context.Context) (string, error) {
	asked, _, err := r.organizations.latest(ctx, posthog.CurrentOrganization)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.currentID == "" {
		r.currentID = asked.ID
	}
	return r.currentID, nil
}

// Roles returns every role of an organization, without members, ordered by name. The errors are those of
// posthog.Client.Roles, and of a caller whose context has ended.
func (r *Rosters) Roles(ctx context.Context, organizationID string) ([]posthog.Role, error) {
	roles, _, err := r.lists.fresh(ctx, organizationID)
	return roles, err
}

// creating returns the role as creates must address it.
func (r *Rosters) creating(ref posthog.RoleRef) posthog.RoleRef {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byCurrent[ref.OrganizationID] {
		return posthog.RoleRef{OrganizationID: posthog.CurrentOrganization, ID: ref.ID}
	}
	return ref
}

// byAnotherName finds out what “Role does not exist.” means when the role was addressed as sent, and returns nil when the
// create may succeed if the organization goes by the name posthog.CurrentOrganization, as on servers of September 2025 to
// February 2026. From then on all creates there go by that name.
func (r *Rosters) byAnotherName(ctx context.Context, ref, sent posthog.RoleRef, refusal error) error {
	role, _, err := r.roles.latest(ctx, ref)
	if err == nil && role.Exists && sent != ref {
		// That name was tried. Either the role has gone since it was read, or the name means another organization now.
		role, _, err = r.roles.since(ctx, ref, r.roles.moment())
	}
	switch {
	case err != nil:
		return &VerifyError{Write: refusal, Verify: err}
	case !role.Exists:
		return refusal
	}
	current, _, err := r.organizations.since(ctx, posthog.CurrentOrganization, r.organizations.moment())
	switch {
	case err != nil:
		return &VerifyError{Write: refusal, Verify: err}
	case current.ID != ref.OrganizationID || sent != ref:
		return &NeedsCurrentError{ref, refusal}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byCurrent[ref.OrganizationID] = true
	return nil
}

// Level returns the level of the key's owner in an organization (1 for a member, 8 for an admin, 15 for an owner), as this
// process has first seen it; nil where PostHog does not tell. The errors are those of posthog.Client.Organizations, and of a
// caller whose context has ended.
func (r *Rosters) Level(ctx context.Context, organizationID string) (*int64, error) {
	all, _, err := r.directory.latest(ctx, struct{}{})
	if err != nil {
		return nil, err
	}
	for _, organization := range all {
		if organization.ID == organizationID {
			return organization.MembershipLevel, nil
		}
	}
	return nil, nil
}
