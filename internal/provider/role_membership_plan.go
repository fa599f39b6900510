package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan settles the organization, fails what cannot work, and tells beforehand of memberships that are there.
func (r *roleMembershipResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.configured == nil {
		return
	}
	change := roleMembershipChange{resource: r, resp: resp}
	var diags diag.Diagnostics
	change.record, diags = recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if !req.State.Raw.IsNull() {
		change.state = &roleMembershipModel{}
		resp.Diagnostics.Append(req.State.Get(ctx, change.state)...)
	}
	if req.Plan.Raw.IsNull() {
		if !resp.Diagnostics.HasError() {
			change.destroy(ctx)
		}
		return
	}
	var declared types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, atOrganization, &declared)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &change.plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	change.plan.OrganizationID = r.organizationOr(declared)
	if change.plan.OrganizationID.IsNull() {
		resp.Diagnostics.AddAttributeError(atOrganization, summaryNoOrganization, adviceNoOrganization)
		return
	}

	if change.state == nil {
		change.create(ctx)
	} else {
		change.keepOrReplace(ctx)
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, atOrganization, change.plan.OrganizationID)...)
	resp.Diagnostics.Append(change.record.keepIn(ctx, resp.Private)...)
}

// A roleMembershipChange is one resource's part of a plan.
type roleMembershipChange struct {
	resource *roleMembershipResource
	record   record
	state    *roleMembershipModel // nil when there is none
	plan     roleMembershipModel
	resp     *resource.ModifyPlanResponse
}

// create plans a membership that is not in state, or will not be by then. It costs one read of each role, and nothing as
// long as the ids are not known.
func (c *roleMembershipChange) create(ctx context.Context) {
	r, plan := c.resource, c.plan
	if !r.known() || anyUnknown(plan.OrganizationID, plan.RoleID, plan.UserUUID) {
		return
	}
	organization, ok := r.resolve(ctx, plan.OrganizationID.ValueString(), &c.resp.Diagnostics)
	if !ok {
		return
	}
	ref := plan.ref(organization)
	role, err := r.rosters.Latest(ctx, ref)
	switch {
	case err != nil:
		c.resp.Diagnostics.Append(r.unable("read role", "read who is in "+named(ref), plan.subject(organization), err))
		return
	case !role.Exists && r.isGone(ref):
		// An error would stop “terraform destroy”, which begins with a plan like this one. The apply has it.
		c.resp.Diagnostics.AddAttributeWarning(path.Root("role_id"), summaryRoleGone, capital(named(ref))+" does not exist any more. "+adviceRoleGone)
		return
	case !role.Exists:
		c.resp.Diagnostics.Append(noSuchRole(ref))
		return
	}

	who := plan.declares(organization)
	if clash := r.declared.declare(who, c.record.Holder, true); clash != noClash {
		c.resp.Diagnostics.Append(r.clashes(clash, who, person("", who.userUUID)))
		return
	}
	if r.declared.inState(who) {
		return // It is there because this resource is tainted, or about to be replaced; or another one is to be destroyed.
	}
	membership, found, err := r.rosters.Standing(ctx, ref, who.userUUID)
	switch {
	case err != nil:
		c.resp.Diagnostics.Append(r.unable("read role", "read who is in "+named(ref), plan.subject(organization), err))
	case found && r.adoptExisting:
		c.resp.Diagnostics.AddWarning(summaryWillAdopt, adoptedDetail(ref, membership, adviceWillAdopt))
	case found:
		c.resp.Diagnostics.AddWarning(summaryExists, existsDetail(ref, membership))
	}
}

// keepOrReplace plans a membership that is in state. Role and user replace by themselves. The organization replaces when
// it is another one, and not when it is written in another way.
func (c *roleMembershipChange) keepOrReplace(ctx context.Context) {
	r := c.resource
	wanted := c.plan.OrganizationID
	c.plan.OrganizationID = c.state.OrganizationID // A provider may keep the prior value of what means the same.
	if !r.known() || wanted.IsUnknown() {
		// Should it turn out to be another organization, Terraform fails at apply rather than leave the membership behind.
		return
	}
	if !r.settle(ctx, &c.record, c.state.OrganizationID, &c.resp.Diagnostics) {
		return
	}
	there := c.record.OrganizationID
	if !wanted.Equal(c.state.OrganizationID) {
		organization, ok := r.resolve(ctx, wanted.ValueString(), &c.resp.Diagnostics)
		if !ok {
			return
		}
		if organization != c.record.OrganizationID {
			there = organization
			c.plan.OrganizationID = wanted
			c.resp.RequiresReplace.Append(atOrganization)
		}
	}

	was := c.state.declares(c.record.OrganizationID)
	if anyUnknown(c.plan.RoleID, c.plan.UserUUID) {
		c.giveUp(was)
		return
	}
	will := c.plan.declares(there)
	if will != was {
		c.giveUp(was)
	}
	if clash := r.declared.declare(will, c.record.Holder, will != was); clash != noClash {
		c.resp.Diagnostics.Append(r.clashes(clash, will, c.personIn(will)))
	}
}

// personIn names the user of a declaration, whose email is known when it is the one in state.
func (c *roleMembershipChange) personIn(who declared) string {
	if c.state != nil && c.state.UserUUID.ValueString() == who.userUUID {
		return c.state.person()
	}
	return person("", who.userUUID)
}

// destroy notes that a membership is to be destroyed.
func (c *roleMembershipChange) destroy(ctx context.Context) {
	if c.resource.known() && c.resource.settle(ctx, &c.record, c.state.OrganizationID, &c.resp.Diagnostics) {
		c.giveUp(c.state.declares(c.record.OrganizationID))
	}
}

func (c *roleMembershipChange) giveUp(who declared) {
	if clash := c.resource.declared.giveUp(who, c.record.Holder); clash != noClash {
		c.resp.Diagnostics.Append(c.resource.clashes(clash, who, c.personIn(who)))
	}
}

// clashes says what does not go together about a membership, and what to write instead.
func (r *roleMembershipResource) clashes(kind clash, who declared, user string) diag.Diagnostic {
	what := fmt.Sprintf("%s in %s", user, named(who.role))
	switch kind {
	case twice:
		return at(path.Root("user_uuid"), summaryTwice, fmt.Sprintf("Two resources of this configuration have %s. %s", what, adviceTwice))
	case leftOver:
		return at(path.Empty(), summaryLeftOver, fmt.Sprintf("One resource has %s and is to keep it, and another one that has it too is to be destroyed. %s",
			what, adviceLeftOver))
	}
	detail := fmt.Sprintf("%s is destroyed at one address of this configuration and created at another. ", capital(what))
	if r.adoptExisting {
		return diag.NewWarningDiagnostic(summaryMoved, detail+adviceMovedSafely)
	}
	if _, told := r.told.LoadOrStore(summaryMoved, true); told {
		return at(path.Empty(), fmt.Sprintf(summaryMovedToo, what), "")
	}
	return at(path.Empty(), summaryMoved, detail+adviceMoved)
}

func anyUnknown(values ...types.String) bool {
	for _, value := range values {
		if value.IsUnknown() {
			return true
		}
	}
	return false
}
