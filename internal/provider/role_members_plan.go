package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// ModifyPlan lists the users that the apply adds and removes, plans moves, and fails what cannot work.
func (r *roleMembersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.configured == nil {
		return
	}
	begun, planned := changeIn[roleMembersModel](ctx, req, resp)
	c := &roleMembersChange{begun, r}
	if c.state != nil {
		*c.state = c.state.normalized()
	}
	modifyPlan(ctx, r.configured, &c.change, c, planned)
}

// A roleMembersChange is one resource's part of a plan.
type roleMembersChange struct {
	change[roleMembersModel]

	resource *roleMembersResource
}

func (c *roleMembersChange) organization() (configured types.String, planned *types.String) {
	return c.config.OrganizationID, &c.plan.OrganizationID
}

// create plans a role that is not in state, or that is replaced. It costs one read of the role, one of the organizations and, if some
// users are not in the role yet, one of the organization's members.
func (c *roleMembersChange) create(ctx context.Context) {
	r := c.resource
	if !r.known() || anyUnknown(c.plan.OrganizationID, c.plan.RoleID) {
		c.createUnknown()
		c.resp.Diagnostics.AddAttributeWarning(path.Root("role_id"), summaryTakesOut, adviceTakesOutUnseen)
		if r.known() && !c.plan.OrganizationID.IsUnknown() {
			if organization, ok := r.resolve(ctx, c.plan.OrganizationID.ValueString(), &c.resp.Diagnostics); ok {
				c.resp.Diagnostics.Append(r.checkEmails(ctx, organization, path.Root("users"), entriesOf(c.config.Users)...))
			}
		}
		return
	}
	organization, ok := r.resolve(ctx, c.plan.OrganizationID.ValueString(), &c.resp.Diagnostics)
	if !ok {
		return
	}
	ref := c.plan.ref(organization)
	c.record.Creates = recorded(ref)
	diff, complete, ok := c.diff(ctx, ref)
	if !ok {
		return
	}
	c.plan.ID, c.plan.RoleName = c.plan.RoleID, types.StringValue(diff.role.Name)
	if !c.allowed(ctx, ref) {
		return
	}
	if complete {
		c.plan.Members = membersOf(diff.wanted)
	}
	c.checkRemovals(diff, ref, diff.toRemove(), complete)
}

// allowed fails the plan if the key may not see all members of a role.
func (c *roleMembersChange) allowed(ctx context.Context, refs ...posthog.RoleRef) bool {
	for _, ref := range refs {
		if failure := c.resource.blind(ctx, ref.OrganizationID, theRoleOf(ref)); failure != nil {
			c.resp.Diagnostics.Append(failure)
			return false
		}
	}
	return true
}

// checkRemovals fails a plan that removes more users than it may, and warns of removals that Terraform does not show, because the
// planned members are unknown or the users are not among the members in state.
func (c *roleMembersChange) checkRemovals(diff memberDiff, ref posthog.RoleRef, removed []posthog.Membership, complete bool) {
	role := nameOf(diff.role, ref)
	if failure := tooMany(c.plan.MaxRemovals, role, removed); failure != nil && !c.config.Users.IsUnknown() && !c.hasUnknownEntries() {
		c.resp.Diagnostics.Append(failure)
		return
	}
	if c.state != nil && complete {
		shown := textsOf(c.state.Members)
		removed = slices.DeleteFunc(removed, func(member posthog.Membership) bool { _, in := shown[member.User.UUID]; return in })
	}
	switch {
	case len(removed) == 0:
	case c.plan.RoleID.IsUnknown():
		c.resp.Diagnostics.AddWarning(summaryTakesOut, fmt.Sprintf("The role is not known until apply. If it stays %s, these members are removed:\n\n%s\n\n%s",
			role, membersListed(removed), adviceTakesOut))
	case c.config.Users.IsUnknown() || c.hasUnknownEntries():
		c.resp.Diagnostics.AddWarning(summaryTakesOut, fmt.Sprintf("Some entries of users are not known until apply. These members of %s are removed unless "+
			"they turn out to be listed:\n\n%s\n\n%s", role, membersListed(removed), adviceTakesOut))
	default:
		c.resp.Diagnostics.AddWarning(summaryTakesOut, fmt.Sprintf("The apply removes these members of %s, which are not in users:\n\n%s\n\n%s",
			role, membersListed(removed), adviceTakesOut))
	}
}

// hasUnknownEntries reports whether an entry of a list is unknown until apply.
func (c *roleMembersChange) hasUnknownEntries() bool {
	return c.config.IgnoredUsers.IsUnknown() || anyUnknown(slices.Concat(entriesOf(c.config.Users), entriesOf(c.config.IgnoredUsers))...)
}

