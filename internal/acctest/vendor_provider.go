package acctest

import (
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// VendorVersion is the version of the PostHog vendor's provider that vendorProvider imitates.
const VendorVersion = "1.0.13"

// vendorProvider imitates the PostHog vendor's own provider: the schemas that the guide needs, and the state that they leave.
type vendorProvider struct{}

func newVendorProvider() provider.Provider { return vendorProvider{} }

func (vendorProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "posthog", VendorVersion
}

func (vendorProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{
		"api_key":         providerschema.StringAttribute{Optional: true, Sensitive: true},
		"host":            providerschema.StringAttribute{Optional: true},
		"organization_id": providerschema.StringAttribute{Optional: true},
		"project_id":      providerschema.StringAttribute{Optional: true},
	}}
}

func (vendorProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var organization types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("organization_id"), &organization)...)
	client, err := posthog.New(posthog.Config{Host: os.Getenv("POSTHOG_HOST"), APIKey: os.Getenv("POSTHOG_API_KEY")})
	if err != nil {
		resp.Diagnostics.AddError("Cannot configure", err.Error())
		return
	}
	resp.ResourceData = vendorMemberships{client, organization.ValueString()}
	resp.DataSourceData = resp.ResourceData
}

func (vendorProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return &vendorMemberships{} },
		func() resource.Resource { return &vendorRoleResource{} },
		func() resource.Resource { return vendorProject{} },
	}
}

func (vendorProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		func() datasource.DataSource { return &vendorRole{} },
		func() datasource.DataSource { return &vendorUser{} },
	}
}

// vendorMemberships is the vendor's posthog_role_membership.
type vendorMemberships struct {
	client       *posthog.Client
	organization string
}

type vendorMembership struct {
	ID             types.String `tfsdk:"id"`
	OrganizationID types.String `tfsdk:"organization_id"`
	RoleID         types.String `tfsdk:"role_id"`
	UserUUID       types.String `tfsdk:"user_uuid"`
	UserEmail      types.String `tfsdk:"user_email"`
	JoinedAt       types.String `tfsdk:"joined_at"`
}

func (m vendorMembership) role() posthog.RoleRef {
	return posthog.RoleRef{OrganizationID: m.OrganizationID.ValueString(), ID: m.RoleID.ValueString()}
}

func (*vendorMemberships) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "posthog_role_membership"
}

func (*vendorMemberships) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"organization_id": schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: append(keep, replace...)},
		"role_id":         schema.StringAttribute{Required: true, PlanModifiers: replace},
		"user_uuid":       schema.StringAttribute{Required: true, PlanModifiers: replace},
		"id":              schema.StringAttribute{Computed: true, PlanModifiers: keep},
		"user_email":      schema.StringAttribute{Computed: true, PlanModifiers: keep},
		"joined_at":       schema.StringAttribute{Computed: true, PlanModifiers: keep},
	}}
}

func (v *vendorMemberships) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(vendorMemberships); ok {
		*v = configured
	}
}

func (v *vendorMemberships) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m vendorMembership
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	m.OrganizationID = types.StringValue(v.organization)
	created, err := v.client.CreateRoleMembership(ctx, m.role(), m.UserUUID.ValueString())
	if err != nil {
		resp.Diagnostics.AddError("Cannot create", err.Error())
		return
	}
	m.ID, m.UserEmail, m.JoinedAt = types.StringValue(created.ID), types.StringValue(created.User.Email), types.StringValue(created.JoinedAt)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (v *vendorMemberships) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m vendorMembership
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	role, err := v.client.Role(ctx, m.role())
	if err != nil {
		resp.Diagnostics.AddError("Cannot read", err.Error())
		return
	}
	for _, member := range role.Members {
		if member.ID == m.ID.ValueString() {
			return
		}
	}
	resp.State.RemoveResource(ctx)
}

func (*vendorMemberships) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {
}

func (v *vendorMemberships) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var m vendorMembership
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	if err := v.client.DeleteRoleMembership(ctx, m.role(), m.ID.ValueString()); err != nil {
		resp.Diagnostics.AddError("Cannot delete", err.Error())
	}
}

// vendorProject is the vendor's posthog_project. It exists only in state.
type vendorProject struct{}

func (vendorProject) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "posthog_project"
}

func (vendorProject) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"name": schema.StringAttribute{Required: true},
	}}
}

func (vendorProject) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), "12345")...)
}

func (vendorProject) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (vendorProject) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (vendorProject) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
