package provider

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var _ list.ListResourceWithConfigure = (*roleMembershipList)(nil)

// roleMembershipList lists memberships for “terraform query”.
type roleMembershipList struct{ *configured }

func newRoleMembershipList() list.ListResource { return &roleMembershipList{} }

func (l *roleMembershipList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + roleMembershipType
}

func (l *roleMembershipList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *roleMembershipList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists who is in which role, for `terraform query` (Terraform 1.14 and later).",
		Attributes:          listAttributes(),
	}
}

// List streams memberships, role after role by name and in each by email, until there are as many as Terraform wants. A
// role is read only when the roles before it did not have that many.
func (l *roleMembershipList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	l.streams(ctx, req, stream, func(asked listRequest, push func(list.ListResult) bool) diag.Diagnostic {
		refs, failure := l.roles(ctx, asked.organizationID, asked.roleID)
		if failure != nil {
			return failure
		}
		for _, ref := range refs {
			role, err := l.rosters.Roster(ctx, ref)
			if err != nil {
				return l.unable("list members", "read who is in "+named(ref), theRoleOf(ref), err)
			}
			if !role.Exists && !asked.roleID.IsNull() {
				return noSuchRole(path.Root("role_id"), ref)
			}
			for _, membership := range byEmail(role.Members) {
				if !push(listed(ctx, req, asked.organization, asked.organizationID, role.Name, membership)) {
					return nil
				}
			}
		}
		return nil
	})
}

// roles returns the one role that the configuration names, or all of the organization's, ordered by name.
func (l *roleMembershipList) roles(ctx context.Context, organization string, roleID types.String) ([]posthog.RoleRef, diag.Diagnostic) {
	if !roleID.IsNull() {
		return []posthog.RoleRef{{OrganizationID: organization, ID: roleID.ValueString()}}, nil
	}
	roles, failure := l.rolesOf(ctx, organization)
	if failure != nil {
		return nil, failure
	}
	refs := make([]posthog.RoleRef, 0, len(roles))
	for _, role := range roles {
		refs = append(refs, posthog.RoleRef{OrganizationID: organization, ID: role.ID})
	}
	return refs, nil
}

// byEmail returns members in an order that stays from run to run, so that the names which Terraform numbers do not shift.
func byEmail(members []posthog.Membership) []posthog.Membership {
	return slices.SortedFunc(slices.Values(members), func(a, b posthog.Membership) int {
		return cmp.Or(
			strings.Compare(strings.ToLower(a.User.Email), strings.ToLower(b.User.Email)),
			strings.Compare(a.User.UUID, b.User.UUID))
	})
}

// listed returns one membership as Terraform wants it.
func listed(
	ctx context.Context, req list.ListRequest, written types.String, organization, role string, membership posthog.Membership,
) list.ListResult {
	model := modelOf(written, role, membership)
	result := req.NewListResult(ctx)
	result.DisplayName = membership.User.Email + " in " + cmp.Or(role, membership.RoleID)
	result.Diagnostics.Append(result.Identity.Set(ctx, model.identity(organization))...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	} else {
		result.Resource = nil
	}
	return result
}
