package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// ModifyPlan resolves the organization and the user, plans moves, and fails what cannot work.
func (r *roleMembershipResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.configured == nil {
		return
	}
	begun, planned := changeIn[roleMembershipModel](ctx, req, resp)
	c := &roleMembershipChange{begun, r}
	if c.state != nil {
		*c.state = c.state.normalized()
	}
	modifyPlan(ctx, r.configured, &c.change, c, planned)
}

// A roleMembershipChange is one resource's part of a plan.
type roleMembershipChange struct {
	change[roleMembershipModel]

	resource *roleMembershipResource
}

func (c *roleMembershipChange) organization() (configured types.String, planned *types.String) {
	return c.config.OrganizationID, &c.plan.OrganizationID
}

// create plans a membership that is not in state, or that is replaced. It costs one read of each role and one of the
// organization's members.
func (c *roleMembershipChange) create(ctx context.Context) {
	r := c.resource
	if !r.known() || anyUnknown(c.plan.OrganizationID) {
		c.createUnknown()
		return
	}
	organization, ok := r.resolve(ctx, c.plan.OrganizationID.ValueString(), &c.resp.Diagnostics)
	if !ok {
		return
	}
	if c.plan.RoleID.IsUnknown() {
		c.createUnknown()
		c.resp.Diagnostics.Append(r.checkEmails(ctx, organization, path.Root("user_email"), c.config.UserEmail))
		return
	}
	among, ok := c.searchIn(ctx, organization)
	if !ok {
		return
	}
	c.plan.RoleName = types.StringValue(among.role.Name)
	wanted, ok := c.newcomer(ctx, among)
	if !ok {
		c.createUnknown()
		return
	}
	c.planFor(wanted)
	member := c.plan.member(organization)
	c.record.Creates = member.String()
	c.declareNew(ctx, among, member)
}

// declareNew declares a membership that this resource has to add. A membership that exists is an error, or is adopted.
func (c *roleMembershipChange) declareNew(ctx context.Context, among search, member ownership.Member) {
	r := c.resource
	if conflict := r.plans.Declare(member, c.record.Holder, true); conflict != ownership.NoConflict {
		c.appendConflict(conflict, member)
		return
	}
	if r.plans.IsInState(member) {
		return // This resource is replaced. If another one has the membership, its plan reports the conflict.
	}
	membership, found, err := r.rosters.CachedMembership(ctx, among.ref, member.UserUUID)
	if err != nil {
		c.resp.Diagnostics.Append(r.unable("read role", "read who is in "+among.about.name, among.about, err))
		return
	}
	if !found {
		return
	}
	// A known id tells the reader of a plan that nothing is added.
	c.plan.ID, c.plan.JoinedAt = types.StringValue(membership.ID), timetypes.NewRFC3339ValueMust(membership.JoinedAt)
	switch {
	case r.plans.IsDeleteSkipped(member), c.record.hasBegun(member):
	case r.adoptExisting:
		c.resp.Diagnostics.AddWarning(summaryWillAdopt, adoptedDetail(among.about.name, membership, adviceWillAdopt))
	default:
		c.resp.Diagnostics.Append(r.userExists(among.about, membership, c.state))
	}
}

// searchIn reads the planned role, to look for users there. ok is false if that fails; the diagnostics say why.
func (c *roleMembershipChange) searchIn(ctx context.Context, organization string) (among search, ok bool) {
	r, ref, about := c.resource, c.plan.ref(organization), c.plan.subject(organization, c.config)
	role, ok := r.rolePlanned(ctx, ref, c.plan.OrganizationID, about, &c.resp.Diagnostics)
	if !ok {
		return search{}, false
	}
	about.name, about.roleName = nameOf(role, ref), role.Name
	return search{configured: r.configured, role: role, ref: ref, about: about}, true
}

// planFor plans for a user what is known of them.
func (c *roleMembershipChange) planFor(wanted user) {
	c.plan.UserUUID = types.StringValue(wanted.uuid)
	if c.config.UserEmail.IsNull() && wanted.email != "" {
		c.plan.UserEmail = types.StringValue(wanted.email)
	}
	if wanted.organizationMemberID != "" {
		c.plan.OrganizationMemberID = types.StringValue(wanted.organizationMemberID)
	}
}

// update plans a membership that is in state: it stays, or it moves to another role, user or organization. Another spelling of the
// same ones changes nothing, because a provider may keep the prior value of what means the same.
func (c *roleMembershipChange) update(ctx context.Context) {
	r := c.resource
	c.record.Creates = ""
	written := c.plan.OrganizationID
	c.plan.OrganizationID = c.state.OrganizationID
	if !r.known() || written.IsUnknown() {
		c.updateUnasked()
		return
	}
	planned, organization, ok := r.organizationPlanned(ctx, &c.record, c.state.OrganizationID, written, c.resp)
	if !ok {
		return
	}
	c.plan.OrganizationID = planned
	from := c.state.member(c.record.OrganizationID)
	r.plans.MarkInState(from)
	var wanted user
	known := !c.plan.RoleID.IsUnknown()
	if known {
		if wanted, known, ok = c.resolveUser(ctx, organization); !ok {
			return
		}
	}
	if !known {
		// Another resource that declares the membership is in conflict, whether this one keeps the membership or not.
		c.release(from)
		c.planUnknown()
		if !strings.EqualFold(c.config.UserEmail.ValueString(), c.state.UserEmail.ValueString()) {
			c.resp.Diagnostics.Append(r.checkEmails(ctx, organization, path.Root("user_email"), c.config.UserEmail))
		}
		return
	}
	if to := (ownership.Member{Role: c.plan.ref(organization), UserUUID: wanted.uuid}); to != from {
		c.move(ctx, from, to, wanted)
		return
	}
	c.keepUser()
	// Values that state does not have yet come with the next refresh.
	c.plan = c.plan.computedFrom(*c.state)
	if conflict := r.plans.Declare(from, c.record.Holder, false); conflict != ownership.NoConflict {
		c.appendConflict(conflict, from)
		return
	}
	c.undoBegun()
}