// diff reads the role, declares it, and compares its members with the configured users. complete is false if an entry is unknown or
// matches no user. ok is false if the plan cannot be made; the diagnostics say why.
func (c *roleMembersChange) diff(ctx context.Context, ref posthog.RoleRef) (diff memberDiff, complete, ok bool) {
	r, about := c.resource, c.plan.subject(ref.OrganizationID)
	about.name = named(ref)
	role, ok := r.rolePlanned(ctx, ref, c.plan.OrganizationID, about, &c.resp.Diagnostics)
	if !ok {
		return memberDiff{}, false, false
	}
	about.name = nameOf(role, ref)
	config := c.config
	if c.state != nil {
		c.state.remember(role, &c.record) // The refresh has done so already, if there was one.
		config.Members = c.state.Members
	}
	among := search{configured: r.configured, role: role, ref: ref, about: about}
	if c.state != nil {
		among.written = entriesOf(c.state.Users)
	}
	everybody, diags := among.everybody(ctx, config, c.record)
	if diags.HasError() && !c.allowed(ctx, ref) {
		return memberDiff{}, false, false // This key may not see the users either.
	}
	c.resp.Diagnostics.Append(diags...)
	users := map[string]bool{}
	for uuid := range everybody.users {
		users[uuid] = true
	}
	isNew := c.state == nil || c.state.ref(c.record.OrganizationID) != ref
	if conflict := r.plans.DeclareRole(ref, c.record.Holder, users, isNew); conflict != ownership.NoConflict {
		c.resp.Diagnostics.Append(r.conflict(conflict, path.Empty(), ref, "", about.name))
		return memberDiff{}, false, false
	}
	if role.IsDefault {
		c.resp.Diagnostics.AddAttributeWarning(path.Root("role_id"), summaryDefaultRole, fmt.Sprintf(
			"PostHog gives %s to every user who joins the organization, and the next plan removes them again. %s", about.name, adviceDefaultRole))
	}
	diff = memberDiff{role, everybody.users, c.config.ignoredIn(role, c.record)}
	complete = everybody.complete && !c.config.IgnoredUsers.IsUnknown()
	return diff, complete, !diags.HasError()
}

// update plans a role that is in state: its members change, or the resource moves to another role. Another spelling of the same users
// changes nothing, because a provider may keep the prior value of what means the same.
func (c *roleMembersChange) update(ctx context.Context) {
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
	from, to := c.state.ref(c.record.OrganizationID), c.plan.ref(organization)
	known := !c.plan.RoleID.IsUnknown()
	switch {
	case !known:
		to = from // Most likely. The apply compares the role with the one in state.
	case from != to:
		c.release(from)
		c.move(ctx, from, to)
		return
	default:
		c.plan.ID, c.plan.RoleName = c.state.ID, c.state.RoleName
	}
	diff, complete, ok := c.diff(ctx, to)
	if !ok {
		return
	}
	if complete = complete && known; complete {
		c.keepSame(diff)
		c.warnIgnored(diff, to)
	} else {
		c.plan.Members = types.MapUnknown(types.StringType)
	}
	removed, _ := diff.toRemoveIfPlanned(*c.state, c.record)
	if len(removed)+len(diff.toAdd()) > 0 && !c.allowed(ctx, to) {
		return
	}
	c.checkRemovals(diff, to, removed, complete)
	if c.warnBegun("") {
		c.plan.Members = types.MapUnknown(types.StringType) // Without a change Terraform would not call Update.
	}
}

// move plans that the users are added to another role, and that the users of the old role are removed from it after that.
func (c *roleMembersChange) move(ctx context.Context, from, to posthog.RoleRef) {
	r := c.resource
	diff, complete, ok := c.diff(ctx, to)
	if !ok || !c.allowed(ctx, from, to) {
		return
	}
	c.plan.ID, c.plan.RoleName = c.plan.RoleID, types.StringValue(diff.role.Name)
	if complete {
		c.plan.Members = membersOf(diff.wanted)
	}
	c.resp.Diagnostics.Append(c.resp.Identity.Set(ctx, c.plan.identity(to.OrganizationID))...)
	old, err := r.rosters.CachedRole(ctx, from)
	if err != nil {
		c.resp.Diagnostics.Append(r.unable("read role", "read who is in "+named(from), theRoleOf(from), err))
		return
	}
	removed := c.state.leaving(old, c.record)
	if failure := tooMany(c.plan.MaxRemovals, nameOf(old, from), removed); failure != nil {
		c.resp.Diagnostics.Append(failure)
		return
	}
	detail := fmt.Sprintf("The apply adds %s to %s. Then it removes %s from %s.",
		counted(len(diff.toAdd()), "user"), nameOf(diff.role, to), counted(len(removed), "user"), nameOf(old, from))
	if others := diff.toRemove(); complete && len(others) > 0 {
		detail += fmt.Sprintf("\n\n%s\n\n%s", adviceMoveLeaves, membersListed(others))
	}
	c.resp.Diagnostics.AddAttributeWarning(path.Root("role_id"), summaryRoleMoves, detail)
	c.warnBegun(recorded(to))
}

