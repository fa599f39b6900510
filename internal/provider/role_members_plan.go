package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// ModifyPlan plans the users to add and to remove, or a move to another role. It reports errors for what the apply could not do.
func (r *roleMembersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.providerData == nil {
		return
	}
	c := &roleMembersChange{providerData: r.providerData, resp: resp}
	// modifyPlan fills in c, and then calls planCreate, planUpdate or planDestroy.
	modifyPlan(ctx, req, (*change[roleMembersModel, roleMembersPrivateState])(c), c)
}

// roleMembersChange is the plan of one posthog_role_members: its config, state (nil if there is none), plan and private state.
type roleMembersChange change[roleMembersModel, roleMembersPrivateState]

// planCreate plans a role that is not in state, or that is replaced. It needs one read of the role and, if some users are not in the role
// yet, one of the organization's members.
func (c *roleMembersChange) planCreate(ctx context.Context) {
	diags := &c.resp.Diagnostics
	if !c.isReady() || c.plan.OrganizationID.IsUnknown() {
		c.planUnknownRole()
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
		c.planUnknownRole()
		if !c.config.SkipUnknown.ValueBool() {
			diags.Append(checkEmails(ctx, c.providerData, organization.ID, usersPath, listEntries(c.config.Users)...))
		}
		return
	}
	ref := c.plan.roleRef(organization.ID)
	c.private.Creates = roleKey(ref) // If this is a replacement, its delete half removes no member of the same role.
	diff, isComplete, ok := c.declareAndCompare(ctx, ref)
	if !ok {
		return
	}
	c.plan.ID, c.plan.RoleName = c.plan.RoleID, plannedRoleName(c.config.roleReference(), types.StringNull(), diff.role.Name)
	if !c.requireAdminKeys(ctx, ref) {
		return
	}
	if isComplete {
		c.plan.Members = plannedMembers(diff.wanted)
	}
	c.checkRemovals(diff, ref, diff.toRemove(), isComplete)
}

// planUnknownRole plans a create whose organization or role is unknown until apply.
func (c *roleMembersChange) planUnknownRole() {
	planUnknownCreate(&c.private.privateState, &c.resp.Diagnostics) // fails -replace
	if !c.rolePlans.FillCreated() {
		c.resp.Diagnostics.Append(diagnostics.UnknownMembersRemoved())
	}
}

// currentRole returns the role in state.
func (c *roleMembersChange) currentRole() currentRole {
	if c.state == nil {
		return currentRole{}
	}
	return currentRole{id: c.state.RoleID.ValueString(), name: c.state.RoleName.ValueString(), formerName: c.private.FormerRoleName}
}

// planUpdate plans a role that is in state: its members change, or the resource moves to another role. Another spelling of the same users
// is semantically equal and changes nothing.
func (c *roleMembersChange) planUpdate(ctx context.Context, prior, planned organization) {
	diags := &c.resp.Diagnostics
	current := c.currentRole()
	if planned.ID != prior.ID {
		current = currentRole{} // In another organization, the same name is another role.
	}
	var ok bool
	if c.plan.RoleID, ok = resolveRole(ctx, c.providerData, c.config.roleReference(), planned.ID, current, diags); !ok {
		return
	}
	from, to := c.state.roleRef(prior.ID), c.plan.roleRef(planned.ID)
	isRoleKnown := !c.plan.RoleID.IsUnknown()
	switch {
	case !isRoleKnown:
		to = from // The role probably stays the same. The apply compares both roles.
	case from != to:
		c.release(from)
		c.planMove(ctx, from, to)
		return
	default:
		c.plan.ID, c.plan.RoleName = c.state.ID, c.state.RoleName
		if c.plan.RoleName.IsNull() || c.config.RoleName.IsUnknown() {
			c.plan.RoleName = c.config.RoleName
		}
	}
	diff, isComplete, ok := c.declareAndCompare(ctx, to)
	if !ok {
		return
	}
	c.keepEqualLists(diff.wanted)
	isComplete = isComplete && isRoleKnown
	if isComplete {
		c.keepMembers(diff)
		c.warnIgnored(diff, to)
	} else {
		c.plan.Members = types.MapUnknown(types.StringType)
	}
	removed, _ := diff.toRemoveIfPlanned(*c.state, c.private) // The apply removes only members that are in state.
	if len(removed)+len(diff.toAdd()) > 0 && !c.requireAdminKeys(ctx, to) {
		return
	}
	c.checkRemovals(diff, to, removed, isComplete)
	if warnMoveUndone(&c.private.privateState, "", diags) {
		// The apply must remove what an unfinished move has added. Terraform calls Update only if the plan has a change.
		c.plan.Members = types.MapUnknown(types.StringType)
	}
}

