package provider

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// readRole returns a role as it is after the last write of this process. The role may not exist. ok is false if the read fails. Then
// diags get the error.
func readRole(
	ctx context.Context, p *providerData, ref posthog.RoleRef, about diagnostics.Subject, diags *diag.Diagnostics,
) (role *roster.Roster, ok bool) {
	role, err := p.rosters.Roster(ctx, ref)
	if err != nil {
		diags.Append(p.messages.UnableToReadRole(about, err))
		return nil, false
	}
	return role, true
}

// findRoleByName returns the role with a name. Case does not matter, but the exact spelling wins over others. Several roles without an
// exact one are an error: PostHog's API keeps names unique, its SCIM interface does not.
func findRoleByName(roles []posthog.Role, organizationID, name string, where path.Path) (posthog.Role, diag.Diagnostic) {
	var found []posthog.Role
	names := make([]string, 0, len(roles))
	for _, role := range roles {
		names = append(names, role.Name)
		if strings.EqualFold(role.Name, name) {
			found = append(found, role)
		}
	}
	found = preferExact(found, name, func(role posthog.Role) string { return role.Name })
	switch len(found) {
	case 0:
		return posthog.Role{}, diagnostics.RoleNotFoundByName(where, name, organizationID, similarTo(name, names))
	case 1:
		return found[0], nil
	}
	return posthog.Role{}, diagnostics.SeveralRoles(where, name, organizationID, found)
}

// roleNotFound returns the error about a role that an organization does not have. If the organization is written as @current, which means
// another one now, the error names both.
func roleNotFound(ctx context.Context, p *providerData, where path.Path, ref posthog.RoleRef, written types.String) diag.Diagnostic {
	if written.ValueString() == posthog.CurrentOrganization {
		current, err := p.rosters.Organization(ctx, posthog.CurrentOrganization)
		if err == nil && current != ref.OrganizationID {
			return diagnostics.RoleNotFoundInOrganization(where, ref, current)
		}
	}
	return diagnostics.RoleNotFound(where, ref)
}

// isOrganizationUnclear reports whether a missing role may be in another organization: @current means another one now, and no organization
// was recorded. It is not known then whether the role was deleted.
func isOrganizationUnclear(role *roster.Roster, stored organization, isRecorded bool) bool {
	return !role.Exists && !isRecorded && stored.Written.ValueString() == posthog.CurrentOrganization
}

// keyMayNotSeeMembers reports whether the key's owner is below admin, so that PostHog may hide members. It is false if PostHog does not
// report the owner's level. The error is that of the read.
func keyMayNotSeeMembers(ctx context.Context, p *providerData, organizationID string) (bool, error) {
	level, err := p.rosters.Level(ctx, organizationID)
	if api, ok := err.(*posthog.APIError); ok && (api.Status == http.StatusForbidden || api.Status == http.StatusNotFound) { //nolint:errorlint // Package posthog returns its errors unwrapped.
		return false, nil
	}
	return err == nil && level != nil && *level < posthog.LevelAdmin, err
}

// requireAdminKey returns the error that the key may not see all members of a role, or that this could not be found out. It returns nil
// otherwise.
func requireAdminKey(ctx context.Context, p *providerData, about diagnostics.Subject) diag.Diagnostic {
	switch isHidden, err := keyMayNotSeeMembers(ctx, p, about.OrganizationID); {
	case err != nil:
		return p.messages.UnableToCheckLevel(about, err)
	case isHidden:
		return diagnostics.KeyMayNotSeeMembers(about)
	}
	return nil
}

// keepsState reports whether a refresh must keep the state, because the key may not see all members of the role, or because that could not
// be found out. Then diags get a warning, once for an organization, or the error.
func keepsState(ctx context.Context, p *providerData, about diagnostics.Subject, diags *diag.Diagnostics) bool {
	isHidden, err := keyMayNotSeeMembers(ctx, p, about.OrganizationID)
	if err != nil {
		diags.Append(p.messages.UnableToCheckLevel(about, err))
	} else if isHidden {
		diags.Append(p.messages.MembersNotRefreshed(about))
	}
	return isHidden || err != nil
}

// sortedByEmail returns members in an order that does not change between runs.
func sortedByEmail(members []posthog.Membership) []posthog.Membership {
	return slices.SortedFunc(slices.Values(members), func(a, b posthog.Membership) int { return compareUsers(a.User, b.User) })
}

// compareUsers orders users by email without regard to case, then by UUID.
func compareUsers(a, b posthog.User) int {
	return cmp.Or(strings.Compare(strings.ToLower(a.Email), strings.ToLower(b.Email)), strings.Compare(a.UUID, b.UUID))
}
