package provider

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// memberDiff compares the desired members of a role with the current ones.
type memberDiff struct {
	role    *roster.Roster
	wanted  map[string]user // by UUID
	ignored map[string]bool // UUIDs of members that are neither added nor removed
}

// toAdd returns the UUIDs of the users to add, ordered by email.
func (d memberDiff) toAdd() []string {
	var users []string
	for uuid := range d.wanted {
		if _, in := d.role.Find("", uuid); !in {
			users = append(users, uuid)
		}
	}
	slices.SortFunc(users, func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(d.wanted[a].email), strings.ToLower(d.wanted[b].email)), strings.Compare(a, b))
	})
	return users
}

// toRemove returns the members that are neither wanted nor ignored, ordered by email.
func (d memberDiff) toRemove() []posthog.Membership {
	var others []posthog.Membership
	for _, member := range byEmail(d.role.Members) {
		if _, wanted := d.wanted[member.User.UUID]; !wanted && !d.ignored[member.User.UUID] {
			others = append(others, member)
		}
	}
	return others
}

// toRemoveIfPlanned splits toRemove: planned are members that a state has, as members or as ignored; since were added after it.
func (d memberDiff) toRemoveIfPlanned(state roleMembersModel, own record) (planned, since []posthog.Membership) {
	members, ignored := textsOf(state.Members), state.ignoredIn(d.role, own)
	for _, member := range d.toRemove() {
		if _, known := members[member.User.UUID]; known || ignored[member.User.UUID] {
			planned = append(planned, member)
		} else {
			since = append(since, member)
		}
	}
	return planned, since
}

// person names a user who is wanted or in the role.
func (d memberDiff) person(uuid string) string {
	if member, in := d.role.Find("", uuid); in {
		return userOf(member).String()
	}
	return person(d.wanted[uuid].email, uuid)
}

// roleMembersWork changes the members of one role for a create, an update or a destroy.
type roleMembersWork struct {
	*roleMembersResource

	own   record
	ref   posthog.RoleRef
	about subject
	diags *diag.Diagnostics
}

// begin resolves the wanted users, claims them, and reads the role after that. ok is false if that fails; the diagnostics say why.
func (w *roleMembersWork) begin(ctx context.Context, plan roleMembersModel) (people memberDiff, ok bool) {
	if people.wanted, ok = w.wanted(ctx, plan); !ok {
		return memberDiff{}, false
	}
	err := w.rosters.Claim(ctx, w.ref, slices.Collect(maps.Keys(people.wanted)), w.own.Holder)
	if err == nil {
		people.role, err = w.rosters.Roster(ctx, w.ref)
	}
	switch {
	case err != nil:
		w.diags.Append(w.unable("read role", "read who is in "+w.about.name, w.about, err))
		return memberDiff{}, false
	case !people.role.Exists:
		w.diags.Append(w.noSuchRoleIn(ctx, w.ref, plan.OrganizationID))
		return memberDiff{}, false
	}
	w.about.name = nameOf(people.role, w.ref)
	people.ignored = plan.ignoredIn(people.role, w.own)
	return people, true
}

// wanted returns who is planned to be in the role or, where that was not known, who is declared.
func (w *roleMembersWork) wanted(ctx context.Context, plan roleMembersModel) (users map[string]user, ok bool) {
	if !plan.Members.IsUnknown() {
		users = map[string]user{}
		for uuid, email := range textsOf(plan.Members) {
			users[uuid] = user{uuid: uuid, email: email}
		}
		return users, true
	}
	role, err := w.rosters.Roster(ctx, w.ref)
	if err != nil {
		w.diags.Append(w.unable("read role", "read who is in "+w.about.name, w.about, err))
		return nil, false
	}
	everybody, failures := search{configured: w.configured, role: role, ref: w.ref, about: w.about}.everybody(ctx, plan, w.own)
	w.diags.Append(failures...)
	return everybody.users, !failures.HasError()
}

// do adds and removes. ok is false when that has not all been done; what PostHog refused is in the outcome.
func (w *roleMembersWork) do(ctx context.Context, add []string, remove []posthog.Membership) (outcome roster.Outcome, ok bool) {
	if len(add)+len(remove) == 0 {
		return outcome, true
	}
	if failure := w.blind(ctx, w.ref.OrganizationID, w.about); failure != nil {
		w.diags.Append(failure)
		return outcome, false
	}
	outcome = w.rosters.Reconcile(ctx, roster.Change{
		Role: w.ref, Holder: w.own.Holder, Add: add, Remove: remove,
		Progress: func(done, all int) { w.logProgress(ctx, done, all) },
	})
	w.warnKept(outcome.Kept)
	return outcome, len(outcome.Failures) == 0
}

// logProgress tells how far a long change is: with PostHog's limit of 4,800 requests an hour, thousands take hours.
func (w *roleMembersWork) logProgress(ctx context.Context, done, all int) {
	tflog.Info(ctx, "changing who is in a role", map[string]any{"role": w.about.name, "done": done, "all": all})
}

