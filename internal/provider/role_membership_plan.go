package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
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
	begun, planned := changeIn[roleMembershipModel](ctx, req, resp)
	c := &roleMembershipChange{begun, r}
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

// create plans a membership that is not in state, or will not be by then. It costs one read of each role and one of the
// organization's members, and nothing as long as the ids are not known.
func (c *roleMembershipChange) create(ctx context.Context) {
	r := c.resource
	if !r.known() || anyUnknown(c.plan.OrganizationID, c.plan.RoleID) {
		return
	}
	organization, ok := r.resolve(ctx, c.plan.OrganizationID.ValueString(), &c.resp.Diagnostics)
	if !ok {
		return
	}
	among, ok := c.searchIn(ctx, organization)
	if !ok {
		return
	}
	c.plan.RoleName = types.StringValue(among.role.Name)
	wanted, ok := c.newcomer(ctx, among)
	if !ok {
		return
	}
	c.planFor(wanted)

	who := c.plan.declares(organization)
	if clash := r.declared.declare(who, c.record.Holder, true); clash != noClash {
		c.resp.Diagnostics.Append(r.clashes(clash, among.about, wanted.String()))
		return
	}
	if r.declared.inState(who) {
		return // It is there because this resource is tainted, or about to be replaced; or another one is to be destroyed.
	}
	membership, found, err := r.rosters.Standing(ctx, among.ref, who.userUUID)
	switch {
	case err != nil:
		c.resp.Diagnostics.Append(r.unable("read role", "read who is in "+among.about.name, among.about, err))
	case found && r.adoptExisting:
		c.plan.ID, c.plan.JoinedAt = types.StringValue(membership.ID), timetypes.NewRFC3339ValueMust(membership.JoinedAt)
		// Should this be one half of a replacement, which a provider is not told of a tainted resource, then the other half
		// must leave the membership that is planned here.
		c.record.HandedOver = true
		c.resp.Diagnostics.AddWarning(summaryWillAdopt, adoptedDetail(among.about.name, membership, adviceWillAdopt))
	case found:
		c.resp.Diagnostics.AddWarning(summaryExists, existsDetail(among.about.name, among.ref, membership))
	}
}

// searchIn reads the role that somebody is to join. ok is false when nobody can join it; the diagnostics say why.
func (c *roleMembershipChange) searchIn(ctx context.Context, organization string) (among search, ok bool) {
	r, ref, about := c.resource, c.plan.ref(organization), c.plan.subject(organization, c.config)
	role, ok := r.rolePlanned(ctx, ref, about, &c.resp.Diagnostics)
	if !ok {
		return search{}, false
	}
	about.name = nameOf(role, ref)
	return search{r.configured, role, ref, about}, true
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

// keepOrReplace plans a membership that is in state. Another role or user replaces it, and so does another organization;
// another way to write the same one does not. A provider may keep the prior value of what means the same.
func (c *roleMembershipChange) keepOrReplace(ctx context.Context) {
	r := c.resource
	writtenOrganization := c.plan.OrganizationID
	c.plan.OrganizationID = c.state.OrganizationID
	if !r.known() || writtenOrganization.IsUnknown() {
		c.planBlindly()
		return
	}
	var organization string
	var ok bool
	c.plan.OrganizationID, organization, ok = r.organizationPlanned(ctx, &c.record, c.state.OrganizationID, writtenOrganization, c.resp)
	if !ok {
		return
	}
	was := c.state.declares(c.record.OrganizationID)
	r.declared.saw(was)
	if !c.keepUser(ctx, organization) {
		return
	}
	if anyUnknown(c.plan.RoleID, c.plan.UserUUID) {
		c.giveUp(was)
		return
	}
	will := c.plan.declares(organization)
	if will == was {
		// What state does not know yet is for the next refresh to find out, and no reason to change anything.
		c.plan = c.plan.computedFrom(*c.state)
	} else {
		c.giveUp(was)
	}
	if clash := r.declared.declare(will, c.record.Holder, will != was); clash != noClash {
		c.resp.Diagnostics.Append(r.clashes(clash, c.subjectOf(will), c.personIn(will)))
	}
}

// planBlindly plans a membership that is in state while PostHog cannot be asked, or which organization is meant is not known
// yet. What the configuration says of the user is compared with state as it stands.
func (c *roleMembershipChange) planBlindly() {
	if c.config.OrganizationID.IsUnknown() {
		c.plan.OrganizationID = types.StringUnknown()
		c.resp.RequiresReplace.Append(atOrganization)
	} else if c.resource.known() {
		// The provider's organization. What is planned to stay is not planned again in the apply.
		c.resp.Diagnostics.AddWarning(summaryNotRefreshed, "The provider's organization_id will be known only after apply. "+adviceNotRefreshed)
	}
	uuid, email := c.config.UserUUID, c.config.UserEmail
	sameUUID := uuid.IsNull() || uuid.Equal(c.state.UserUUID)
	sameEmail := email.IsNull() || strings.EqualFold(email.ValueString(), c.state.UserEmail.ValueString())
	switch {
	case sameUUID && (sameEmail || !uuid.IsNull()):
		c.keepUserAsWritten()
	default:
		c.replaceUser(user{})
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
		c.record.HandedOver = clash == moved && c.resource.adoptExisting
		c.resp.Diagnostics.Append(c.resource.clashes(clash, c.subjectOf(who), c.personIn(who)))
	}
}

// subjectOf returns what messages about a declaration are about. The role's name is known when it is the one in state.
func (c *roleMembershipChange) subjectOf(who declared) subject {
	about := c.plan.subject(who.role.OrganizationID, c.config)
	about.name = named(who.role)
	if c.state != nil && c.state.RoleID.ValueString() == who.role.ID {
		about.name = c.state.roleIn(who.role.OrganizationID)
	}
	return about
}

// clashes says what does not go together about a membership, and what to write instead.
func (r *roleMembershipResource) clashes(kind clash, about subject, user string) diag.Diagnostic {
	what := fmt.Sprintf("%s in %s", user, about.name)
	switch kind {
	case mixed, wholeTwice, wholeMoved, intoWhole, outOfWhole:
		return r.roleClashes(kind, about.name)
	case twice:
		return at(about.user, summaryTwice, fmt.Sprintf("Two resources of this configuration have the membership of %s. %s", what, adviceTwice))
	case leftOver:
		return at(path.Empty(), summaryLeftOver, fmt.Sprintf("One resource has the membership of %s and is to keep it, and another one that has it too is to be destroyed. %s",
			what, adviceLeftOver))
	}
	detail := fmt.Sprintf("The membership of %s is destroyed at one address of this configuration and created at another. ", what)
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
