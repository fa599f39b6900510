package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

var _ datasource.DataSourceWithConfigure = (*roleMembershipsDataSource)(nil)

type roleMembershipsDataSource struct{ dataSource }

func newRoleMembershipsDataSource() datasource.DataSource {
	return &roleMembershipsDataSource{dataSource{name: "role_memberships"}}
}

func (d *roleMembershipsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Tells who is in a role, or in every role of the organization: role after role by name, and in each those first who have been in it for longest. A role that does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"organization_id": organizationOfDataSource(),
			"role_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "UUID of the role. Default: every role of the organization, ordered by name.",
				Validators:          []validator.String{validators.String("a UUID", validators.CheckUUID)},
			},
			"limit": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "How many memberships to return at most. Default: all. It is passed on to PostHog's own list, which only the newest servers order, so that across windows of it a membership may come twice and another not at all. Takes a `role_id`.",
				Validators:          []validator.Int64{int64validator.AtLeast(1), int64validator.AlsoRequires(path.MatchRoot("role_id"))},
			},
			"offset": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "How many memberships to leave out at the beginning, passed on like `limit`. Default: 0.",
				Validators:          []validator.Int64{int64validator.AtLeast(0), int64validator.AlsoRequires(path.MatchRoot("role_id"))},
			},
			"total_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "How many memberships the role has, whatever `limit` and `offset` are; without `role_id`, how many all roles have.",
			},
			"memberships": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The memberships.",
				NestedObject:        schema.NestedAttributeObject{Attributes: membershipAttributes()},
			},
		},
	}
}

func membershipAttributes() map[string]schema.Attribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	moment := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: description + ", in RFC 3339."}
	}
	truth := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	number := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
	}

	return map[string]schema.Attribute{
		"id":         text("UUID of the membership."),
		"role_id":    text("UUID of the role."),
		"role_name":  text("Name of the role."),
		"user_uuid":  text("UUID of the user; the same as `user.uuid`."),
		"joined_at":  moment("When the user was added to the role"),
		"updated_at": moment("When PostHog last changed the membership"),
		"user": schema.SingleNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The user.",
			Attributes: map[string]schema.Attribute{
				"id":                   number("PostHog's number for the user."),
				"uuid":                 text("UUID of the user."),
				"distinct_id":          text("The user's distinct id in PostHog's own analytics. May be null."),
				"first_name":           text("First name. May be empty."),
				"last_name":            text("Last name. May be empty; null on older servers."),
				"email":                text("Email address."),
				"is_email_verified":    truth("Whether the user has confirmed the address. May be null."),
				"role_at_organization": text("What the user said of their job, such as `engineering`. It has nothing to do with roles of access control. May be null."),
				"hedgehog_config": schema.StringAttribute{
					Computed:            true,
					CustomType:          jsontypes.NormalizedType{},
					MarkdownDescription: "How the user's hedgehog looks, as JSON (`jsondecode` reads it). May be null.",
				},
			},
		},
		"organization_member": schema.SingleNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The user's place in the organization. Null on servers that do not tell.",
			Attributes: map[string]schema.Attribute{
				"id":              text("UUID of the membership in the organization."),
				"level":           number("1 for a member, 8 for an admin, 15 for an owner."),
				"joined_at":       moment("When the user joined the organization"),
				"updated_at":      moment("When the membership in the organization last changed"),
				"is_2fa_enabled":  truth("Whether the user has two-factor authentication."),
				"has_social_auth": truth("Whether the user logs in through another service."),
				"last_login":      moment("When the user last logged in; null on servers that do not tell"),
			},
		},
	}
}

func (d *roleMembershipsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data roleMembershipsModel
	organization, ok := d.asked(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}

	var failure diag.Diagnostic
	if data.RoleID.IsNull() {
		failure = d.everyRole(ctx, organization, &data)
	} else {
		failure = d.oneRole(ctx, posthog.RoleRef{OrganizationID: organization, ID: data.RoleID.ValueString()}, &data)
	}
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// everyRole fills in who is in which role, role after role by name.
func (d *roleMembershipsDataSource) everyRole(ctx context.Context, organization string, data *roleMembershipsModel) diag.Diagnostic {
	roles, failure := d.rolesOf(ctx, organization)
	if failure != nil {
		return failure
	}
	data.Memberships = []membershipModel{}
	for _, listed := range roles {
		role, failure := d.roster(ctx, posthog.RoleRef{OrganizationID: organization, ID: listed.ID})
		if failure != nil {
			return failure
		}
		data.Memberships = append(data.Memberships, membershipModels(role.Name, role.Members)...)
	}
	data.TotalCount = types.Int64Value(int64(len(data.Memberships)))
	return nil
}

// oneRole fills in who is in a role, or the part of PostHog's list that limit and offset ask for.
func (d *roleMembershipsDataSource) oneRole(ctx context.Context, ref posthog.RoleRef, data *roleMembershipsModel) diag.Diagnostic {
	role, failure := d.roster(ctx, ref)
	switch {
	case failure != nil:
		return failure
	case !role.Exists:
		return noSuchRole(path.Root("role_id"), ref)
	}
	members, total := role.Members, len(role.Members)
	if !data.Limit.IsNull() || data.Offset.ValueInt64() > 0 {
		var err error
		members, total, err = d.rosters.MembershipPage(ctx, ref, int(data.Limit.ValueInt64()), int(data.Offset.ValueInt64()))
		if err != nil {
			return d.unable("read role", "read who is in "+named(ref), theRoleOf(ref), err)
		}
	}
	data.TotalCount = types.Int64Value(int64(total))
	data.Memberships = membershipModels(role.Name, members)
	return nil
}

// roster reads a role.
func (d *roleMembershipsDataSource) roster(ctx context.Context, ref posthog.RoleRef) (*roster.Roster, diag.Diagnostic) {
	role, err := d.rosters.Roster(ctx, ref)
	if err != nil {
		return nil, d.unable("read role", "read who is in "+named(ref), theRoleOf(ref), err)
	}
	return role, nil
}