// move plans that the user is added in one place, and that the membership in the other place is removed after that.
func (c *roleMembershipChange) move(ctx context.Context, from, to ownership.Member, wanted user) {
	c.release(from)
	c.planUnknown()
	among, ok := c.searchIn(ctx, to.Role.OrganizationID)
	if !ok {
		return
	}
	c.plan.RoleName = types.StringValue(among.role.Name)
	if wanted.uuid == from.UserUUID {
		c.keepUser()
		if from.Role.OrganizationID == to.Role.OrganizationID {
			c.plan.OrganizationMemberID = c.state.OrganizationMemberID
		}
		if _, ok := c.byUUID(ctx, among, wanted.uuid); !ok {
			return
		}
	} else {
		c.planFor(wanted)
	}
	c.declareNew(ctx, among, to)
	c.warnBegun(to.String())
	c.resp.Diagnostics.Append(c.resp.Identity.Set(ctx, c.plan.identity(to.Role.OrganizationID))...)
}

// undoBegun plans to remove what an unfinished move has added, because the membership stays where it is.
func (c *roleMembershipChange) undoBegun() {
	for _, member := range c.record.begun() {
		c.release(member)
	}
	if c.warnBegun("") {
		c.plan.UpdatedAt = timetypes.NewRFC3339Unknown() // Without a change Terraform would not call Update.
	}
}

// planUnknown plans that all values which nobody configures are known after the apply.
func (c *roleMembershipChange) planUnknown() {
	c.plan.ID, c.plan.RoleName, c.plan.OrganizationMemberID = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	c.plan.JoinedAt, c.plan.UpdatedAt = timetypes.NewRFC3339Unknown(), timetypes.NewRFC3339Unknown()
	if c.config.UserUUID.IsNull() {
		c.plan.UserUUID = types.StringUnknown()
	}
	if c.config.UserEmail.IsNull() {
		c.plan.UserEmail = types.StringUnknown()
	}
}

// updateUnasked plans a membership in state while PostHog cannot be asked, or while the organization is unknown. It compares the
// configuration with the state as it stands.
func (c *roleMembershipChange) updateUnasked() {
	if c.config.OrganizationID.IsUnknown() {
		c.plan.OrganizationID = types.StringUnknown()
	} else if c.resource.known() {
		c.resp.Diagnostics.AddWarning(summaryNotRefreshed, "The provider's organization_id will be known only after apply. "+adviceNotRefreshed)
	}
	uuid, email := c.config.UserUUID, c.config.UserEmail
	sameUUID := uuid.IsNull() || uuid.Equal(c.state.UserUUID)
	sameEmail := email.IsNull() || strings.EqualFold(email.ValueString(), c.state.UserEmail.ValueString())
	if sameUUID && (sameEmail || !uuid.IsNull()) && c.plan.RoleID.Equal(c.state.RoleID) && !c.plan.OrganizationID.IsUnknown() {
		c.keepUser()
	} else {
		c.planUnknown()
		if c.config.OrganizationID.IsNull() {
			c.plan.OrganizationID = types.StringUnknown()
		} else if posthog.IsUUID(c.config.OrganizationID.ValueString()) && posthog.IsUUID(c.state.OrganizationID.ValueString()) {
			c.plan.OrganizationID = c.config.OrganizationID
		}
	}
}

// destroy records that a membership is to be destroyed.
func (c *roleMembershipChange) destroy(ctx context.Context) {
	c.record.Creates = ""
	if !c.resource.known() || !c.resource.settle(ctx, &c.record, c.state.OrganizationID, &c.resp.Diagnostics) {
		return
	}
	c.release(c.state.member(c.record.OrganizationID))
	c.warnBegun("")
}

func (c *roleMembershipChange) release(member ownership.Member) {
	if conflict := c.resource.plans.Release(member, c.record.Holder); conflict != ownership.NoConflict {
		c.appendConflict(conflict, member)
	}
}

// appendConflict reports a conflict about a membership. Names are known where the state or the cached role has them.
func (c *roleMembershipChange) appendConflict(conflict ownership.Conflict, member ownership.Member) {
	user, role := person("", member.UserUUID), named(member.Role)
	known := []roleMembershipModel{c.plan}
	if c.state != nil {
		known = append(known, *c.state)
	}
	for _, model := range known {
		if model.UserUUID.ValueString() == member.UserUUID {
			user = model.person()
		}
		if model.RoleID.ValueString() == member.Role.ID {
			role = model.roleIn(member.Role.OrganizationID)
		}
	}
	c.resp.Diagnostics.Append(c.resource.conflict(conflict, c.plan.subject(member.Role.OrganizationID, c.config).user, member.Role, user, role))
}

func anyUnknown(values ...types.String) bool {
	for _, value := range values {
		if value.IsUnknown() {
			return true
		}
	}
	return false
}