// planMove plans a move to another role: the apply adds the users to the new role, and then removes them from the old role.
func (c *roleMembersChange) planMove(ctx context.Context, from, to posthog.RoleRef) {
	diags := &c.resp.Diagnostics
	diff, isComplete, ok := c.declareAndCompare(ctx, to)
	if !ok || !c.requireAdminKeys(ctx, from, to) {
		return
	}
	c.plan.ID, c.plan.RoleName = c.plan.RoleID, plannedRoleName(c.config.roleReference(), c.state.RoleName, diff.role.Name)
	c.keepEqualLists(diff.wanted)
	if isComplete {
		c.plan.Members = plannedMembers(diff.wanted)
	}
	diags.Append(c.resp.Identity.Set(ctx, c.plan.identity(to.OrganizationID))...)
	oldRole, err := c.rosters.CachedRole(ctx, from)
	if err != nil {
		diags.Append(c.messages.UnableToReadRole(diagnostics.RoleSubject("", from), err))
		return
	}
	removed := toRemoveAll(*c.state, oldRole, c.private) // the members in state, except ignored ones
	oldLabel := diagnostics.RoleLabel(oldRole.Name, from)
	if failure := checkMaxRemovals(c.plan.MaxRemovals, oldLabel, removed); failure != nil {
		diags.Append(failure)
		return
	}
	var staying []posthog.Membership // members of the new role that only the next plan removes
	if isComplete {
		staying = diff.toRemove()
	}
	diags.Append(diagnostics.MembersMove(len(diff.toAdd()), diagnostics.RoleLabel(diff.role.Name, to), len(removed), oldLabel, staying))
	warnMoveUndone(&c.private.privateState, roleKey(to), diags) // of earlier moves to other roles
}

// planUpdateOffline plans a role in state without requests, because attributes of the provider or organization_id are unknown until apply.
// It keeps the values in state that cannot change.
func (c *roleMembersChange) planUpdateOffline() {
	if c.config.OrganizationID.IsUnknown() {
		c.plan.OrganizationID = types.StringUnknown()
		return
	}
	if c.isReady() { // Only organization_id of the provider is unknown.
		c.resp.Diagnostics.Append(diagnostics.NotRefreshed("organization_id"))
	}
	if !c.config.roleReference().names(c.currentRole()) {
		if c.config.RoleID.IsNull() {
			c.plan.RoleID = types.StringUnknown()
		}
		return
	}
	c.plan.ID, c.plan.RoleID, c.plan.RoleName = c.state.ID, c.state.RoleID, c.state.RoleName
	if c.config.Users.Equal(c.state.Users) && c.config.IgnoredUsers.Equal(c.state.IgnoredUsers) {
		c.plan.Members = c.state.Members
	}
}

// planDestroy releases the role: it reports a conflict if another resource still needs the members.
func (c *roleMembersChange) planDestroy(stored organization) {
	c.release(c.state.roleRef(stored.ID))
	warnMoveUndone(&c.private.privateState, "", &c.resp.Diagnostics)
}

// release records that this resource stops managing a role. It reports a conflict with another resource.
func (c *roleMembersChange) release(ref posthog.RoleRef) {
	if conflict := c.plans.ReleaseRole(ref, c.private.Holder); conflict != ownership.NoConflict {
		label := diagnostics.RoleLabel(c.state.RoleName.ValueString(), ref)
		c.resp.Diagnostics.Append(c.messages.Conflict(conflict, path.Empty(), ref, "", label))
	}
}

// declareAndCompare reads the role, declares it, and compares its members with the configured users. isComplete is false if an entry is
// unknown or matches no user. ok is false if the plan cannot be made. Then the response has the error.
func (c *roleMembersChange) declareAndCompare(ctx context.Context, ref posthog.RoleRef) (diff memberDiff, isComplete, ok bool) {
	diags, about := &c.resp.Diagnostics, c.plan.subject(ref.OrganizationID, c.config)
	about.Label = diagnostics.RoleLabel("", ref) // The name is read next.
	role, ok := planRole(ctx, c.providerData, ref, c.plan.OrganizationID, about, diags)
	if !ok {
		return memberDiff{}, false, false
	}
	if failure := checkRoleName(c.config.roleReference(), role, ref, c.currentRole()); failure != nil {
		diags.Append(failure)
		return memberDiff{}, false, false
	}
	about.Label = diagnostics.RoleLabel(role.Name, ref)
	lookup, config := userLookup{providerData: c.providerData, role: role, ref: ref, about: about}, c.config
	if c.state != nil {
		c.state.recordEmails(role, &c.private) // needed without a refresh, which does the same
		// Members in state that are listed as before are found without a read of the organization.
		config.Members, lookup.known = c.state.Members, listEntries(c.state.Users)
	}
	resolved, failures := lookup.resolveUsers(ctx, config, c.private)
	if failures.HasError() && !c.requireAdminKeys(ctx, ref) {
		return memberDiff{}, false, false // Without an admin key, users may only seem to be missing.
	}
	diags.Append(failures...)
	if !c.declare(ref, resolved.users, about.Label) {
		return memberDiff{}, false, false
	}
	if role.IsDefault {
		diags.Append(diagnostics.DefaultRole(about.Label))
	}
	diff = memberDiff{role: role, wanted: resolved.users, ignored: c.config.ignoredUUIDs(role, c.private)}
	return diff, resolved.isComplete && !c.config.IgnoredUsers.IsUnknown(), !failures.HasError()
}

