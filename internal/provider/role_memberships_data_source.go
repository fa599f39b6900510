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

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var _ datasource.DataSourceWithConfigure = (*roleMembershipsDataSource)(nil)

type roleMembershipsDataSource struct{ dataSource }

func newRoleMembershipsDataSource() datasource.DataSource {
	return &roleMembershipsDataSource{dataSource{name: "role_memberships"}}
}

func (d *roleMembershipsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the memberships of a role, or of every role of the organization. They are ordered by the role's name, then by the time when the user joined. " +
			"A role that does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"organization_id": dataSourceOrganization(),
			"role_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: everyRoleDescription,
				Validators:          isUUID,
			},
			"limit": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "Maximum number of memberships. Default: no limit. Needs `role_id`. Only the newest servers order PostHog's list. On older ones, several pages may " +
					"repeat a membership and miss another one.",
				Validators: []validator.Int64{int64validator.AtLeast(1), int64validator.AlsoRequires(path.MatchRoot("role_id"))},
			},
			"offset": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Number of memberships to skip at the beginning. Default: 0. Needs `role_id`.",
				Validators:          []validator.Int64{int64validator.AtLeast(0), int64validator.AlsoRequires(path.MatchRoot("role_id"))},
			},
			"total_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "Number of memberships of the role, or of all roles. `limit` and `offset` do not change it.",
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
	timestamp := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: description + ", in RFC 3339."}
	}
	boolean := func(description string) schema.BoolAttribute {
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
		"joined_at":  timestamp("When the user was added to the role"),
		"updated_at": timestamp("When PostHog last changed the membership"),
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
				"is_email_verified":    boolean("Whether the user has confirmed the address. May be null."),
				"role_at_organization": text("The user's job, such as `engineering`. It is no role of access control. May be null."),
				"hedgehog_config": schema.StringAttribute{
					Computed:            true,
					CustomType:          jsontypes.NormalizedType{},
					MarkdownDescription: "The look of the user's hedgehog, as JSON for `jsondecode`. May be null.",
				},
			},
		},
		"organization_member": schema.SingleNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The user's membership in the organization. Null on older servers.",
			Attributes: map[string]schema.Attribute{
				"id":              text("UUID of the membership in the organization."),
				"level":           number("1 for a member, 8 for an admin, 15 for an owner."),
				"joined_at":       timestamp("When the user joined the organization"),
				"updated_at":      timestamp("When the membership in the organization last changed"),
				"is_2fa_enabled":  boolean("Whether the user has two-factor authentication."),
				"has_social_auth": boolean("Whether the user logs in through another service."),
				"last_login":      timestamp("When the user last logged in; null on older servers"),
			},
		},
	}
}

func (d *roleMembershipsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data roleMembershipsModel
	organization, ok := d.readConfig(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}

	var failure diag.Diagnostic
	if data.RoleID.IsNull() {
		failure = d.readEveryRole(ctx, organization.ID, &data)
	} else {
		failure = d.readOneRole(ctx, posthog.RoleRef{OrganizationID: organization.ID, ID: data.RoleID.ValueString()}, &data)
	}
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// readEveryRole reads the memberships of every role, ordered by the roles' names.
func (d *roleMembershipsDataSource) readEveryRole(ctx context.Context, organizationID string, data *roleMembershipsModel) diag.Diagnostic {
	roles, failure := listRoles(ctx, d.providerData, organizationID)
	if failure != nil {
		return failure
	}
	data.Memberships = []membershipModel{}
	for _, listed := range roles {
		ref := posthog.RoleRef{OrganizationID: organizationID, ID: listed.ID}
		role, err := d.rosters.Roster(ctx, ref)
		if err != nil {
			return d.messages.UnableToReadRole(diagnostics.RoleSubject("", ref), err)
		}
		data.Memberships = append(data.Memberships, membershipModels(role.Name, role.Members)...)
	}
	data.TotalCount = types.Int64Value(int64(len(data.Memberships)))
	return nil
}

// readOneRole reads the memberships of a role, or the page of PostHog's list that limit and offset select.
func (d *roleMembershipsDataSource) readOneRole(ctx context.Context, ref posthog.RoleRef, data *roleMembershipsModel) diag.Diagnostic {
	role, err := d.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		return d.messages.UnableToReadRole(diagnostics.RoleSubject("", ref), err)
	case !role.Exists:
		return diagnostics.RoleNotFound(path.Root("role_id"), ref)
	}
	members, total := role.Members, len(role.Members)
	if !data.Limit.IsNull() || data.Offset.ValueInt64() > 0 {
		members, total, err = d.rosters.MembershipPage(ctx, ref, int(data.Limit.ValueInt64()), int(data.Offset.ValueInt64()))
		if err != nil {
			return d.messages.UnableToReadRole(diagnostics.RoleSubject("", ref), err)
		}
	}
	data.TotalCount = types.Int64Value(int64(total))
	data.Memberships = membershipModels(role.Name, members)
	return nil
}
