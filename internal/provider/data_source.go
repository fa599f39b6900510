package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
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