// applied returns the model as it is after everything that was planned has been done.
func (m roleMembersModel) applied(people memberDiff, outcome roster.Outcome) roleMembersModel {
	emails := make(map[string]string, len(people.wanted))
	for uuid := range people.wanted {
		emails[uuid] = people.wanted[uuid].email
		if member, in := people.role.Find("", uuid); in {
			emails[uuid] = member.User.Email
		}
	}
	for _, member := range slices.Concat(outcome.Added, outcome.Existing) {
		emails[member.User.UUID] = member.User.Email
	}
	// What was planned is kept: Terraform takes nothing else from an apply.
	for uuid, email := range textsOf(m.Members) {
		if email != "" {
			emails[uuid] = email
		}
	}
	m.Members = textMap(emails)
	m.ID = m.RoleID
	if m.RoleName.IsUnknown() {
		m.RoleName = types.StringValue(people.role.Name)
	}
	return m
}

// after returns the role as an outcome has left it.
func (d memberDiff) after(outcome roster.Outcome) *roster.Roster {
	return d.role.With(slices.Concat(outcome.Added, outcome.Existing), outcome.Removed)
}

// fail says who was not added or removed, and why: each reason once, with everybody whom it holds for. closing says what
// is in state now.
func (w *roleMembersWork) fail(outcome roster.Outcome, people memberDiff, closing string) {
	if len(outcome.Failures) == 0 {
		return
	}
	type group struct {
		heading string
		people  []string
		reason  string
	}
	var groups []*group
	known := map[string]*group{}
	for _, failure := range outcome.Failures {
		heading, reason := w.reasonOf(failure)
		g, ok := known[heading+reason]
		if !ok {
			g = &group{heading: heading, reason: reason}
			known[heading+reason] = g
			groups = append(groups, g)
		}
		g.people = append(g.people, people.person(failure.UserUUID))
	}
	done := len(outcome.Added) + len(outcome.Existing) + len(outcome.Removed)
	all := done + len(outcome.Failures) + len(outcome.Skipped)
	var detail strings.Builder
	fmt.Fprintf(&detail, "The provider made %d of %s to the members of %s.", done, counted(all, "change"), w.about.name)
	for _, g := range groups {
		fmt.Fprintf(&detail, "\n\n%s:\n  %s\n\n%s", g.heading, strings.Join(g.people, "\n  "), g.reason)
	}
	if len(outcome.Skipped) > 0 {
		fmt.Fprintf(&detail, "\n\n%s\n\n%s", adviceSkipped, membersListed(outcome.Skipped))
	}
	w.diags.AddError(fmt.Sprintf(summaryUnable, "change who is in the role"), detail.String()+"\n\n"+closing)
}

// reasonOf says what was not done for somebody, and why, with what to do about it.
func (w *roleMembersWork) reasonOf(failure roster.Failure) (heading, reason string) {
	heading = "Not added"
	switch {
	case failure.Removing && posthog.MayHaveHappened(failure.Err):
		heading = "Perhaps removed"
	case failure.Removing:
		heading = "Not removed"
	}
	switch e := failure.Err.(type) { //nolint:errorlint // Package roster returns its errors unwrapped.
	case *roster.UnclearError:
		story, _ := unclearStory(w.about, e)
		return "Perhaps added", story // The next apply finds out.
	case *roster.SkippedAfterRefusalError, *roster.SkippedAfterFailuresError:
		heading += ", and not tried"
	case *roster.HiddenError:
		// The user is named above.
		return heading, "PostHog says that the user is already part of the role, but does not list the user in it. " + adviceHidden
	}
	story, advice, _ := explain(w.about, failure.Err)
	return heading, story + "\n" + advice
}

// warnKept names members that were to be removed, and that another resource manages.
func (w *roleMembersWork) warnKept(members []posthog.Membership) {
	if len(members) > 0 {
		w.diags.AddWarning(summaryKept, fmt.Sprintf("These members of %s are not removed:\n\n%s\n\n%s",
			w.about.name, membersListed(members), adviceKept))
	}
}

// warnAddedSincePlan names members that were added after the plan was made.
func (w *roleMembersWork) warnAddedSincePlan(members []posthog.Membership) {
	if len(members) > 0 {
		w.diags.AddWarning(summaryUnplanned, fmt.Sprintf("These users were added to %s after the plan was made, so the plan did not list their removal:\n\n%s\n\n%s",
			w.about.name, membersListed(members), adviceUnplanned))
	}
}

// tooMany is the error about a plan that takes more people out than it may; nil when it does not.
func tooMany(most types.Number, role string, leaving []posthog.Membership) diag.Diagnostic {
	if most.IsNull() || most.IsUnknown() || big.NewFloat(float64(len(leaving))).Cmp(most.ValueBigFloat()) <= 0 {
		return nil
	}
	return at(path.Root("max_removals"), summaryTooMany, fmt.Sprintf("This removes %s of %s, and max_removals is %s:\n\n%s\n\n%s",
		counted(len(leaving), "member"), role, most.ValueBigFloat().Text('f', 0), membersListed(leaving), adviceTooMany))
}

// membersListed lists members, one in a line.
func membersListed(members []posthog.Membership) string { return enumerated(members, member) }

// counted writes a number and what it counts.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
