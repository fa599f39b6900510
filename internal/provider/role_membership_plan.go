package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// ModifyPlan resolves the organization and the user, plans moves, and fails what cannot work.
func (r *roleMembershipResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.providerData == nil {
		return
	}
	c := &roleMembershipChange{providerData: r.providerData, resp: resp}
	modifyPlan(ctx, req, (*change[roleMembershipModel, roleMembershipPrivateState])(c), c)
}

// roleMembershipChange is the plan of one posthog_role_membership.
type roleMembershipChange change[roleMembershipModel, roleMembershipPrivateState]

// planCreate plans a membership that is not in state, or that is replaced. It needs one read of the role and, if the user is not in the role
// yet, one of the organization's members.
func (c *roleMembershipChange) planCreate(ctx context.Context) {
	diags := &c.resp.Diagnostics
	if !c.isReady() || c.plan.OrganizationID.IsUnknown() {
		planUnknownCreate(&c.private.privateState, diags)
		return
	}
	organization, ok := c.resolveOrganization(ctx, c.plan.OrganizationID, diags)
	if !ok {
		return
	}
	if c.plan.RoleID, ok = resolveRole(ctx, c.providerData, c.config.roleReference(), organization.ID, currentRole{}, diags); !ok {
		return
	}
	if c.plan.RoleID.IsUnknown() {
		planUnknownCreate(&c.private.privateState, diags)
		diags.Append(checkEmails(ctx, c.providerData, organization.ID, path.Root("user_email"), c.config.UserEmail))
		return
	}
	lookup, ok := c.lookupIn(ctx, organization.ID)
	if !ok {
		return
	}
	c.plan.RoleName = plannedRoleName(c.config.roleReference(), types.StringNull(), lookup.role.Name)
	wanted, ok := c.findUser(ctx, lookup)
	if !ok {
		planUnknownCreate(&c.private.privateState, diags)
		return
	}
	c.setUser(wanted)
	member := c.plan.member(organization.ID)
	c.private.Creates = member.String()
	c.declareNew(ctx, lookup, member)
}

// declareNew declares a membership that this resource adds. A membership that exists is an error, or is adopted.
func (c *roleMembershipChange) declareNew(ctx context.Context, lookup userLookup, member ownership.Member) {
	diags := &c.resp.Diagnostics
	if !c.declare(member, true) {
		return
	}
	if c.plans.IsInState(member) {
		return // This resource is replaced. If another one has the membership, its plan reports the conflict.
	}
	membership, found, err := c.rosters.CachedMembership(ctx, lookup.ref, member.UserUUID)
	if err != nil {
		diags.Append(c.messages.UnableToReadRole(lookup.about, err))
		return
	}
	if !found {
		return
	}
	// A known id shows in the plan that nothing is added.
	c.plan.ID, c.plan.JoinedAt = types.StringValue(membership.ID), timetypes.NewRFC3339ValueMust(membership.JoinedAt)
	switch {
	case c.plans.IsDeleteSkipped(member), c.private.hasBegun(member):
	case c.adoptExisting:
		diags.Append(diagnostics.MembershipWillBeAdopted(lookup.about.Label, membership))
	case c.state != nil:
		diags.Append(diagnostics.MembershipExistsAtDestination(lookup.about, membership))
	default:
		id := importIDOf(membership, lookup.role, lookup.ref, !c.config.OrganizationID.IsNull())
		diags.Append(c.messages.MembershipExists(lookup.about, membership, id))
	}
}

// lookupIn reads the planned role, to find users in it. ok is false if that fails. Then the response has the error.
func (c *roleMembershipChange) lookupIn(ctx context.Context, organizationID string) (lookup userLookup, ok bool) {
	ref, about := c.plan.roleRef(organizationID), c.plan.subject(organizationID, c.config)
	role, ok := planRole(ctx, c.providerData, ref, c.plan.OrganizationID, about, &c.resp.Diagnostics)
	if !ok {
		return userLookup{}, false
	}
	if failure := checkRoleName(c.config.roleReference(), role, ref, c.currentRole()); failure != nil {
		c.resp.Diagnostics.Append(failure)
		return userLookup{}, false
	}
	about.Label = diagnostics.RoleLabel(role.Name, ref)
	return userLookup{providerData: c.providerData, role: role, ref: ref, about: about}, true
}

