package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan settles the organization, which may be the provider's, and tells beforehand of memberships that are there.
func (r *roleMembershipResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.configured == nil {
		return // Nothing is planned for what is to be destroyed.
	}
	at := path.Root("organization_id")
	var declared types.String
	var plan roleMembershipModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at, &declared)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var state *roleMembershipModel
	if !req.State.Raw.IsNull() {
		state = &roleMembershipModel{}
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
		if resp.Diagnostics.HasError() {
			return
		}
		r.managed.Store(state.identity(), true)
	}

	plan.OrganizationID = r.organizationOr(declared)
	if plan.OrganizationID.IsNull() {
		resp.Diagnostics.AddAttributeError(at, summaryNoOrganization, adviceNoOrganization)
		return
	}
	if plan.OrganizationID.IsUnknown() && declared.IsNull() && state != nil {
		// The provider's organization is not known yet. Should it turn out to be another, Terraform fails at apply
		// rather than leave the membership behind.
		plan.OrganizationID = state.OrganizationID
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, at, plan.OrganizationID)...)
	if state != nil {
		if !plan.OrganizationID.Equal(state.OrganizationID) {
			resp.RequiresReplace.Append(at)
		}
		return
	}
	r.foretell(ctx, plan, resp)
}

// foretell warns when a membership that is to be created is there already. It costs one listing for each role, and
// nothing as long as the ids are not known.
func (r *roleMembershipResource) foretell(ctx context.Context, plan roleMembershipModel, resp *resource.ModifyPlanResponse) {
	if !r.known() || anyUnknown(plan.OrganizationID, plan.RoleID, plan.UserUUID) {
		return
	}
	if _, managed := r.managed.Load(plan.identity()); managed {
		return // It is there because it is about to be replaced.
	}
	membership, found, err := r.rosters.WasMember(ctx, plan.role(), plan.UserUUID.ValueString())
	switch {
	case err != nil && (refused(err) || misdirected(err)):
		// The apply could only fail.
		resp.Diagnostics.Append(unable("read role", "read who is in "+named(plan.role()), plan.role(), err))
	case err != nil:
		logger{}.Warn(ctx, "cannot tell beforehand whether a membership exists", map[string]any{"failure": err.Error()})
	case found && r.adoptExisting:
		resp.Diagnostics.AddWarning(summaryWillAdopt, fmt.Sprintf("%s is already a member of %s%s. %s",
			person(membership), named(plan.role()), since(membership), adviceWillAdopt))
	case found:
		resp.Diagnostics.AddWarning(summaryExists, exists(plan.role(), membership))
	}
}

func anyUnknown(values ...types.String) bool {
	for _, value := range values {
		if value.IsUnknown() {
			return true
		}
	}
	return false
}
