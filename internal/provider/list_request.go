package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// listAttributes are what both list resources are configured with.
func listAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"organization_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The organization: its UUID, its slug, or `@current`. Default: the provider's `organization_id`.",
			Validators:          []validator.String{checked("an organization", checkOrganization)},
		},
		"role_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "UUID of the role. Default: every role of the organization, ordered by name.",
			Validators:          []validator.String{checked("a UUID", checkUUID)},
		},
	}
}

// A listRequest is what a list resource is asked for.
type listRequest struct {
	organization   types.String // as it is written
	organizationID string       // its UUID
	roleID         types.String // null for every role
}

// listRequested returns what a list resource is asked for. The diagnostics say why that cannot be told.
func (c *configured) listRequested(ctx context.Context, req list.ListRequest) (listRequest, diag.Diagnostics) {
	var config struct {
		OrganizationID types.String `tfsdk:"organization_id"`
		RoleID         types.String `tfsdk:"role_id"`
	}
	diags := req.Config.Get(ctx, &config)
	if diags.HasError() {
		return listRequest{}, diags
	}
	written, id, _ := c.organizationFor(ctx, config.OrganizationID, &diags)
	return listRequest{written, id, config.RoleID}, diags
}

// streams has a list resource push its results, until push says that there are as many as Terraform wants. What results
// returns, if anything, is why there are no more.
func (c *configured) streams(
	ctx context.Context, req list.ListRequest, stream *list.ListResultsStream,
	results func(asked listRequest, push func(list.ListResult) bool) diag.Diagnostic,
) {
	asked, diags := c.listRequested(ctx, req)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		pushed := int64(0)
		failure := results(asked, func(result list.ListResult) bool {
			pushed++
			return push(result) && pushed != req.Limit // A limit of 0 is none.
		})
		if failure != nil {
			push(list.ListResult{Diagnostics: diag.Diagnostics{failure}})
		}
	}
}