// setUser plans the known values of a user.
func (c *roleMembershipChange) setUser(wanted user) {
	c.plan.UserUUID = types.StringValue(wanted.uuid)
	if c.config.UserEmail.IsNull() && wanted.email != "" {
		c.plan.UserEmail = types.StringValue(wanted.email)
	}
	if wanted.organizationMemberID != "" {
		c.plan.OrganizationMemberID = types.StringValue(wanted.organizationMemberID)
	}
}

// keepUser plans the user in state.
func (c *roleMembershipChange) keepUser() {
	c.plan.UserUUID = c.state.UserUUID
	if !c.state.UserEmail.IsNull() && !c.plan.UserEmail.IsUnknown() || c.config.UserEmail.IsNull() {
		c.plan.UserEmail = c.state.UserEmail
	}
}

// planUpdate plans a membership that is in state: it stays, or it moves to another role, user or organization. Another spelling of the same
// ones is semantically equal and changes nothing.
func (c *roleMembershipChange) planUpdate(ctx context.Context, prior, planned organization) {
	from := c.state.member(prior.ID)
	c.plans.MarkInState(from)
	current := c.currentRole()
	if planned.ID != prior.ID {
		current = currentRole{} // A name means another role there.
	}
	var ok bool
	if c.plan.RoleID, ok = resolveRole(ctx, c.providerData, c.config.roleReference(), planned.ID, current, &c.resp.Diagnostics); !ok {
		return
	}
	if c.plan.RoleID.IsUnknown() {
		c.planUnknownUpdate(ctx, from, planned.ID)
		return
	}
	wanted, isKnown, ok := c.findChangedUser(ctx, planned.ID)
	if !ok {
		return
	}
	if !isKnown {
		c.planUnknownUpdate(ctx, from, planned.ID)
		return
	}
	if to := (ownership.Member{Role: c.plan.roleRef(planned.ID), UserUUID: wanted.uuid}); to != from {
		c.planMove(ctx, from, to, wanted)
		return
	}
	c.keepUser()
	if !c.checkKeptRoleName(ctx, from.Role) {
		return
	}
	c.plan = c.plan.withComputedValuesOf(*c.state) // The next refresh adds values that state does not have yet.
	if c.plan.RoleName.IsNull() || c.config.RoleName.IsUnknown() {
		c.plan.RoleName = c.config.RoleName
	}
	if c.declare(from, false) {
		c.planUndoneMove()
	}
}

// currentRole returns the role in state.
func (c *roleMembershipChange) currentRole() currentRole {
	if c.state == nil {
		return currentRole{}
	}
	return currentRole{id: c.state.RoleID.ValueString(), name: c.state.RoleName.ValueString(), formerName: c.private.FormerRoleName}
}

// checkKeptRoleName reports whether role_id and role_name name the same role, for a membership that stays in its role. The role is read only
// if state has another name.
func (c *roleMembershipChange) checkKeptRoleName(ctx context.Context, ref posthog.RoleRef) bool {
	name := c.config.RoleName.ValueString()
	if name == "" || c.config.RoleID.IsNull() || strings.EqualFold(name, c.state.RoleName.ValueString()) {
		return true
	}
	_, ok := c.lookupIn(ctx, ref.OrganizationID)
	return ok
}

// planMove plans that the user is added in one place, and that the membership in the other place is removed after that.
func (c *roleMembershipChange) planMove(ctx context.Context, from, to ownership.Member, wanted user) {
	c.release(from)
	c.plan = c.plan.withUnknownValues(c.config)
	lookup, ok := c.lookupIn(ctx, to.Role.OrganizationID)
	if !ok {
		return
	}
	c.plan.RoleName = plannedRoleName(c.config.roleReference(), c.state.RoleName, lookup.role.Name)
	if wanted.uuid == from.UserUUID {
		c.keepUser()
		if from.Role.OrganizationID == to.Role.OrganizationID {
			c.plan.OrganizationMemberID = c.state.OrganizationMemberID
		}
		if _, ok := lookup.requireByUUID(ctx, wanted.uuid, &c.resp.Diagnostics); !ok {
			return
		}
	} else {
		c.setUser(wanted)
	}
	c.declareNew(ctx, lookup, to)
	warnMoveUndone(&c.private.privateState, to.String(), &c.resp.Diagnostics)
	c.resp.Diagnostics.Append(c.resp.Identity.Set(ctx, c.plan.identity(to.Role.OrganizationID))...)
}

