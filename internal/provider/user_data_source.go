package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var _ datasource.DataSourceWithConfigure = (*userDataSource)(nil)

type userDataSource struct{ dataSource }

func newUserDataSource() datasource.DataSource { return &userDataSource{dataSource{name: "user"}} }

// memberModel is a user in an organization.
type memberModel struct {
	UUID                 types.String `tfsdk:"uuid"`
	Email                types.String `tfsdk:"email"`
	OrganizationMemberID types.String `tfsdk:"organization_member_id"`
	FirstName            types.String `tfsdk:"first_name"`
	LastName             types.String `tfsdk:"last_name"`
	IsEmailVerified      types.Bool   `tfsdk:"is_email_verified"`
	Level                types.Int64  `tfsdk:"level"`
}

type userModelByName struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	memberModel
}

func memberModelOf(member posthog.Member) memberModel {
	return memberModel{
		UUID:                 types.StringValue(member.User.UUID),
		Email:                types.StringValue(member.User.Email),
		OrganizationMemberID: types.StringValue(member.ID),
		FirstName:            types.StringPointerValue(member.User.FirstName),
		LastName:             types.StringPointerValue(member.User.LastName),
		IsEmailVerified:      types.BoolPointerValue(member.User.IsEmailVerified),
		Level:                types.Int64PointerValue(member.Level),
	}
}

// memberAttributes returns the attributes of memberModel, all computed.
func memberAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"uuid":                   schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the user."},
		"email":                  schema.StringAttribute{Computed: true, MarkdownDescription: "Email address of the user."},
		"organization_member_id": schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the user's membership in the organization."},
		"first_name":             schema.StringAttribute{Computed: true, MarkdownDescription: "First name. May be empty."},
		"last_name":              schema.StringAttribute{Computed: true, MarkdownDescription: "Last name. May be empty; null on older servers."},
		"is_email_verified":      schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the user has confirmed the address. May be null."},
		"level":                  schema.Int64Attribute{Computed: true, MarkdownDescription: "1 for a member, 8 for an admin, 15 for an owner."},
	}
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := memberAttributes()
	attributes["organization_id"] = dataSourceOrganization()
	attributes["email"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Email address of the user. Case does not matter. Either this or `uuid` is needed.",
		Validators:          append(isEmailAddress, stringvalidator.ExactlyOneOf(path.MatchRoot("email"), path.MatchRoot("uuid"))),
	}
	attributes["uuid"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "UUID of the user.",
		Validators:          isUUID,
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up a user of the organization by email or UUID. Needs the scope `organization_member:read`. All lookups share one " +
			"read of the organization's members.",
		Attributes: attributes,
	}
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data userModelByName
	organization, ok := d.readConfig(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	members, failure := listOrganizationMembers(ctx, d.providerData, organization.ID)
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	var found []posthog.Member
	if data.Email.IsNull() {
		if member, ok := members.ByUUID(data.UUID.ValueString()); ok {
			found = append(found, member)
		}
	} else {
		email := data.Email.ValueString()
		found = preferExact(members.ByEmail(email), email, func(member posthog.Member) string { return member.User.Email })
	}
	if len(found) != 1 {
		resp.Diagnostics.Append(d.notOneUser(ctx, data, organization.ID, found))
		return
	}
	email := data.Email
	data = userModelByName{OrganizationID: data.OrganizationID, memberModel: memberModelOf(found[0])}
	if !email.IsNull() {
		data.Email = email // As it is written.
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// notOneUser returns the error that a lookup has found no user, or several.
func (d *userDataSource) notOneUser(ctx context.Context, data userModelByName, organizationID string, found []posthog.Member) diag.Diagnostic {
	email := data.Email.ValueString()
	switch {
	case data.Email.IsNull():
		return diagnostics.UserNotFoundByUUID(path.Root("uuid"), data.UUID.ValueString(), organizationID)
	case len(found) > 1:
		var users []user
		for _, member := range found {
			users = append(users, userOfMember(member))
		}
		return diagnostics.SeveralUsers(path.Root("email"), email, labelsOf(users))
	}
	return diagnostics.UserNotFound(path.Root("email"), email, "organization "+organizationID, d.similarEmails(ctx, organizationID, email))
}
