package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var _ resource.ResourceWithMoveState = (*roleMembershipResource)(nil)

// MoveState returns the conversion of a membership in the state of the PostHog vendor's provider. Terraform uses it for a
// moved block, which changes the address and the provider at once. The vendor's attributes are a subset of this resource's
// (PostHog/terraform-provider-posthog, internal/resource/role_membership.go, schema version 0).
func (r *roleMembershipResource) MoveState(ctx context.Context) []resource.StateMover {
	var own resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &own)
	return []resource.StateMover{{SourceSchema: &own.Schema, StateMover: moveVendorState}}
}

// moveVendorState converts the state of the vendor's posthog_role_membership, and ignores every other resource.
func moveVendorState(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !strings.HasSuffix(req.SourceProviderAddress, "/posthog/posthog") || req.SourceTypeName != "posthog"+roleMembershipType {
		return
	}
	if req.SourceState == nil || req.SourceSchemaVersion != 0 {
		resp.Diagnostics.AddError(summaryBadMove, fmt.Sprintf("The state of %s has schema version %d and cannot be read. %s",
			req.SourceProviderAddress, req.SourceSchemaVersion, adviceBadMove))
		return
	}
	var state roleMembershipModel
	resp.Diagnostics.Append(req.SourceState.Get(ctx, &state)...)
	state = state.normalized()
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, state)...)
	if organization := state.OrganizationID.ValueString(); posthog.IsUUID(organization) {
		resp.Diagnostics.Append(resp.TargetIdentity.Set(ctx, state.identity(organization))...)
	} else {
		resp.TargetIdentity = nil // Read sets it.
	}
}
