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
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

var _ list.ListResourceWithConfigure = (*roleList)(nil)

// A roleList is a list resource of “terraform query”, which reads one role after the other.
type roleList struct {
	*configured

	typeName, description string
	// results pushes what a role has. It returns whether Terraform wants more, and an error that ends the list.
	results func(l *roleList, ctx context.Context, asked listRequest, role posthog.Role, push func(list.ListResult) bool) (more bool, failure diag.Diagnostic)
}

func newRoleMembershipList() list.ListResource {
	return &roleList{
		typeName: roleMembershipType, description: "Lists who is in which role, for `terraform query` (Terraform 1.14 and later).",
		results: (*roleList).memberships,
	}
}

func newRoleMembersList() list.ListResource {
	return &roleList{
		typeName: roleMembersType, description: "Lists whole roles, for `terraform query` (Terraform 1.14 and later).",
		results: (*roleList).roleMembers,
	}
}

func (l *roleList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + l.typeName
}

func (l *roleList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *roleList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: l.description,
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The organization: its UUID, its slug, or `@current`. Default: the provider's `organization_id`.",
				Validators:          []validator.String{validators.String("an organization", validators.CheckOrganization)},
			},
			"role_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "UUID of the role. Default: every role of the organization, ordered by name.",
				Validators:          []validator.String{validators.String("a UUID", validators.CheckUUID)},
			},
		},
	}
}

// A listRequest is what a list resource is asked for.
type listRequest struct {
	list.ListRequest

	organization   types.String // as it is written
	organizationID string       // its UUID
	roleID         types.String // null for every role
}

// List streams what the roles have, by the name of the role, until there is as much as Terraform wants. A limit of 0 is none.
func (l *roleList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config struct {
		OrganizationID types.String `tfsdk:"organization_id"`
		RoleID         types.String `tfsdk:"role_id"`
	}
	diags := req.Config.Get(ctx, &config)
	asked := listRequest{ListRequest: req, roleID: config.RoleID}
	if !diags.HasError() {
		asked.organization, asked.organizationID, _ = l.organizationFor(ctx, config.OrganizationID, &diags)
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		pushed := int64(0)
		failure := l.eachRole(ctx, asked, func(result list.ListResult) bool {
			pushed++
			return push(result) && pushed != req.Limit
		})
		if failure != nil {
			push(list.ListResult{Diagnostics: diag.Diagnostics{failure}})
		}
	}
}

// eachRole pushes the results of the roles that are asked for, and returns the error that ends the list.
func (l *roleList) eachRole(ctx context.Context, asked listRequest, push func(list.ListResult) bool) diag.Diagnostic {
	roles := []posthog.Role{{ID: asked.roleID.ValueString()}}
	if asked.roleID.IsNull() {
		var failure diag.Diagnostic
		if roles, failure = l.rolesOf(ctx, asked.organizationID); failure != nil {
			return failure
		}
	}
	for _, role := range roles {
		if more, failure := l.results(l, ctx, asked, role, push); failure != nil || !more {
			return failure
		}
	}
	return nil
}

// memberships pushes the memberships of a role, ordered by email. A role that was deleted since the roles were listed has none.
func (l *roleList) memberships(ctx context.Context, asked listRequest, listed posthog.Role, push func(list.ListResult) bool) (more bool, failure diag.Diagnostic) {
	ref := posthog.RoleRef{OrganizationID: asked.organizationID, ID: listed.ID}
	role, err := l.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		return false, l.unable("list members", "read who is in "+named(ref), theRoleOf(ref), err)
	case !role.Exists && !asked.roleID.IsNull():
		return false, noSuchRole(path.Root("role_id"), ref)
	}
	for _, membership := range byEmail(role.Members) {
		model := modelOf(asked.organization, role.Name, membership)
		result := asked.NewListResult(ctx)
		result.DisplayName = membership.User.Email + " in " + cmp.Or(role.Name, membership.RoleID)
		result.Diagnostics.Append(result.Identity.Set(ctx, model.identity(asked.organizationID))...)
		if asked.IncludeResource {
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

// roleMembers pushes one role. Its members are read only if Terraform wants more than its identity.
func (l *roleList) roleMembers(ctx context.Context, asked listRequest, listed posthog.Role, push func(list.ListResult) bool) (more bool, failure diag.Diagnostic) {
	ref := posthog.RoleRef{OrganizationID: asked.organizationID, ID: listed.ID}
	result := asked.NewListResult(ctx)
	result.DisplayName = cmp.Or(listed.Name, listed.ID)
	result.Diagnostics.Append(result.Identity.Set(ctx, roleMembersIdentity{types.StringValue(ref.OrganizationID), types.StringValue(ref.ID)})...)
	if !asked.IncludeResource && asked.roleID.IsNull() {
		result.Resource = nil
		return push(result), nil
	}
	role, err := l.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		return false, l.unable("list members", "read who is in "+named(ref), theRoleOf(ref), err)
	case !role.Exists:
		return asked.roleID.IsNull(), noSuchRole(path.Root("role_id"), ref)
	}
	result.DisplayName = cmp.Or(role.Name, ref.ID)
	if !asked.IncludeResource {
		result.Resource = nil
		return push(result), nil
	}
	l.warnHidden(ctx, ref, theRoleOf(ref), adviceIncompleteList, &result.Diagnostics)
	result.Diagnostics.Append(result.Resource.Set(ctx, wholeRole(asked.organization, role))...)
	return push(result), nil
}

// byEmail returns members in an order that stays from run to run, so that the names which Terraform numbers do not shift.
func byEmail(members []posthog.Membership) []posthog.Membership {
	return slices.SortedFunc(slices.Values(members), func(a, b posthog.Membership) int {
		return cmp.Or(
			strings.Compare(strings.ToLower(a.User.Email), strings.ToLower(b.User.Email)),
			strings.Compare(a.User.UUID, b.User.UUID))
	})
}