// planUnknownUpdate plans a membership whose role or user is unknown until apply. It releases the membership: another resource that
// declares it is in conflict, whether this one keeps the membership or not.
func (c *roleMembershipChange) planUnknownUpdate(ctx context.Context, from ownership.Member, organizationID string) {
	c.release(from)
	c.plan = c.plan.withUnknownValues(c.config)
	if !strings.EqualFold(c.config.UserEmail.ValueString(), c.state.UserEmail.ValueString()) {
		c.resp.Diagnostics.Append(checkEmails(ctx, c.providerData, organizationID, path.Root("user_email"), c.config.UserEmail))
	}
}

// planUndoneMove plans to remove what an unfinished move has added, because the membership stays where it is.
func (c *roleMembershipChange) planUndoneMove() {
	for _, member := range c.private.begun() {
		c.release(member)
	}
	if warnMoveUndone(&c.private.privateState, "", &c.resp.Diagnostics) {
		c.plan.UpdatedAt = timetypes.NewRFC3339Unknown() // Without a change Terraform would not call Update.
	}
}

// planUpdateOffline plans a membership in state while no request can be sent, or while the organization is unknown. It compares the
// configuration with the state.
func (c *roleMembershipChange) planUpdateOffline() {
	if c.config.OrganizationID.IsUnknown() {
		c.plan.OrganizationID = types.StringUnknown()
	} else if c.isReady() {
		c.resp.Diagnostics.Append(diagnostics.NotRefreshed("organization_id"))
	}
	uuid, email := c.config.UserUUID, c.config.UserEmail
	hasSameUUID := uuid.IsNull() || uuid.Equal(c.state.UserUUID)
	hasSameEmail := email.IsNull() || strings.EqualFold(email.ValueString(), c.state.UserEmail.ValueString())
	if hasSameUUID && (hasSameEmail || !uuid.IsNull()) && c.config.roleReference().names(c.currentRole()) && !c.plan.OrganizationID.IsUnknown() {
		c.keepUser()
		c.plan.RoleID, c.plan.RoleName = c.state.RoleID, c.state.RoleName
		return
	}
	c.plan = c.plan.withUnknownValues(c.config)
	if c.config.RoleID.IsNull() {
		c.plan.RoleID = types.StringUnknown()
	}
	if c.config.OrganizationID.IsNull() {
		c.plan.OrganizationID = types.StringUnknown()
	} else if posthog.IsUUID(c.config.OrganizationID.ValueString()) && posthog.IsUUID(c.state.OrganizationID.ValueString()) {
		c.plan.OrganizationID = c.config.OrganizationID
	}
}

// planDestroy releases the membership.
func (c *roleMembershipChange) planDestroy(stored organization) {
	c.release(c.state.member(stored.ID))
	warnMoveUndone(&c.private.privateState, "", &c.resp.Diagnostics)
}

// declare declares a membership. isNew is true if this resource adds it. It reports whether there is no conflict.
func (c *roleMembershipChange) declare(member ownership.Member, isNew bool) bool {
	return c.checkConflict(c.plans.Declare(member, c.private.Holder, isNew), member)
}

func (c *roleMembershipChange) release(member ownership.Member) {
	c.checkConflict(c.plans.Release(member, c.private.Holder), member)
}

// checkConflict reports whether there is no conflict about a membership. The error has the names that plan or state have.
func (c *roleMembershipChange) checkConflict(conflict ownership.Conflict, member ownership.Member) bool {
	if conflict == ownership.NoConflict {
		return true
	}
	user, role := diagnostics.UserLabel("", member.UserUUID), diagnostics.RoleLabel("", member.Role)
	models := []roleMembershipModel{c.plan}
	if c.state != nil {
		models = append(models, *c.state)
	}
	for _, model := range models {
		if model.UserUUID.ValueString() == member.UserUUID {
			user = model.user().label()
		}
		if model.RoleID.ValueString() == member.Role.ID {
			role = model.roleLabel(member.Role.OrganizationID)
		}
	}
	where := c.plan.subject(member.Role.OrganizationID, c.config).User
	c.resp.Diagnostics.Append(c.messages.Conflict(conflict, where, member.Role, user, role))
	return false
}
