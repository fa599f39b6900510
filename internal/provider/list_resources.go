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

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

var _ list.ListResourceWithConfigure = (*roleListResource)(nil)

// roleListResource is a list resource of terraform query. It reads one role after the other.
type roleListResource struct {
	*providerData

	typeName, description string
	// pushRole pushes the results of one role. It reports whether Terraform wants more. An error ends the list.
	pushRole func(l *roleListResource, ctx context.Context, req listRequest, role posthog.Role, push pushResult) (wantsMore bool, failure diag.Diagnostic)
}

// pushResult sends a result to Terraform, and reports whether Terraform wants more.
type pushResult func(list.ListResult) bool

func newRoleMembershipList() list.ListResource {
	return &roleListResource{
		typeName: roleMembershipType, description: "Lists the memberships of roles, for `terraform query` (Terraform 1.14 and later).",
		pushRole: (*roleListResource).pushMemberships,
	}
}

func newRoleMembersList() list.ListResource {
	return &roleListResource{
		typeName: roleMembersType, description: "Lists roles with all their members, for `terraform query` (Terraform 1.14 and later).",
		pushRole: (*roleListResource).pushRoleMembers,
	}
}

func (l *roleListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + l.typeName
}

func (l *roleListResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.providerData = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *roleListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: l.description, Attributes: listAttributes()}
}

// listRequest is a request of Terraform with its resolved organization.
type listRequest struct {
	list.ListRequest

	organization organization
	roleID       types.String // null for every role
}

// List streams the results of the roles, ordered by the roles' names, until the limit is reached. A limit of 0 is none.
func (l *roleListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config struct {
		OrganizationID types.String `tfsdk:"organization_id"`
		RoleID         types.String `tfsdk:"role_id"`
	}
	diags := req.Config.Get(ctx, &config)
	request := listRequest{ListRequest: req, roleID: config.RoleID}
	if !diags.HasError() {
		request.organization, _ = l.resolveOrganization(ctx, config.OrganizationID, &diags)
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		pushed := int64(0)
		failure := l.pushRoles(ctx, request, func(result list.ListResult) bool {
			pushed++
			return push(result) && pushed != req.Limit
		})
		if failure != nil {
			push(list.ListResult{Diagnostics: diag.Diagnostics{failure}})
		}
	}
}

// pushRoles pushes the results of the requested roles. It returns the error that ends the list.
func (l *roleListResource) pushRoles(ctx context.Context, req listRequest, push pushResult) diag.Diagnostic {
	roles := []posthog.Role{{ID: req.roleID.ValueString()}}
	if req.roleID.IsNull() {
		var failure diag.Diagnostic
		if roles, failure = listRoles(ctx, l.providerData, req.organization.ID); failure != nil {
			return failure
		}
	}
	for _, role := range roles {
		if wantsMore, failure := l.pushRole(l, ctx, req, role, push); failure != nil || !wantsMore {
			return failure
		}
	}
	return nil
}

// pushMemberships pushes the memberships of a role, ordered by email. A role that was deleted after the roles were listed has none.
func (l *roleListResource) pushMemberships(
	ctx context.Context, req listRequest, listed posthog.Role, push pushResult,
) (wantsMore bool, failure diag.Diagnostic) {
	ref := posthog.RoleRef{OrganizationID: req.organization.ID, ID: listed.ID}
	role, err := l.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		return false, l.messages.UnableToListMembersOfRole(diagnostics.RoleSubject("", ref), err)
	case !role.Exists && !req.roleID.IsNull():
		return false, diagnostics.RoleNotFound(path.Root("role_id"), ref)
	}
	for _, membership := range roster.SortedByEmail(role.Members) {
		model := roleMembershipModelOf(req.organization.Written, role.Name, membership)
		result := req.NewListResult(ctx)
		result.DisplayName = membership.User.Email + " in " + cmp.Or(role.Name, membership.RoleID)
		result.Diagnostics.Append(result.Identity.Set(ctx, model.identity(ref.OrganizationID))...)
		if req.IncludeResource {
			result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
		} else {
			result.Resource = nil
		}
		if !push(result) {
			return false, nil
		}
	}
	return true, nil
}

// pushRoleMembers pushes one role. It reads the members only if Terraform wants more than the identity.
func (l *roleListResource) pushRoleMembers(
	ctx context.Context, req listRequest, listed posthog.Role, push pushResult,
) (wantsMore bool, failure diag.Diagnostic) {
	ref := posthog.RoleRef{OrganizationID: req.organization.ID, ID: listed.ID}
	result := req.NewListResult(ctx)
	result.DisplayName = cmp.Or(listed.Name, listed.ID)
	identity := roleMembersIdentity{OrganizationID: types.StringValue(ref.OrganizationID), RoleID: types.StringValue(ref.ID)}
	result.Diagnostics.Append(result.Identity.Set(ctx, identity)...)
	if !req.IncludeResource && req.roleID.IsNull() {
		result.Resource = nil
		return push(result), nil
	}
	about := diagnostics.RoleSubject("", ref)
	role, err := l.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		return false, l.messages.UnableToListMembersOfRole(about, err)
	case !role.Exists:
		return req.roleID.IsNull(), diagnostics.RoleNotFound(path.Root("role_id"), ref)
	}
	result.DisplayName = cmp.Or(role.Name, ref.ID)
	if !req.IncludeResource {
		result.Resource = nil
		return push(result), nil
	}
	warnHidden(ctx, l.providerData, about, l.messages.ListIncomplete, &result.Diagnostics)
	result.Diagnostics.Append(result.Resource.Set(ctx, roleMembersModelOf(req.organization.Written, role))...)
	return push(result), nil
}
