package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*rolesDataSource)(nil)

type rolesDataSource struct{ dataSource }

func newRolesDataSource() datasource.DataSource { return &rolesDataSource{dataSource{name: "roles"}} }

type rolesModel struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	Roles          []roleModel  `tfsdk:"roles"`
}

func (d *rolesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the roles of the organization, ordered by name.",
		Attributes: map[string]schema.Attribute{
			"organization_id": dataSourceOrganization(),
			"roles": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The roles.",
				NestedObject:        schema.NestedAttributeObject{Attributes: roleAttributes()},
			},
		},
	}
}

func (d *rolesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data rolesModel
	organization, ok := d.readConfig(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	roles, failure := listRoles(ctx, d.providerData, organization.ID)
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	data = rolesModel{OrganizationID: data.OrganizationID, Roles: []roleModel{}}
	for _, role := range roles {
		data.Roles = append(data.Roles, roleModelOf(role))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
