package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
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

// MoveState converts a role in the state of the PostHog vendor's provider. The vendor's attributes are a subset of this resource's
// (PostHog/terraform-provider-posthog, internal/resource/role.go, schema version 0).
func (r *roleResource) MoveState(ctx context.Context) []resource.StateMover {
	var own resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &own)
	return []resource.StateMover{{SourceSchema: &own.Schema, StateMover: moveVendorRole}}
}

// moveVendorRole converts the state of the vendor's posthog_role. It ignores other resources.
func moveVendorRole(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !strings.HasSuffix(req.SourceProviderAddress, "/posthog/posthog") || req.SourceTypeName != "posthog"+roleType {
		return
	}
	if req.SourceState == nil || req.SourceSchemaVersion != 0 {
		resp.Diagnostics.Append(diagnostics.UnsupportedRoleStateVersion(req.SourceProviderAddress, req.SourceSchemaVersion))
		return
	}
	var state roleResourceModel
	resp.Diagnostics.Append(req.SourceState.Get(ctx, &state)...)
	state = state.normalized()
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, state)...)
	if organization := state.OrganizationID.ValueString(); posthog.IsUUID(organization) {
		resp.Diagnostics.Append(resp.TargetIdentity.Set(ctx, state.identity(organization))...)
	} else {
		resp.TargetIdentity = nil // Read sets it.
	}
}
