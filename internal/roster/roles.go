package roster

import (
	"context"
	"errors"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Roles returns every role of an organization. The errors are those of posthog.Client.Roles.
func (r *Rosters) Roles(ctx context.Context, organizationID string) ([]posthog.Role, error) {
	return r.api.Roles(ctx, organizationID) //nolint:wrapcheck // Package posthog's errors say all there is.
}

// Role returns a role's details, and whether there is such a role. The errors are those of posthog.Client.Role but for
// the one that says no.
func (r *Rosters) Role(ctx context.Context, role posthog.RoleRef) (posthog.Role, bool, error) {
	details, err := r.api.Role(ctx, role)
	switch {
	case err == nil:
		return details, true, nil
	case posthog.IsNotFound(err) && !posthog.IsOrganizationNotFound(err):
		return posthog.Role{}, false, nil
	}
	return posthog.Role{}, false, err //nolint:wrapcheck // Package posthog's errors say all there is.
}

// Exists reports whether a role exists. It always asks PostHog. The errors are those of Role.
func (r *Rosters) Exists(ctx context.Context, role posthog.RoleRef) (bool, error) {
	_, found, err := r.Role(ctx, role)
	return found, err
}

// Some returns the first most members of a role, or all of them when there are no more. It reads no more than it takes:
// for a few members of a large role, one page as short as that. The errors are those of Members.
func (r *Rosters) Some(ctx context.Context, role posthog.RoleRef, most int) ([]posthog.Membership, error) {
	r.mu.Lock()
	state := r.state(role)
	kept := state.current != nil && time.Now().Before(state.expires)
	r.mu.Unlock()
	if kept || most > posthog.PageSize {
		members, err := r.Members(ctx, role)
		return members[:min(most, len(members))], err
	}

	var members []posthog.Membership
	for member, err := range r.api.EachRoleMembership(ctx, role, most, 0) {
		if _, short := errors.AsType[*posthog.InconsistentListError](err); short {
			members, err := r.Members(ctx, role) // It reads again until the pages agree.
			return members[:min(most, len(members))], err
		}
		if err != nil {
			return nil, err
		}
		members = append(members, member)
	}
	return members, nil
}