// keepSame keeps the emails in state of users who stay, and the lists in state if they mean the same.
func (c *roleMembersChange) keepSame(diff memberDiff) {
	prior := textsOf(c.state.Members)
	for uuid, wanted := range diff.wanted {
		if email, in := prior[uuid]; in {
			wanted.email = email
			diff.wanted[uuid] = wanted
		}
	}
	c.plan.Members = membersOf(diff.wanted)
	if maps.Equal(entryKeys(diff, c.config.Users, c.record.Former), entryKeys(diff, c.state.Users, c.record.Former)) {
		c.plan.Users = c.state.Users
	}
	if maps.Equal(entryKeys(diff, c.config.IgnoredUsers, c.record.Ignored), entryKeys(diff, c.state.IgnoredUsers, c.record.Ignored)) &&
		c.config.IgnoredUsers.IsNull() == c.state.IgnoredUsers.IsNull() {
		c.plan.IgnoredUsers = c.state.IgnoredUsers
	}
}

// warnIgnored names users that the plan shows as removed, and that stay: users who are ignored now are no members in state.
func (c *roleMembersChange) warnIgnored(diff memberDiff, ref posthog.RoleRef) {
	var staying []posthog.Membership
	for uuid := range textsOf(c.state.Members) {
		if member, in := diff.role.Find("", uuid); in && diff.ignored[uuid] {
			staying = append(staying, member)
		}
	}
	if len(staying) > 0 {
		c.resp.Diagnostics.AddAttributeWarning(path.Root("ignored_users"), summaryIgnored, fmt.Sprintf(
			"These members of %s are ignored from now on, and not shown in members any more:\n\n%s\n\n%s",
			nameOf(diff.role, ref), membersListed(byEmail(staying)), adviceIgnored))
	}
}

// entryKeys returns the UUIDs of the members that entries match, and all other entries in lower case. known holds UUIDs by former email.
func entryKeys(diff memberDiff, entries types.List, known map[string]string) map[string]bool {
	keys := map[string]bool{}
	for _, entry := range entriesOf(entries) {
		uuids := denoted(diff.role, entry.ValueString(), known)
		if len(uuids) == 0 {
			uuids = []string{strings.ToLower(entry.ValueString())}
		}
		for _, uuid := range uuids {
			keys[uuid] = true
		}
	}
	return keys
}

// updateUnasked plans a role in state while PostHog cannot be asked, or while the organization is unknown.
func (c *roleMembersChange) updateUnasked() {
	if c.config.OrganizationID.IsUnknown() {
		c.plan.OrganizationID = types.StringUnknown()
		return
	}
	if c.resource.known() {
		c.resp.Diagnostics.AddWarning(summaryNotRefreshed, "The provider's organization_id will be known only after apply. "+adviceNotRefreshed)
	}
	if !c.plan.RoleID.Equal(c.state.RoleID) {
		return
	}
	c.plan.ID, c.plan.RoleName = c.state.ID, c.state.RoleName
	if c.config.Users.Equal(c.state.Users) && c.config.IgnoredUsers.Equal(c.state.IgnoredUsers) {
		c.plan.Members = c.state.Members
	}
}

// destroy records that the users of a role are to be removed.
func (c *roleMembersChange) destroy(ctx context.Context) {
	c.record.Creates = ""
	if c.resource.known() && c.resource.settle(ctx, &c.record, c.state.OrganizationID, &c.resp.Diagnostics) {
		c.release(c.state.ref(c.record.OrganizationID))
		c.warnBegun("")
	}
}

func (c *roleMembersChange) release(ref posthog.RoleRef) {
	if conflict := c.resource.plans.ReleaseRole(ref, c.record.Holder); conflict != ownership.NoConflict {
		c.resp.Diagnostics.Append(c.resource.conflict(conflict, path.Empty(), ref, "", c.state.subject(ref.OrganizationID).name))
	}
}

// membersOf returns the value of members for users. The email of a user that PostHog does not list is known after apply.
func membersOf(users map[string]user) types.Map {
	emails := make(map[string]attr.Value, len(users))
	for uuid, user := range users {
		if emails[uuid] = types.StringValue(user.email); user.email == "" {
			emails[uuid] = types.StringUnknown()
		}
	}
	return types.MapValueMust(types.StringType, emails)
}

// leaving returns the members of a role that a destroy or a move removes: those in state that are not ignored.
func (m roleMembersModel) leaving(role *roster.Roster, own record) []posthog.Membership {
	planned, _ := memberDiff{role: role, ignored: m.ignoredIn(role, own)}.toRemoveIfPlanned(m, own)
	return planned
}