// declare declares all members of a role. It reports whether there is no conflict.
func (c *roleMembersChange) declare(ref posthog.RoleRef, users map[string]user, label string) bool {
	uuids := map[string]bool{}
	for uuid := range users {
		uuids[uuid] = true
	}
	isNew := c.state == nil || c.state.RoleID.ValueString() != ref.ID // The role is not in state.
	conflict := c.plans.DeclareRole(ref, c.private.Holder, uuids, isNew)
	if conflict != ownership.NoConflict {
		c.resp.Diagnostics.Append(c.messages.Conflict(conflict, path.Empty(), ref, "", label))
	}
	return conflict == ownership.NoConflict
}

// requireAdminKeys reports whether the key may see all members of some roles. If not, the response has the error.
func (c *roleMembersChange) requireAdminKeys(ctx context.Context, refs ...posthog.RoleRef) bool {
	for _, ref := range refs {
		if failure := requireAdminKey(ctx, c.providerData, diagnostics.RoleSubject("", ref)); failure != nil {
			c.resp.Diagnostics.Append(failure)
			return false
		}
	}
	return true
}

// checkRemovals fails a plan with more removals than max_removals allows. It warns of removals that Terraform does not show, because the
// planned members are unknown or the users are not among the members in state.
func (c *roleMembersChange) checkRemovals(diff memberDiff, ref posthog.RoleRef, removed []posthog.Membership, isComplete bool) {
	diags, label := &c.resp.Diagnostics, diagnostics.RoleLabel(diff.role.Name, ref)
	hasUnknown := c.config.Users.IsUnknown() || c.hasUnknownEntries()
	// With unknown entries, only the apply can count the removals.
	if failure := checkMaxRemovals(c.plan.MaxRemovals, label, removed); failure != nil && !hasUnknown {
		diags.Append(failure)
		return
	}
	if c.state != nil && isComplete { // Terraform shows the members in state that are not planned.
		shown := mapTexts(c.state.Members)
		removed = slices.DeleteFunc(removed, func(member posthog.Membership) bool { _, isShown := shown[member.User.UUID]; return isShown })
	}
	switch {
	case len(removed) == 0: // Terraform shows all removals.
	case c.plan.RoleID.IsUnknown():
		diags.Append(diagnostics.MembersRemovedIfRoleStays(label, removed))
	case hasUnknown:
		diags.Append(diagnostics.MembersRemovedUnlessListed(label, removed))
	default:
		diags.Append(diagnostics.MembersRemoved(label, removed))
	}
}

// hasUnknownEntries reports whether an entry of a list is unknown until apply.
func (c *roleMembersChange) hasUnknownEntries() bool {
	return hasUnknownEntry(c.config.IgnoredUsers) || anyUnknown(listEntries(c.config.Users)...)
}

// keepMembers plans the members with the emails in state of users who stay.
func (c *roleMembersChange) keepMembers(diff memberDiff) {
	prior := mapTexts(c.state.Members)
	for uuid, wanted := range diff.wanted {
		if email, isMember := prior[uuid]; isMember {
			wanted.email = email
			diff.wanted[uuid] = wanted
		}
	}
	c.plan.Members = plannedMembers(diff.wanted)
}

// warnIgnored names members in state that are in ignored_users now. The plan shows them as removed from members, but they stay in the role.
func (c *roleMembersChange) warnIgnored(diff memberDiff, ref posthog.RoleRef) {
	var staying []posthog.Membership
	for uuid := range mapTexts(c.state.Members) {
		if member, found := diff.role.ByUUID(uuid); found && diff.ignored[uuid] {
			staying = append(staying, member)
		}
	}
	if len(staying) > 0 {
		c.resp.Diagnostics.Append(diagnostics.UsersIgnored(diagnostics.RoleLabel(diff.role.Name, ref), roster.SortedByEmail(staying)))
	}
}
