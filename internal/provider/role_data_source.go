package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var _ datasource.DataSourceWithConfigure = (*roleDataSource)(nil)

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
		CreatedAt:   timePointer(&role.CreatedAt),
		IsDefault:   types.BoolValue(role.IsDefault),
		MemberCount: types.Int64Value(int64(role.MemberCount)),
	}
	if role.CreatedBy != nil {
		model.CreatedBy = types.StringValue(role.CreatedBy.UUID)
	}
	return model
}

// roleAttributes are those of roleModel, all computed.
func roleAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the role."},
		"name": schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the role."},
		"created_at": schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the role was made, in RFC 3339.",
		},
		"created_by": schema.StringAttribute{
			Computed: true, MarkdownDescription: "UUID of the user who made the role. Null for roles that were made through the API.",
		},
		"is_default":   schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether people who join the organization get the role."},
		"member_count": schema.Int64Attribute{Computed: true, MarkdownDescription: "How many members the role has, as far as the key may see them."},
	}
}

func (d *roleDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := roleAttributes()
	attributes["organization_id"] = organizationOfDataSource()
	attributes["name"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Name of the role, whatever its case. Either this or `id` is needed.",
		Validators: []validator.String{
			stringvalidator.LengthAtLeast(1), stringvalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("id")),
		},
	}
	attributes["id"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "UUID of the role.",
		Validators:          []validator.String{checked("a UUID", checkUUID)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Tells a role of the organization by its name or its UUID. However many of these there are, the roles are read once.",
		Attributes:          attributes,
	}
}

func (d *roleDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data roleModelByName
	organization, ok := d.asked(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	roles, failure := d.rolesOf(ctx, organization)
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	var role posthog.Role
	if data.Name.IsNull() {
		role, failure = roleByID(roles, posthog.RoleRef{OrganizationID: organization, ID: data.ID.ValueString()})
	} else {
		role, failure = roleByName(roles, organization, data.Name.ValueString(), path.Root("name"))
	}
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	name := data.Name
	data = roleModelByName{data.OrganizationID, roleModelOf(role)}
	if !name.IsNull() {
		data.Name = name // As it is written.
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

func roleByID(roles []posthog.Role, ref posthog.RoleRef) (posthog.Role, diag.Diagnostic) {
	for _, role := range roles {
		if role.ID == ref.ID {
			return role, nil
		}
	}
	return posthog.Role{}, noSuchRole(path.Root("id"), ref)
}

// roleByName returns the role of a name, compared without regard to case. More than one is an error and not a choice: names
// are unique through the API, and not in PostHog's database, to which SCIM writes too.
func roleByName(roles []posthog.Role, organization, name string, where path.Path) (posthog.Role, diag.Diagnostic) {
	var found []posthog.Role
	var names []string
	for _, role := range roles {
		names = append(names, role.Name)
		if strings.EqualFold(role.Name, name) {
			found = append(found, role)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return posthog.Role{}, at(where, summaryNoSuchRole, fmt.Sprintf("No role of organization %s has the name %q.%s %s",
			organization, name, didYouMean(name, names), adviceNoRoleName))
	}
	var lines []string
	for _, role := range found {
		lines = append(lines, "  "+titled(role.Name, role.ID))
	}
	return posthog.Role{}, at(where, summarySeveralRoles, fmt.Sprintf("%d roles of organization %s have the name %q:\n\n%s\n\n%s",
		len(found), organization, name, strings.Join(lines, "\n"), adviceSeveralRoles))
}
