package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var _ datasource.DataSourceWithConfigure = (*roleMembershipsDataSource)(nil)

type roleMembershipsDataSource struct{ *configured }

func newRoleMembershipsDataSource() datasource.DataSource { return &roleMembershipsDataSource{} }

func (d *roleMembershipsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_role_memberships"
}

func (d *roleMembershipsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *roleMembershipsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Tells who is in a role, ordered by `joined_at` and `id`. A role that does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "The organization that the role is in: its UUID, its slug, or `@current`. Default: the provider's `organization_id`.",
				Validators:          []validator.String{checked("an organization", checkOrganization)},
			},
			"role_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the role.",
				Validators:          []validator.String{checked("a UUID", checkUUID)},
			},
			"limit": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "How many memberships to return at most. Default: all. It is passed on to PostHog's own list, which only the newest servers order, so that across windows of it a membership may come twice and another not at all.",
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"offset": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "How many memberships to leave out at the beginning, passed on like `limit`. Default: 0.",
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"total_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "How many memberships the role has, whatever `limit` and `offset` are.",
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
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	written, organization, ok := d.organizationFor(ctx, data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	data.OrganizationID = written
	ref := posthog.RoleRef{OrganizationID: organization, ID: data.RoleID.ValueString()}

	role, err := d.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		resp.Diagnostics.Append(d.unable("read role", "read who is in "+named(ref), theRoleOf(ref), err))
		return
	case !role.Exists:
		resp.Diagnostics.Append(noSuchRole(ref))
		return
	}
	members, total := role.Members, len(role.Members)
	if !data.Limit.IsNull() || data.Offset.ValueInt64() > 0 {
		members, total, err = d.rosters.Window(ctx, ref, int(data.Limit.ValueInt64()), int(data.Offset.ValueInt64()))
		if err != nil {
			resp.Diagnostics.Append(d.unable("read role", "read who is in "+named(ref), theRoleOf(ref), err))
			return
		}
	}
	data.TotalCount = types.Int64Value(int64(total))
	data.Memberships = membershipModels(members)
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
