package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var (
	_ datasource.DataSourceWithConfigure = (*roleDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*rolesDataSource)(nil)
)

type roleDataSource struct{ dataSource }

func newRoleDataSource() datasource.DataSource { return &roleDataSource{dataSource{name: "role"}} }

// roleModel is a role of an organization.
type roleModel struct {
	ID          types.String      `tfsdk:"id"`
	Name        types.String      `tfsdk:"name"`
	CreatedAt   timetypes.RFC3339 `tfsdk:"created_at"`
	CreatedBy   types.String      `tfsdk:"created_by"`
	IsDefault   types.Bool        `tfsdk:"is_default"`
	MemberCount types.Int64       `tfsdk:"member_count"`
}

type roleModelByName struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	roleModel
}

func roleModelOf(role posthog.Role) roleModel {
	model := roleModel{
		ID:          types.StringValue(role.ID),
		Name:        types.StringValue(role.Name),
		CreatedAt:   timeValue(&role.CreatedAt),
		IsDefault:   types.BoolValue(role.IsDefault),
		MemberCount: types.Int64Value(int64(role.MemberCount)),
	}
	if role.CreatedBy != nil {
		model.CreatedBy = types.StringValue(role.CreatedBy.UUID)
	}
	return model
}

// roleAttributes returns the attributes of roleModel, all computed.
func roleAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the role."},
		"name": schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the role."},
		"created_at": schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the role was created, in RFC 3339.",
		},
		"created_by": schema.StringAttribute{
			Computed: true, MarkdownDescription: "UUID of the user who created the role. Null for roles that the API created.",
		},
		"is_default":   schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether PostHog adds users who join the organization to this role."},
		"member_count": schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of members that the key may see."},
	}
}

func (d *roleDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := roleAttributes()
	attributes["organization_id"] = dataSourceOrganization()
	attributes["name"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Name of the role. Case does not matter. Either this or `id` is needed.",
		Validators:          append(isRoleName, stringvalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("id"))),
	}
	attributes["id"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "UUID of the role.",
		Validators:          isUUID,
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up a role by name or UUID. All lookups by name share one request. A lookup by UUID reads the role.",
		Attributes:          attributes,
	}
}

func (d *roleDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data roleModelByName
	organization, ok := d.readConfig(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	var role posthog.Role
	var failure diag.Diagnostic
	if data.Name.IsNull() {
		role, failure = d.readByID(ctx, posthog.RoleRef{OrganizationID: organization.ID, ID: data.ID.ValueString()})
	} else {
		role, failure = findRoleByName(ctx, d.providerData, organization.ID, data.Name.ValueString(), path.Root("name"))
	}
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	name := data.Name
	data = roleModelByName{OrganizationID: data.OrganizationID, roleModel: roleModelOf(role)}
	if !name.IsNull() {
		data.Name = name // As it is written.
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// readByID reads one role. This works on every server: older ones list only the first 100 roles.
func (d *roleDataSource) readByID(ctx context.Context, ref posthog.RoleRef) (posthog.Role, diag.Diagnostic) {
	role, err := d.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		about := diagnostics.RoleSubject("", ref)
		about.Role = path.Root("id")
		return posthog.Role{}, d.messages.UnableToReadRole(about, err)
	case !role.Exists:
		return posthog.Role{}, diagnostics.RoleNotFound(path.Root("id"), ref)
	}
	return role.Role, nil
}

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
