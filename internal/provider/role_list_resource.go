package provider

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ list.ListResourceWithConfigure = (*rolesListResource)(nil)

// rolesListResource lists the roles of an organization for terraform query. It reads them with one request for each page.
type rolesListResource struct{ *providerData }

func newRoleList() list.ListResource { return &rolesListResource{} }

func (l *rolesListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + roleType
}

func (l *rolesListResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.providerData = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *rolesListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists roles, for `terraform query` (Terraform 1.14 and later).",
		Attributes:          map[string]schema.Attribute{"organization_id": listAttributes()["organization_id"]},
	}
}

// List streams the roles, ordered by name, until the limit is reached. A limit of 0 is none.
func (l *rolesListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config struct {
		OrganizationID types.String `tfsdk:"organization_id"`
	}
	diags := req.Config.Get(ctx, &config)
	var resolved organization
	if !diags.HasError() {
		resolved, _ = l.resolveOrganization(ctx, config.OrganizationID, &diags)
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		roles, failure := listRoles(ctx, l.providerData, resolved.ID)
		if failure != nil {
			push(list.ListResult{Diagnostics: diag.Diagnostics{failure}})
			return
		}
		if req.Limit > 0 {
			roles = roles[:min(int64(len(roles)), req.Limit)]
		}
		for _, role := range roles {
			model := roleResourceModelOf(resolved.Written, role)
			result := req.NewListResult(ctx)
			result.DisplayName = cmp.Or(role.Name, role.ID)
			result.Diagnostics.Append(result.Identity.Set(ctx, model.identity(resolved.ID))...)
			if req.IncludeResource {
				result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
			} else {
				result.Resource = nil
			}
			if !push(result) {
				return
			}
		}
	}
}
