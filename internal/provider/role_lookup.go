package provider

import (
	"context"

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

// rolesNamed returns the roles with a name, or the error that they could not be read.
func rolesNamed(ctx context.Context, p *providerData, organizationID, name string) ([]posthog.Role, diag.Diagnostic) {
	found, err := p.rosters.RolesNamed(ctx, organizationID, name)
	if err != nil {
		return nil, p.messages.UnableToListRoles(organizationID, err)
	}
	return found, nil
}

// onlyRole returns the one role of found, or the error that there is none or that there are several. Case does not matter, but the exact
// spelling wins over others. Several roles without an exact one are an error: PostHog's API keeps names unique, its SCIM interface does not.
func onlyRole(
	ctx context.Context, p *providerData, found []posthog.Role, organizationID, name string, where path.Path,
) (posthog.Role, diag.Diagnostic) {
	found = preferExact(found, name, func(role posthog.Role) string { return role.Name })
	switch len(found) {
	case 0:
		names := []string{}
		roles, _ := p.rosters.Roles(ctx, organizationID) // An older server may not list all: then no name is suggested.
		for _, role := range roles {
			names = append(names, role.Name)
		}
		return posthog.Role{}, diagnostics.RoleNotFoundByName(where, name, organizationID, similarTo(name, names), names)
	case 1:
		return found[0], nil
	}
	return posthog.Role{}, diagnostics.SeveralRoles(where, name, organizationID, found)
}

// findRoleByName returns the role with a name, or the error that it is not found.
func findRoleByName(ctx context.Context, p *providerData, organizationID, name string, where path.Path) (posthog.Role, diag.Diagnostic) {
	found, failure := rolesNamed(ctx, p, organizationID, name)
	if failure != nil {
		return posthog.Role{}, failure
	}
	return onlyRole(ctx, p, found, organizationID, name, where)
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
