package acctest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// vendorRoleResource is the vendor's resource posthog_role. Its state has the attributes of vendorRoleModel.
type vendorRoleResource struct{ vendorMemberships }

func (*vendorRoleResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "posthog_role"
}

func (*vendorRoleResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"organization_id": schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: keep},
		"name":            schema.StringAttribute{Required: true},
		"id":              schema.StringAttribute{Computed: true, PlanModifiers: keep},
		"created_at":      schema.StringAttribute{Computed: true, PlanModifiers: keep},
		"created_by":      schema.StringAttribute{Computed: true, PlanModifiers: keep},
	}}
}

func (v *vendorRoleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var data vendorRoleModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &data)...)
	created, err := v.client.CreateRole(ctx, v.organization, data.Name.ValueString())
	if err != nil {
		resp.Diagnostics.AddError("Cannot create", err.Error())
		return
	}
	data.OrganizationID, data.CreatedBy = types.StringValue(v.organization), types.StringNull()
	data.ID, data.CreatedAt = types.StringValue(created.ID), types.StringValue(created.CreatedAt)
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

func (v *vendorRoleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var data vendorRoleModel
	resp.Diagnostics.Append(req.State.Get(ctx, &data)...)
	_, err := v.client.Role(ctx, posthog.RoleRef{OrganizationID: data.OrganizationID.ValueString(), ID: data.ID.ValueString()})
	if err != nil {
		resp.Diagnostics.AddError("Cannot read", err.Error())
	}
}

// Update does nothing, because no guide changes a role of the vendor's provider.
func (*vendorRoleResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {
}

// Delete does nothing, because no guide deletes a role of the vendor's provider.
func (*vendorRoleResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}
