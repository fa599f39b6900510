package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
)

// ImportState sets the state to the role that an import id or an identity names.
func (r *roleResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := readImportID(ctx, req, parseRoleImportID, diagnostics.InvalidIDOfRole, &resp.Diagnostics)
	if !ok {
		return
	}
	in, ok := importRole(ctx, r.providerData, id, &resp.Diagnostics)
	if !ok {
		return
	}
	model := roleResourceModelOf(in.organization.Written, in.role.Role)
	setImported[rolePrivateState](ctx, in, model, model.identity(in.organization.ID), resp)
}

// MoveState converts a role in the state of the PostHog vendor's provider.
func (r *roleResource) MoveState(ctx context.Context) []resource.StateMover {
	var own resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &own)
	mover := vendorMover(roleType, "role", func(state roleResourceModel, organizationID string) any {
		return state.identity(organizationID)
	})
	return []resource.StateMover{{SourceSchema: &own.Schema, StateMover: mover}}
}
