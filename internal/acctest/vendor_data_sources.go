package acctest

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// vendorDataSource is the common part of the vendor's data sources.
type vendorDataSource struct{ vendorMemberships }

func (v *vendorDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(vendorMemberships); ok {
		v.vendorMemberships = configured
	}
}

// vendorRole is the vendor's data source posthog_role.
type vendorRole struct{ vendorDataSource }

type vendorRoleModel struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	Name           types.String `tfsdk:"name"`
	ID             types.String `tfsdk:"id"`
	CreatedAt      types.String `tfsdk:"created_at"`
	CreatedBy      types.String `tfsdk:"created_by"`
}

func (*vendorRole) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "posthog_role"
}

func (*vendorRole) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"organization_id": schema.StringAttribute{Optional: true, Computed: true},
		"name":            schema.StringAttribute{Required: true},
		"id":              schema.StringAttribute{Computed: true},
		"created_at":      schema.StringAttribute{Computed: true},
		"created_by":      schema.StringAttribute{Computed: true},
	}}
}

func (v *vendorRole) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data vendorRoleModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	roles, err := v.client.Roles(ctx, v.organization)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read", err.Error())
		return
	}
	data.OrganizationID = types.StringValue(v.organization)
	for _, role := range roles {
		if strings.EqualFold(role.Name, data.Name.ValueString()) {
			data.ID, data.CreatedAt = types.StringValue(role.ID), types.StringValue(role.CreatedAt)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// vendorUser is the vendor's data source posthog_user.
type vendorUser struct{ vendorDataSource }

type vendorUserModel struct {
	OrganizationID  types.String `tfsdk:"organization_id"`
	Email           types.String `tfsdk:"email"`
	UUID            types.String `tfsdk:"uuid"`
	FirstName       types.String `tfsdk:"first_name"`
	LastName        types.String `tfsdk:"last_name"`
	IsEmailVerified types.Bool   `tfsdk:"is_email_verified"`
}

func (*vendorUser) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "posthog_user"
}

func (*vendorUser) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"organization_id":   schema.StringAttribute{Optional: true, Computed: true},
		"email":             schema.StringAttribute{Required: true},
		"uuid":              schema.StringAttribute{Computed: true},
		"first_name":        schema.StringAttribute{Computed: true},
		"last_name":         schema.StringAttribute{Computed: true},
		"is_email_verified": schema.BoolAttribute{Computed: true},
	}}
}

func (v *vendorUser) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data vendorUserModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	members, err := v.client.Members(ctx, v.organization)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read", err.Error())
		return
	}
	data.OrganizationID = types.StringValue(v.organization)
	for _, member := range members {
		if member.User.Email == data.Email.ValueString() {
			data.UUID = types.StringValue(member.User.UUID)
			data.FirstName, data.LastName = types.StringPointerValue(member.User.FirstName), types.StringPointerValue(member.User.LastName)
			data.IsEmailVerified = types.BoolPointerValue(member.User.IsEmailVerified)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
