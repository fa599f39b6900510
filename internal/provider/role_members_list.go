package provider

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var _ list.ListResourceWithConfigure = (*roleMembersList)(nil)

// roleMembersList lists whole roles for “terraform query”.
type roleMembersList struct{ *configured }

func newRoleMembersList() list.ListResource { return &roleMembersList{} }

func (l *roleMembersList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + roleMembersType
}

func (l *roleMembersList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *roleMembersList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists whole roles, for `terraform query` (Terraform 1.14 and later).",
		Attributes:          listAttributes(),
	}
}

// List streams roles by name, until there are as many as Terraform wants. Who is in a role is read only where Terraform wants
// more than its identity.
func (l *roleMembersList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	l.streams(ctx, req, stream, func(asked listRequest, push func(list.ListResult) bool) diag.Diagnostic {
		roles, failure := l.rolesOf(ctx, asked.organizationID)
		if failure != nil {
			return failure
		}
		found := false
		for _, role := range roles {
			if !asked.roleID.IsNull() && role.ID != asked.roleID.ValueString() {
				continue
			}
			found = true
			if !push(l.listed(ctx, req, asked.organization, asked.organizationID, role)) {
				return nil
			}
		}
		if !found && !asked.roleID.IsNull() {
			return noSuchRole(path.Root("role_id"), posthog.RoleRef{OrganizationID: asked.organizationID, ID: asked.roleID.ValueString()})
		}
		return nil
	})
}

// listed returns one role as Terraform wants it.
func (l *roleMembersList) listed(ctx context.Context, req list.ListRequest, written types.String, organization string, role posthog.Role) list.ListResult {
	ref := posthog.RoleRef{OrganizationID: organization, ID: role.ID}
	result := req.NewListResult(ctx)
	result.DisplayName = cmp.Or(role.Name, role.ID)
	result.Diagnostics.Append(result.Identity.Set(ctx, roleMembersIdentity{types.StringValue(organization), types.StringValue(role.ID)})...)
	if !req.IncludeResource {
		result.Resource = nil
		return result
	}
	members, err := l.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		result.Diagnostics.Append(l.unable("list members", "read who is in "+named(ref), theRoleOf(ref), err))
	case !members.Exists: // It has gone since the roles were listed.
		result.Diagnostics.Append(noSuchRole(path.Root("role_id"), ref))
	default:
		l.warnHidden(ctx, ref, theRoleOf(ref), adviceIncompleteList, &result.Diagnostics)
		result.Diagnostics.Append(result.Resource.Set(ctx, wholeRole(written, members))...)
	}
	return result
}
