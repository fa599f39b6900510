package provider

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
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
		MarkdownDescription: "Tells who is in the organization, ordered by email. Takes a key with the scope `organization_member:read`. " +
			"PostHog leaves out deactivated people and, for keys that may not see everybody, those whom the key may not see.",
		Attributes: map[string]schema.Attribute{
			"organization_id": organizationOfDataSource(),
			"members": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The people.",
				NestedObject:        schema.NestedAttributeObject{Attributes: memberAttributes()},
			},
			"uuids_by_email": schema.MapAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "UUID of each user by email in lower case. An email that several people share is left out.",
			},
		},
	}
}

func (d *organizationMembersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data organizationMembersModel
	organization, ok := d.asked(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	people, failure := d.peopleOf(ctx, organization)
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}

	data = organizationMembersModel{OrganizationID: data.OrganizationID, Members: []memberModel{}, UUIDsByEmail: map[string]types.String{}}
	for _, member := range slices.SortedFunc(slices.Values(people.Members), membersByEmail) {
		data.Members = append(data.Members, memberModelOf(member))
		if len(people.ByEmail(member.User.Email)) == 1 {
			data.UUIDsByEmail[strings.ToLower(member.User.Email)] = types.StringValue(member.User.UUID)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

func membersByEmail(a, b posthog.Member) int {
	return cmp.Or(
		strings.Compare(strings.ToLower(a.User.Email), strings.ToLower(b.User.Email)),
		strings.Compare(a.User.UUID, b.User.UUID))
}
