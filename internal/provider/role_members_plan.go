package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// ModifyPlan says who comes and who goes, and fails what cannot work.
func (r *roleMembersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.configured == nil {
		return
	}
	begun, planned := changeIn[roleMembersModel](ctx, req, resp)
	c := &roleMembersChange{begun, r}
	modifyPlan(ctx, r.configured, &c.change, c, planned)
}

// A roleMembersChange is one whole role's part of a plan.
type roleMembersChange struct {
	change[roleMembersModel]

	resource *roleMembersResource
}

func (c *roleMembersChange) organization() (configured types.String, planned *types.String) {
	return c.config.OrganizationID, &c.plan.OrganizationID
}

// create plans a role that is not in state, or will not be by then. It costs one read of the role, one of the organizations
// and, where somebody is not in the role yet, one of the organization's members; and nothing as long as the ids are not known.
func (c *roleMembersChange) create(ctx context.Context) {
	r := c.resource
	if !r.known() || anyUnknown(c.plan.OrganizationID, c.plan.RoleID) {
		c.resp.Diagnostics.AddAttributeWarning(path.Root("role_id"), summaryTakesOut,
			"Which role it is will be known only after apply, and so who is in it. "+adviceTakesOutUnseen)
		return
	}
	organization, ok := r.resolve(ctx, c.plan.OrganizationID.ValueString(), &c.resp.Diagnostics)
	if !ok {
		return
	}
	ref := c.plan.ref(organization)
	c.record.Creates = recorded(ref)
	if clash := r.declared.declareWhole(ref, c.record.Holder); clash != noClash {
		name := named(ref)
		if role, err := r.rosters.Latest(ctx, ref); err == nil {
			name = nameOf(role, ref)
		}
		c.resp.Diagnostics.Append(r.roleClashes(clash, name))
		return
	}
	people, complete, ok := c.people(ctx, ref)
	if !ok {
		return
	}
	c.plan.ID, c.plan.RoleName = c.plan.RoleID, types.StringValue(people.role.Name)
	c.warnOfDefault(people.role, ref)
	if failure := r.blind(ctx, organization, theRoleOf(ref)); failure != nil {
		c.resp.Diagnostics.Append(failure)
		return
	}
	if !complete {
		if others := people.others(); len(others) > 0 {
			c.resp.Diagnostics.AddWarning(summaryTakesOut, fmt.Sprintf("Some of the users will be known only after apply. Unless they are among them, it takes out of %s:\n\n%s\n\n%s",
				nameOf(people.role, ref), membersListed(others), adviceTakesOut))
		}
		return
	}
	c.plan.Members = membersOf(people.wanted)
	c.tellOfRemovals(people, ref, people.others())
}

// tellOfRemovals fails a plan that takes out more people than it may, and warns of those whose removal Terraform does not
// show, because they are not among the members in state.
func (c *roleMembersChange) tellOfRemovals(people cast, ref posthog.RoleRef, leaving []posthog.Membership) {
	role := nameOf(people.role, ref)
	if failure := tooMany(c.plan.MaxRemovals, role, leaving); failure != nil {
		c.resp.Diagnostics.Append(failure)
		return
	}
	if c.state != nil {
		shown := textsOf(c.state.Members)
		leaving = slices.DeleteFunc(leaving, func(member posthog.Membership) bool { _, in := shown[member.User.UUID]; return in })
	}
	if n := len(leaving); n > 0 {
		c.resp.Diagnostics.AddWarning(summaryTakesOut, fmt.Sprintf("%s %s in %s and %s not declared. The apply takes them out:\n\n%s\n\n%s",
			counted(n), isOrAre(n), role, isOrAre(n), membersListed(leaving), adviceTakesOut))
	}
}

