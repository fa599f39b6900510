package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// ModifyPlan resolves the organization, plans adoptions, and fails what cannot work.
func (r *roleResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.providerData == nil {
		return
	}
	c := &roleChange{providerData: r.providerData, resp: resp}
	modifyPlan(ctx, req, (*change[roleResourceModel, rolePrivateState])(c), c)
}

// roleChange is the plan of one posthog_role.
type roleChange change[roleResourceModel, rolePrivateState]

// planCreate plans a role that is not in state, or that is replaced. It needs one read of the organization's roles.
func (c *roleChange) planCreate(ctx context.Context) {
	diags := &c.resp.Diagnostics
	if !c.isReady() || anyUnknown(c.plan.OrganizationID, c.plan.Name) {
		if !c.adoptExisting { // An adopted role may have members.
			c.rolePlans.MarkCreated(c.private.Holder)
		}
		return
	}
	organization, ok := c.resolveOrganization(ctx, c.plan.OrganizationID, diags)
	if !ok || !c.declareName(organization.ID) {
		return
	}
	taken, ok := c.readTaken(ctx, organization.ID)
	if !ok {
		return
	}
	taken.Roles = preferExact(taken.Roles, c.plan.Name.ValueString(), func(role posthog.Role) string { return role.Name })
	if len(taken.Roles) == 0 {
		c.rolePlans.MarkCreated(c.private.Holder)
		return
	}
	ref := posthog.RoleRef{OrganizationID: organization.ID, ID: taken.Roles[0].ID}
	switch {
	case len(taken.Roles) == 1 && c.rolePlans.IsInState(ref):
		// This resource is replaced. If another one has the role, its plan is in conflict.
		c.checkConflict(c.rolePlans.Want(ref, c.private.Holder), ref, taken.Roles[0].Name)
		c.rolePlans.MarkCreated(c.private.Holder)
	case len(taken.Roles) == 1 && c.adoptExisting:
		if c.checkConflict(c.rolePlans.Want(ref, c.private.Holder), ref, taken.Roles[0].Name) {
			c.planAdoption(taken.Roles[0], organization.ID)
		}
	default:
		diags.Append(roleNameTaken(taken, !c.config.OrganizationID.IsNull()))
	}
}

// planAdoption plans to adopt an existing role. Its known id shows in the plan that nothing is created.
func (c *roleChange) planAdoption(role posthog.Role, organizationID string) {
	name := c.plan.Name
	c.plan = c.plan.withRole(role)
	c.plan.Name = name
	c.resp.Diagnostics.Append(diagnostics.RoleWillBeAdopted(role, organizationID, name.ValueString()))
}

// checkConflict reports whether no other resource has or wants a role. If one does, the response gets the error.
func (c *roleChange) checkConflict(isFree bool, ref posthog.RoleRef, name string) bool {
	if !isFree {
		c.resp.Diagnostics.Append(diagnostics.RoleMovesToAnotherAddress(diagnostics.RoleLabel(name, ref)))
	}
	return isFree
}

// declareName declares the planned name. It reports whether no other resource declares it.
func (c *roleChange) declareName(organizationID string) bool {
	name := c.plan.Name.ValueString()
	if !c.rolePlans.DeclareName(organizationID, name, c.private.Holder) {
		c.resp.Diagnostics.Append(diagnostics.RoleDeclaredTwice(name, organizationID))
		return false
	}
	return true
}

// readTaken returns the roles of an organization that have the planned name. ok is false if they could not be read. Then the response has
// the error.
func (c *roleChange) readTaken(ctx context.Context, organizationID string) (taken *roster.NameTakenError, ok bool) {
	name := c.plan.Name.ValueString()
	roles, err := c.rosters.RolesNamed(ctx, organizationID, name)
	if err != nil {
		c.resp.Diagnostics.Append(c.messages.UnableToCheckName(diagnostics.NewRoleSubject(name, organizationID, ""), err))
		return nil, false
	}
	return &roster.NameTakenError{OrganizationID: organizationID, Name: name, Roles: roles}, true
}

// planUpdate plans a role that is in state: it keeps its name or is renamed. Another organization is an error.
func (c *roleChange) planUpdate(ctx context.Context, prior, planned organization) {
	diags := &c.resp.Diagnostics
	c.plan = c.plan.withComputedValuesOf(*c.state)
	ref := c.state.ref(prior.ID)
	if planned.ID != prior.ID {
		diags.Append(diagnostics.RoleOrganizationChanged(diagnostics.RoleLabel(c.state.Name.ValueString(), ref), planned.ID))
		return
	}
	c.rolePlans.MarkInState(ref)
	isKept := c.checkConflict(c.rolePlans.Keep(ref, c.private.Holder), ref, c.state.Name.ValueString())
	if !isKept || c.plan.Name.IsUnknown() || !c.declareName(prior.ID) || c.plan.Name.Equal(c.state.Name) {
		return
	}
	taken, ok := c.readTaken(ctx, prior.ID)
	if !ok {
		return
	}
	taken.Roles = slices.DeleteFunc(slices.Clone(taken.Roles), func(role posthog.Role) bool { return role.ID == ref.ID })
	if len(taken.Roles) > 0 {
		diags.Append(diagnostics.RoleNameTakenByAnother(taken))
	}
}

// planUpdateOffline plans a role in state while no request can be sent, or while the organization is unknown.
func (c *roleChange) planUpdateOffline() {
	c.plan = c.plan.withComputedValuesOf(*c.state)
	if c.config.OrganizationID.IsUnknown() {
		c.plan.OrganizationID = types.StringUnknown()
	} else if c.isReady() {
		c.resp.Diagnostics.Append(diagnostics.RoleNotRefreshed("organization_id"))
	}
}

// planDestroy warns about the default role.
func (c *roleChange) planDestroy(stored organization) {
	ref := c.state.ref(stored.ID)
	isReleased := c.checkConflict(c.rolePlans.Release(ref, c.private.Holder), ref, c.state.Name.ValueString())
	if isReleased && c.state.IsDefault.ValueBool() {
		c.resp.Diagnostics.Append(diagnostics.DefaultRoleDestroyed(diagnostics.RoleLabel(c.state.Name.ValueString(), ref)))
	}
}
