package provider

import (
	"context"
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
