package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
)

// ImportState sets the state to the members of the role that an import id or an identity names.
func (r *roleMembersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := readImportID(ctx, req, parseRoleImportID, diagnostics.InvalidRoleImportID, &resp.Diagnostics)
	if !ok {
		return
	}
	in, ok := importRole(ctx, r.providerData, id, &resp.Diagnostics)
	if !ok {
		return
	}
	about := diagnostics.Subject{Label: diagnostics.RoleLabel("", in.ref), OrganizationID: in.organization.ID}
	if failure := requireAdminKey(ctx, r.providerData, about); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	model := roleMembersModelOf(in.organization.Written, in.role)
	setImported[roleMembersPrivateState](ctx, in, model, model.identity(in.organization.ID), resp)
}