// people reads the role, and finds out who is declared. complete is false when somebody is not known yet. ok is false when
// the plan cannot be made; the diagnostics say why.
func (c *roleMembersChange) people(ctx context.Context, ref posthog.RoleRef) (people cast, complete, ok bool) {
	r, about := c.resource, c.plan.subject(ref.OrganizationID)
	about.name = named(ref)
	role, ok := r.rolePlanned(ctx, ref, about, &c.resp.Diagnostics)
	if !ok {
		return cast{}, false, false
	}
	about.name = nameOf(role, ref)
	config := c.config
	if c.state != nil {
		c.state.remember(role, &c.record) // The refresh has done so already, if there was one.
		config.Members = c.state.Members
	}
	everybody, diags := search{r.configured, role, ref, about}.everybody(ctx, config, c.record)
	c.resp.Diagnostics.Append(diags...)
	people = cast{role, everybody.users, c.config.ignoredIn(role, c.record)}
	complete = everybody.complete && !c.config.IgnoredUsers.IsUnknown()
	return people, complete, !diags.HasError()
}

// keepOrReplace plans a role that is in state. Another role or organization replaces it; users who are the same people do
// not change it, however they are written. A provider may keep the prior value of what means the same.
func (c *roleMembersChange) keepOrReplace(ctx context.Context) {
	r := c.resource
	c.record.Creates = ""
	written := c.plan.OrganizationID
	c.plan.OrganizationID = c.state.OrganizationID
	if !r.known() || written.IsUnknown() {
		c.planBlindly()
		return
	}
	var organization string
	var ok bool
	c.plan.OrganizationID, organization, ok = r.organizationPlanned(ctx, &c.record, c.state.OrganizationID, written, c.resp)
	if !ok {
		return
	}
	if c.plan.RoleID.IsUnknown() {
		return // It may well be the same role: who is in it is not put out for a name that is not known yet.
	}
	was, will := c.state.ref(c.record.OrganizationID), c.plan.ref(organization)
	if was != will {
		c.giveUp(was)
		return // Terraform plans what takes its place anew.
	}
	if clash := r.declared.declareWhole(will, c.record.Holder); clash != noClash {
		c.resp.Diagnostics.Append(r.roleClashes(clash, c.state.subject(organization).name))
		return
	}
	c.plan.ID, c.plan.RoleName = c.state.ID, c.state.RoleName
	people, complete, ok := c.people(ctx, will)
	if !ok {
		return
	}
	c.warnOfDefault(people.role, will)
	if !complete {
		return
	}
	c.keepSame(people)
	c.tellOfIgnored(people, will)
	leaving, _ := people.othersIn(*c.state, c.record)
	if len(leaving)+len(people.newcomers()) > 0 {
		if failure := r.blind(ctx, organization, theRoleOf(will)); failure != nil {
			c.resp.Diagnostics.Append(failure)
		}
	}
	c.tellOfRemovals(people, will, leaving)
}

// keepSame keeps what state has for the same people.
func (c *roleMembersChange) keepSame(people cast) {
	prior := textsOf(c.state.Members)
	same := len(prior) == len(people.wanted)
	for uuid, somebody := range people.wanted {
		if email, in := prior[uuid]; in {
			somebody.email = email
			people.wanted[uuid] = somebody
		} else {
			same = false
		}
	}
	if c.plan.Members = membersOf(people.wanted); same {
		c.plan.Users = c.state.Users
	}
	if maps.Equal(c.meant(people, c.config.IgnoredUsers), c.meant(people, c.state.IgnoredUsers)) && c.config.IgnoredUsers.IsNull() == c.state.IgnoredUsers.IsNull() {
		c.plan.IgnoredUsers = c.state.IgnoredUsers
	}
}

// tellOfIgnored says who seems to go in the plan, and stays: who is ignored from now on is no longer among the members.
func (c *roleMembersChange) tellOfIgnored(people cast, ref posthog.RoleRef) {
	var staying []posthog.Membership
	for uuid := range textsOf(c.state.Members) {
		if member, in := people.role.Find("", uuid); in && people.ignored[uuid] {
			staying = append(staying, member)
		}
	}
	if n := len(staying); n > 0 {
		c.resp.Diagnostics.AddAttributeWarning(path.Root("ignored_users"), summaryIgnored, fmt.Sprintf(
			"%s %s ignored from now on, and so no longer shown among the members of %s:\n\n%s\n\n%s",
			counted(n), isOrAre(n), nameOf(people.role, ref), membersListed(byEmail(staying)), adviceIgnored))
	}
}

