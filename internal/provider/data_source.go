package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A dataSource is what all data sources have in common: the end of their type's name, and the provider's configuration.
type dataSource struct {
	*configured

	name string
}

// Metadata says what the data source is called.
func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.name
}

// Configure takes the provider's configuration.
func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

// asked reads the configuration of a data source into data, whose organization becomes the one that it names, or else the
// provider's, and returns that one's UUID. ok is false when that fails; diags say why.
func (d *dataSource) asked(
	ctx context.Context, req datasource.ReadRequest, data any, organization *types.String, diags *diag.Diagnostics,
) (id string, ok bool) {
	diags.Append(req.Config.Get(ctx, data)...)
	if diags.HasError() {
		return "", false
	}
	*organization, id, ok = d.organizationFor(ctx, *organization, diags)
	return id, ok
}
