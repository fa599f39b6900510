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

var (
	roleIDPath   = path.Root("role_id")
	roleNamePath = path.Root("role_name")
)

// roleReference is how a configuration names a role: by UUID, by name, or by both.
type roleReference struct {
	id, name types.String
}

// path returns the attribute that names the role.
func (r roleReference) path() path.Path {
	if r.id.IsNull() && !r.name.IsNull() {
		return roleNamePath
	}
	return roleIDPath
}

// currentRole is the role of a resource in state. The zero value means none.
type currentRole struct {
	id, name   string
	formerName string // the name in state before the role was renamed; "" if it was not
}

// names reports whether a reference names the role in state, as far as the state shows.
func (r roleReference) names(current currentRole) bool {
	if r.id.IsNull() {
		return strings.EqualFold(r.name.ValueString(), current.name) && !r.name.IsUnknown()
	}
	return r.id.ValueString() == current.id && !r.id.IsUnknown()
}

// resolveRole returns the UUID of the role that a configuration names. It is unknown if the reference is unknown until apply. A name is
// looked up in the list of roles, unless it is the name in state. ok is false if the role is not found. Then diags get the error, or a
// warning if a refresh of this process did not find the role.
func resolveRole(
	ctx context.Context, p *providerData, reference roleReference, organizationID string, current currentRole, diags *diag.Diagnostics,
) (id types.String, ok bool) {
	name := reference.name.ValueString()
	switch {
	case reference.id.IsUnknown(), reference.id.IsNull() && reference.name.IsUnknown():
		return types.StringUnknown(), true
	case !reference.id.IsNull():
		return reference.id, true
	case name == current.name && current.id != "":
		return types.StringValue(current.id), true
	}
	named, failure := rolesNamed(ctx, p, organizationID, name)
	if failure != nil {
		diags.Append(failure)
		return types.StringUnknown(), false
	}
	found, failure := onlyRole(ctx, p, named, organizationID, name, roleNamePath)
	switch {
	case current.formerName != "" && strings.EqualFold(name, current.formerName) && found.ID != current.id:
		ref := posthog.RoleRef{OrganizationID: organizationID, ID: current.id}
		diags.Append(diagnostics.RoleRenamed(roleNamePath, name, current.name, ref, found.ID))
	case failure == nil:
		return types.StringValue(found.ID), true
	case p.wasMissing(missingRole{organizationID, strings.ToLower(name)}):
		// An error would fail the plan of terraform destroy. The apply reports it.
		diags.Append(diagnostics.RoleDeleted(roleNamePath, diagnostics.ShortRoleLabel("", name)))
	default:
		diags.Append(failure)
	}
	return types.StringUnknown(), false
}

// resolveRoleInApply returns the UUID of the planned role, which may have been created in this apply. ok is false if it is not found. Then
// diags get the error.
func resolveRoleInApply(
	ctx context.Context, p *providerData, planned roleReference, organizationID string, diags *diag.Diagnostics,
) (id types.String, ok bool) {
	if !planned.id.IsUnknown() {
		return planned.id, true
	}
	name := planned.name.ValueString()
	named, err := p.rosters.ReadRolesNamed(ctx, organizationID, name)
	if err != nil {
		diags.Append(p.messages.UnableToListRoles(organizationID, err))
		return planned.id, false
	}
	found, failure := onlyRole(ctx, p, named, organizationID, name, roleNamePath)
	if failure != nil {
		diags.Append(failure)
		return planned.id, false
	}
	return types.StringValue(found.ID), true
}

// checkRoleName returns the error that role_id and role_name name different roles. role is the one with the id.
func checkRoleName(reference roleReference, role *roster.Roster, ref posthog.RoleRef, current currentRole) diag.Diagnostic {
	name := reference.name.ValueString()
	switch {
	case reference.id.IsNull() || name == "" || strings.EqualFold(name, role.Name) || !role.Exists:
		return nil
	case ref.ID == current.id && strings.EqualFold(name, current.formerName):
		return diagnostics.RoleRenamed(roleNamePath, name, role.Name, ref, "")
	}
	return diagnostics.RoleIDAndNameDiffer(name, diagnostics.RoleLabel(role.Name, ref))
}

// plannedRoleName returns the role's name as it is written. Another case is semantically equal and keeps the name in state.
func plannedRoleName(reference roleReference, prior types.String, roleName string) types.String {
	switch {
	case reference.name.IsUnknown():
		return reference.name
	case reference.name.IsNull():
		return types.StringValue(roleName)
	case strings.EqualFold(prior.ValueString(), reference.name.ValueString()):
		return prior
	}
	return reference.name
}

// writtenRoleName returns the name of a role for state: the written one if only its case differs from PostHog's.
func writtenRoleName(written types.String, roleName string) types.String {
	if strings.EqualFold(written.ValueString(), roleName) {
		return written
	}
	return types.StringValue(roleName)
}
