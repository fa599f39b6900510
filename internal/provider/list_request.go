package provider

import (
	"context"
	"math"

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
	limit          int
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
	asked := listRequest{written, id, config.RoleID, math.MaxInt}
	if req.Limit > 0 {
		asked.limit = int(req.Limit)
	}
	return asked, diags
}
