package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// dataSource is the common part of all data sources.
type dataSource struct {
	*providerData

	name string // the type name without the provider's
}

// Metadata returns the type name.
func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.name
}

// Configure stores the provider data.
func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.providerData = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// readConfig reads the configuration into data, and returns the organization. written is the organization in data; it becomes the provider's
// default if it is null. ok is false if that fails. Then diags get the error.
func (d *dataSource) readConfig(
	ctx context.Context, req datasource.ReadRequest, data any, written *types.String, diags *diag.Diagnostics,
) (resolved organization, ok bool) {
	diags.Append(req.Config.Get(ctx, data)...)
	if diags.HasError() {
		return organization{}, false
	}
	resolved, ok = d.resolveOrganization(ctx, *written, diags)
	*written = resolved.Written
	return resolved, ok
}
