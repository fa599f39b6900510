package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

var _ datasource.DataSourceWithConfigure = (*organizationMembersDataSource)(nil)

type organizationMembersDataSource struct{ dataSource }

func newOrganizationMembersDataSource() datasource.DataSource {
	return &organizationMembersDataSource{dataSource{name: "organization_members"}}
}

type organizationMembersModel struct {
	OrganizationID types.String            `tfsdk:"organization_id"`
	Members        []memberModel           `tfsdk:"members"`
	UUIDsByEmail   map[string]types.String `tfsdk:"uuids_by_email"`
}

func (d *organizationMembersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the members of the organization, ordered by email. Needs the scope `organization_member:read`. " +
			"PostHog does not list deactivated users, nor users that the key may not see.",
		Attributes: map[string]schema.Attribute{
			"organization_id": dataSourceOrganization(),
			"members": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The members.",
				NestedObject:        schema.NestedAttributeObject{Attributes: memberAttributes()},
			},
			"uuids_by_email": schema.MapAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Map from email in lower case to the user's UUID. Emails of several users are left out.",
			},
		},
	}
}

func (d *organizationMembersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data organizationMembersModel
	organization, ok := d.readConfig(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	members, failure := listOrganizationMembers(ctx, d.providerData, organization.ID)
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}

	data = organizationMembersModel{OrganizationID: data.OrganizationID, Members: []memberModel{}, UUIDsByEmail: map[string]types.String{}}
	for _, member := range slices.SortedFunc(slices.Values(members.Members), func(a, b posthog.Member) int { return roster.CompareUsers(a.User, b.User) }) {
		data.Members = append(data.Members, memberModelOf(member))
		if len(members.ByEmail(member.User.Email)) == 1 {
			data.UUIDsByEmail[strings.ToLower(member.User.Email)] = types.StringValue(member.User.UUID)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
