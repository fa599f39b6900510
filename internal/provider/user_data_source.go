package provider

import (
	"context"
	"fmt"

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

var _ datasource.DataSourceWithConfigure = (*userDataSource)(nil)

type userDataSource struct{ dataSource }

func newUserDataSource() datasource.DataSource { return &userDataSource{dataSource{name: "user"}} }

// memberModel is somebody in an organization.
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

// memberAttributes are those of memberModel, all computed.
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
	attributes["organization_id"] = organizationOfDataSource()
	attributes["email"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Email address of the user, whatever its case. Either this or `uuid` is needed.",
		Validators: []validator.String{
			validators.String("an email address", validators.CheckEmail), stringvalidator.ExactlyOneOf(path.MatchRoot("email"), path.MatchRoot("uuid")),
		},
	}
	attributes["uuid"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "UUID of the user.",
		Validators:          []validator.String{validators.String("a UUID", validators.CheckUUID)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Tells who somebody in the organization is. Takes a key with the scope `organization_member:read`. However many of " +
			"these there are, the organization's members are read once.",
		Attributes: attributes,
	}
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data userModelByName
	organization, ok := d.asked(ctx, req, &data, &data.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	people, failure := d.peopleOf(ctx, organization)
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	var found []posthog.Member
	if data.Email.IsNull() {
		if member, ok := people.ByUUID(data.UUID.ValueString()); ok {
			found = append(found, member)
		}
	} else {
		email := data.Email.ValueString()
		found = preferExact(people.ByEmail(email), email, func(member posthog.Member) string { return member.User.Email })
	}
	if len(found) != 1 {
		resp.Diagnostics.Append(d.notOneUser(ctx, data, organization, found))
		return
	}
	email := data.Email
	data = userModelByName{data.OrganizationID, memberModelOf(found[0])}
	if !email.IsNull() {
		data.Email = email // As it is written.
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// notOneUser says that the look-up of a user has found nobody, or more than one.
func (d *userDataSource) notOneUser(ctx context.Context, data userModelByName, organization string, found []posthog.Member) diag.Diagnostic {
	switch {
	case data.Email.IsNull():
		return at(path.Root("uuid"), summaryNoUser, fmt.Sprintf("Nobody in organization %s has the UUID %s. %s",
			organization, data.UUID.ValueString(), adviceNoUser))
	case len(found) > 1:
		return at(path.Root("email"), summarySeveral, fmt.Sprintf("%d people have the email %s:\n\n%s\n\n%s",
			len(found), data.Email.ValueString(), enumerated(found, func(m posthog.Member) string { return userOfMember(m).String() }), adviceSeveral))
	}
	return at(path.Root("email"), summaryNobody, fmt.Sprintf("Nobody in organization %s has the email %s.%s %s",
		organization, data.Email.ValueString(), d.similarEmails(ctx, organization, data.Email.ValueString()), adviceNobody))
}