// meant returns whom entries mean: UUIDs of those in the role, and of all others what is written.
func (c *roleMembersChange) meant(people cast, entries types.List) map[string]bool {
	all := map[string]bool{}
	for _, entry := range entriesOf(entries) {
		uuids := denoted(people.role, entry.ValueString(), c.record.Ignored)
		if len(uuids) == 0 {
			uuids = []string{strings.ToLower(entry.ValueString())}
		}
		for _, uuid := range uuids {
			all[uuid] = true
		}
	}
	return all
}

// planBlindly plans a role that is in state while PostHog cannot be asked, or which organization is meant is not known yet.
func (c *roleMembersChange) planBlindly() {
	if c.config.OrganizationID.IsUnknown() {
		c.plan.OrganizationID = types.StringUnknown() // As with a role_id that is not known.
	} else if c.resource.known() {
		c.resp.Diagnostics.AddWarning(summaryNotRefreshed, "The provider's organization_id will be known only after apply. "+adviceNotRefreshed)
	}
	c.plan.ID, c.plan.RoleName = c.state.ID, c.state.RoleName
	if c.config.Users.Equal(c.state.Users) && c.config.IgnoredUsers.Equal(c.state.IgnoredUsers) {
		c.plan.Members = c.state.Members
	}
}

// warnOfDefault warns of a role that PostHog fills by itself.
func (c *roleMembersChange) warnOfDefault(role *roster.Roster, ref posthog.RoleRef) {
	if role.IsDefault {
		c.resp.Diagnostics.AddAttributeWarning(path.Root("role_id"), summaryDefaultRole, fmt.Sprintf(
			"PostHog gives %s to everybody who joins the organization, and the next plan takes them out again. %s", nameOf(role, ref), adviceDefaultRole))
	}
}

// destroy notes that a role is to be emptied.
func (c *roleMembersChange) destroy(ctx context.Context) {
	c.record.Creates = ""
	if c.resource.known() && c.resource.settle(ctx, &c.record, c.state.OrganizationID, &c.resp.Diagnostics) {
		c.giveUp(c.state.ref(c.record.OrganizationID))
	}
}

func (c *roleMembersChange) giveUp(ref posthog.RoleRef) {
	if clash := c.resource.declared.giveUpWhole(ref, c.record.Holder); clash != noClash {
		c.resp.Diagnostics.Append(c.resource.roleClashes(clash, c.state.subject(ref.OrganizationID).name))
	}
}

// membersOf returns the value of members for users; the email of one whom PostHog does not tell of is known after apply.
func membersOf(users map[string]user) types.Map {
	emails := make(map[string]attr.Value, len(users))
	for uuid, somebody := range users {
		if emails[uuid] = types.StringValue(somebody.email); somebody.email == "" {
			emails[uuid] = types.StringUnknown()
		}
	}
	return types.MapValueMust(types.StringType, emails)
}

// roleClashes says what does not go together about a role, and what to write instead. A thousand single memberships may find
// the same: it is told once, and nil from then on.
func (c *configured) roleClashes(kind clash, role string) diag.Diagnostic {
	for _, known := range []struct {
		kind                    clash
		summary, what, whatToDo string
	}{
		{mixed, summaryMixed, "%s is declared whole by a posthog_role_members of this configuration, and in part by a posthog_role_membership.", adviceMixed},
		{wholeTwice, summaryWholeTwice, "Two posthog_role_members of this configuration declare the whole of %s.", adviceWholeTwice},
		{wholeMoved, summaryWholeMoved, "The whole of %s is destroyed at one address of this configuration and declared at another.", adviceWholeMoved},
		{intoWhole, summaryIntoWhole, "%s is declared whole, and single memberships of it are destroyed, which takes people out of it.", adviceIntoWhole},
		{outOfWhole, summaryOutOfWhole, "The whole of %s is destroyed, which takes everybody out of it, and single memberships of it are declared.", adviceOutOfWhole},
	} {
		if known.kind == kind {
			if _, told := c.told.LoadOrStore(known.summary+role, true); told {
				return nil
			}
			return at(path.Empty(), known.summary, capital(fmt.Sprintf(known.what, role))+" "+known.whatToDo)
		}
	}
	return nil
}
