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
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
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
		Validators:          []validator.String{validators.String("a UUID", validators.CheckUUID)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up a role by name or UUID. All look-ups by name share one read of the list of roles. A look-up by UUID reads the role.",
		Attributes:          attributes,
	}
}

func (d *roleDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data roleModelByName
	organization, ok := d.asked(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	var role posthog.Role
	var failure diag.Diagnostic
	if data.Name.IsNull() {
		role, failure = d.readByID(ctx, posthog.RoleRef{OrganizationID: organization, ID: data.ID.ValueString()})
	} else {
		role, failure = d.findByName(ctx, organization, data.Name.ValueString())
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

// readByID reads one role. Unlike the list of roles, this works on every server, however many roles there are.
func (d *roleDataSource) readByID(ctx context.Context, ref posthog.RoleRef) (posthog.Role, diag.Diagnostic) {
	role, err := d.rosters.Roster(ctx, ref)
	if err != nil {
		about := theRoleOf(ref)
		about.role = path.Root("id")
		return posthog.Role{}, d.unable("read role", "read "+about.name, about, err)
	}
	if !role.Exists {
		return posthog.Role{}, noSuchRole(path.Root("id"), ref)
	}
	return role.Role, nil
}

// findByName reads the list of roles and returns the one with a name.
func (d *roleDataSource) findByName(ctx context.Context, organization, name string) (posthog.Role, diag.Diagnostic) {
	roles, failure := d.rolesOf(ctx, organization)
	if failure != nil {
		return posthog.Role{}, failure
	}
	return roleByName(roles, organization, name, path.Root("name"))
}

// roleByName returns the role with a name, compared without regard to case. If several roles differ in case only, the exact
// spelling wins. Without an exact one, the error lists all of them. The API keeps names unique, but SCIM does not.
func roleByName(roles []posthog.Role, organization, name string, where path.Path) (posthog.Role, diag.Diagnostic) {
	var found []posthog.Role
	var names []string
	for _, role := range roles {
		names = append(names, role.Name)
		if strings.EqualFold(role.Name, name) {
			found = append(found, role)
		}
	}
	found = preferExact(found, name, func(role posthog.Role) string { return role.Name })
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
