package provider

import (
	"context"
	"fmt"
	"math"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var _ list.ListResourceWithConfigure = (*roleMembershipList)(nil)

// roleMembershipList lists memberships for “terraform query”.
type roleMembershipList struct{ *configured }

func newRoleMembershipList() list.ListResource { return &roleMembershipList{} }

type roleMembershipListModel struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	RoleID         types.String `tfsdk:"role_id"`
}

func (l *roleMembershipList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_role_membership"
}

func (l *roleMembershipList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *roleMembershipList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists who is in which role, for `terraform query` (Terraform 1.14 and later).",
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "UUID of the organization, or `@current`. Default: the provider's `organization_id`.",
				Validators:          []validator.String{checked("an organization", checkOrganization)},
			},
			"role_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "UUID of the role. Default: every role of the organization, one after the other.",
				Validators:          []validator.String{checked("a UUID", checkUUID)},
			},
		},
	}
}

// List streams memberships until there are as many as Terraform wants. A role is read only when the roles before it did
// not have that many.
func (l *roleMembershipList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config roleMembershipListModel
	diags := req.Config.Get(ctx, &config)
	config.OrganizationID = l.organizationOr(config.OrganizationID)
	switch {
	case diags.HasError():
	case config.OrganizationID.IsNull():
		diags.AddAttributeError(path.Root("organization_id"), summaryNoOrganization, adviceNoOrganization)
	case !l.ready(&diags):
	case config.OrganizationID.IsUnknown():
		diags.AddError(summaryNotKnownYet, "The provider's organization_id will be known only after apply. "+adviceNotKnownYet)
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}

	stream.Results = func(push func(list.ListResult) bool) {
		roles, failure := l.roles(ctx, config)
		if failure != nil {
			push(list.ListResult{Diagnostics: diag.Diagnostics{failure}})
			return
		}
		wanted := math.MaxInt
		if req.Limit > 0 {
			wanted = int(req.Limit)
		}
		for _, details := range roles {
			if wanted == 0 {
				return
			}
			role := posthog.RoleRef{OrganizationID: config.OrganizationID.ValueString(), ID: details.ID}
			members, err := l.rosters.Some(ctx, role, wanted)
			if err != nil {
				push(list.ListResult{Diagnostics: diag.Diagnostics{unable("list members", "read who is in "+named(role), role, err)}})
				return
			}
			wanted -= len(members)
			for _, member := range members {
				if !push(listed(ctx, req, role, details, member)) {
					return
				}
			}
		}
	}
}

// roles returns the one role that the configuration names, or all of the organization's.
func (l *roleMembershipList) roles(ctx context.Context, config roleMembershipListModel) ([]posthog.Role, diag.Diagnostic) {
	organization := config.OrganizationID.ValueString()
	role := posthog.RoleRef{OrganizationID: organization, ID: config.RoleID.ValueString()}
	if config.RoleID.IsNull() {
		roles, err := l.rosters.Roles(ctx, organization)
		if err != nil {
			return nil, unable("list roles", "list the roles of organization "+organization, role, err)
		}
		return roles, nil
	}

	details, found, err := l.rosters.Role(ctx, role)
	switch {
	case err != nil:
		return nil, unable("list members", "read "+named(role), role, err)
	case !found:
		return nil, diag.NewAttributeErrorDiagnostic(path.Root("role_id"), summaryNoSuchRole,
			fmt.Sprintf("There is no %s. %s", named(role), adviceNoSuchRole))
	}
	return []posthog.Role{details}, nil
}

// listed returns one membership as Terraform wants it.
func listed(
	ctx context.Context, req list.ListRequest, role posthog.RoleRef, details posthog.Role, member posthog.Membership,
) list.ListResult {
	model := modelOf(role, member)
	result := req.NewListResult(ctx)
	result.DisplayName = member.User.Email + " in " + details.Name
	if details.Name == "" {
		result.DisplayName = member.User.Email + " in " + role.ID
	}
	result.Diagnostics.Append(result.Identity.Set(ctx, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	} else {
		result.Resource = nil
	}
	return result
}
