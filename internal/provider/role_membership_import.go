package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

var _ tfserver.ConfigGenerator = (*posthogProvider)(nil)

// ImportState sets the state to the membership that an import id or an identity names.
func (r *roleMembershipResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := readImportID(ctx, req, parseMembershipImportID, diagnostics.InvalidMembershipImportID, &resp.Diagnostics)
	if !ok {
		return
	}
	in, ok := importRole(ctx, r.providerData, id, &resp.Diagnostics)
	if !ok {
		return
	}
	label := diagnostics.RoleLabel(in.role.Name, in.ref)
	switch found := id.membersOf(in.role); len(found) {
	case 0:
		resp.Diagnostics.Append(diagnostics.NoMemberToImport(label, id.member, len(in.role.Members)))
	case 1:
		model := roleMembershipModelOf(in.organization.Written, in.role.Name, found[0])
		setImported[roleMembershipPrivateState](ctx, in, model, model.identity(in.organization.ID), resp)
	default:
		resp.Diagnostics.Append(diagnostics.SeveralMembersToImport(label, id.member, found))
	}
}

// MoveState converts a membership in the state of the PostHog vendor's provider.
func (r *roleMembershipResource) MoveState(ctx context.Context) []resource.StateMover {
	var own resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &own)
	mover := vendorMover(roleMembershipType, "membership", func(state roleMembershipModel, organizationID string) any {
		return state.identity(organizationID)
	})
	return []resource.StateMover{{SourceSchema: &own.Schema, StateMover: mover}}
}

// GenerateConfig writes a generated configuration with names instead of UUIDs: the role's name if it is unambiguous, the user's email likewise,
// and no organization if it is the provider's default.
func (p *posthogProvider) GenerateConfig(ctx context.Context, typeName string, attributes map[string]tftypes.Value) {
	if typeName != "posthog"+roleMembershipType && typeName != "posthog"+roleMembersType || !p.data.isReady() {
		return
	}
	texts := map[string]string{}
	for _, name := range []string{"organization_id", "role_id", "role_name", "user_email"} {
		var text *string
		if attributes[name].Type() != nil && attributes[name].As(&text) == nil && text != nil {
			texts[name] = *text
		}
	}
	remove := func(name string) { attributes[name] = tftypes.NewValue(tftypes.String, nil) }
	organizationID, err := p.data.rosters.Organization(ctx, texts["organization_id"])
	if err != nil {
		return // The UUIDs and the names may both stay.
	}
	if texts["organization_id"] == p.data.organization.ValueString() {
		remove("organization_id")
	}
	if roles, err := p.data.rosters.Roles(ctx, organizationID); err == nil {
		if countRoles(roles, texts["role_name"]) == 1 {
			remove("role_id")
		} else {
			remove("role_name")
		}
	}
	if typeName != "posthog"+roleMembershipType {
		return
	}
	role, err := p.data.rosters.CachedRole(ctx, posthog.RoleRef{OrganizationID: organizationID, ID: texts["role_id"]})
	switch {
	case err != nil:
	case len(role.ByEmail(texts["user_email"])) == 1:
		remove("user_uuid")
	default:
		remove("user_email")
	}
}

// countRoles returns the number of roles with a name. Case does not matter.
func countRoles(roles []posthog.Role, name string) int {
	count := 0
	for _, role := range roles {
		if strings.EqualFold(role.Name, name) {
			count++
		}
	}
	return count
}
