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

// A cast is who is to be in a role, held against who is.
type cast struct {
	role    *roster.Roster
	wanted  map[string]user // by UUID
	ignored map[string]bool // UUIDs of those in the role who are left alone
}

// newcomers returns the UUIDs of those who are wanted and not in the role.
func (c cast) newcomers() []string {
	var users []string
	for uuid := range c.wanted {
		if _, in := c.role.Find("", uuid); !in {
			users = append(users, uuid)
		}
	}
	slices.SortFunc(users, func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(c.wanted[a].email), strings.ToLower(c.wanted[b].email)), strings.Compare(a, b))
	})
	return users
}

// others returns those in the role who are neither wanted nor ignored, by email.
func (c cast) others() []posthog.Membership {
	var others []posthog.Membership
	for _, member := range byEmail(c.role.Members) {
		if _, wanted := c.wanted[member.User.UUID]; !wanted && !c.ignored[member.User.UUID] {
			others = append(others, member)
		}
	}
	return others
}

// othersIn returns the others whom a state tells of, as members or as ignored, and those who have come since.
func (c cast) othersIn(state roleMembersModel, own record) (in, out []posthog.Membership) {
	members, ignored := textsOf(state.Members), state.ignoredIn(c.role, own)
	for _, member := range c.others() {
		if _, known := members[member.User.UUID]; known || ignored[member.User.UUID] {
			in = append(in, member)
		} else {
			out = append(out, member)
		}
	}
	return in, out
}

// person names somebody who is wanted or in the role.
func (c cast) person(uuid string) string {
	if member, in := c.role.Find("", uuid); in {
		return userOf(member).String()
	}
	return person(c.wanted[uuid].email, uuid)
}

// roleMembersWork is what a create, an update or a destroy of a whole role does in PostHog.
type roleMembersWork struct {
	*roleMembersResource

	own   record
	ref   posthog.RoleRef
	about subject
	diags *diag.Diagnostics
}

// begin finds out who is wanted, claims them, and reads who is there after that. ok is false when that fails; the
// diagnostics say why.
func (w *roleMembersWork) begin(ctx context.Context, plan roleMembersModel) (people cast, ok bool) {
	if people.wanted, ok = w.wanted(ctx, plan); !ok {
		return cast{}, false
	}
	err := w.rosters.Claim(ctx, w.ref, slices.Collect(maps.Keys(people.wanted)), w.own.Holder)
	if err == nil {
		people.role, err = w.rosters.Roster(ctx, w.ref)
	}
	switch {
	case err != nil:
		w.diags.Append(w.unable("read role", "read who is in "+w.about.name, w.about, err))
		return cast{}, false
	case !people.role.Exists:
		w.diags.Append(noSuchRole(path.Root("role_id"), w.ref))
		return cast{}, false
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
	everybody, failures := search{w.configured, role, w.ref, w.about}.everybody(ctx, plan, w.own)
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
	w.tellOfKept(outcome.Kept)
	return outcome, len(outcome.Failures) == 0
}

// logProgress tells how far a long change is: with PostHog's limit of 4,800 requests an hour, thousands take hours.
func (w *roleMembersWork) logProgress(ctx context.Context, done, all int) {
	tflog.Info(ctx, "changing who is in a role", map[string]any{"role": w.about.name, "done": done, "all": all})
}

// applied returns the model as it is after everything that was planned has been done.
func (m roleMembersModel) applied(people cast, outcome roster.Outcome) roleMembersModel {
	emails := make(map[string]string, len(people.wanted))
	for uuid := range people.wanted {
		emails[uuid] = people.wanted[uuid].email
		if member, in := people.role.Find("", uuid); in {
			emails[uuid] = member.User.Email
		}
	}
	for _, member := range outcome.Added {
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
	keepText(&m.RoleName, types.StringValue(people.role.Name))
	return m
}

// keepText gives a value that is not known what it has turned out to be.
func keepText(value *types.String, found types.String) {
	if value.IsUnknown() || value.IsNull() {
		*value = found
	}
}

// after returns the role as an outcome has left it.
func (c cast) after(outcome roster.Outcome) *roster.Roster {
	return c.role.With(outcome.Added, outcome.Removed)
}

// fail says who was not added or removed, and why: each reason once, with everybody whom it holds for. closing says what
// is in state now.
func (w *roleMembersWork) fail(outcome roster.Outcome, people cast, closing string) {
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
	done, all := len(outcome.Added)+len(outcome.Removed), len(outcome.Added)+len(outcome.Removed)+len(outcome.Failures)
	var detail strings.Builder
	switch all {
	case 1:
		fmt.Fprintf(&detail, "The provider could not make the one change to who is in %s.", w.about.name)
	default:
		fmt.Fprintf(&detail, "The provider could not make all %d changes to who is in %s: %d failed or %s not tried, %d %s done.",
			all, w.about.name, len(outcome.Failures), wasOrWere(len(outcome.Failures)), done, isOrAre(done))
	}
	for _, g := range groups {
		fmt.Fprintf(&detail, "\n\n%s:\n  %s\n\n%s", g.heading, strings.Join(g.people, "\n  "), g.reason)
	}
	w.diags.AddError(fmt.Sprintf(summaryUnable, "change who is in the role"), detail.String()+"\n\n"+closing)
}

// reasonOf says what was not done for somebody, and why, with what to do about it.
func (w *roleMembersWork) reasonOf(failure roster.Failure) (heading, reason string) {
	heading = "Not added"
	if failure.Removing {
		heading = "Not removed"
	}
	switch e := failure.Err.(type) { //nolint:errorlint // Package roster returns its errors unwrapped.
	case *roster.UnclearError:
		story, _ := unclearStory(w.about, e)
		return "Perhaps added", story // The next apply finds out.
	case *roster.RefusedError, *roster.StoppedError:
		heading += ", and not tried"
	case *roster.HiddenError:
		// The user is named above.
		return heading, "PostHog says that the user is already part of the role, but does not list the user in it. " + adviceHidden
	}
	story, advice, _ := explain(w.about, failure.Err)
	return heading, story + "\n" + advice
}

// tellOfKept says who was to go, and stays.
func (w *roleMembersWork) tellOfKept(members []posthog.Membership) {
	if len(members) > 0 {
		w.diags.AddWarning(summaryKept, fmt.Sprintf("%s %s left in %s:\n\n%s\n\n%s",
			counted(len(members)), wasOrWere(len(members)), w.about.name, membersListed(members), adviceKept))
	}
}

// tellOfUnplanned says who has come into the role since the plan, and stays.
func (w *roleMembersWork) tellOfUnplanned(members []posthog.Membership) {
	if len(members) > 0 {
		w.diags.AddWarning(summaryUnplanned, fmt.Sprintf("%s came into %s after the plan, which therefore did not show that they go:\n\n%s\n\n%s",
			counted(len(members)), w.about.name, membersListed(members), adviceUnplanned))
	}
}

// tooMany is the error about a plan that takes more people out than it may; nil when it does not.
func tooMany(most types.Number, role string, leaving []posthog.Membership) diag.Diagnostic {
	if most.IsNull() || most.IsUnknown() || big.NewFloat(float64(len(leaving))).Cmp(most.ValueBigFloat()) <= 0 {
		return nil
	}
	return at(path.Root("max_removals"), summaryTooMany, fmt.Sprintf("This takes %s out of %s, and max_removals is %s:\n\n%s\n\n%s",
		counted(len(leaving)), role, most.ValueBigFloat().Text('f', 0), membersListed(leaving), adviceTooMany))
}

// membersListed names members, one in a line.
func membersListed(members []posthog.Membership) string {
	var users []user
	for _, member := range members {
		users = append(users, userOf(member))
	}
	return enumerated(users)
}

// counted counts people.
func counted(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func wasOrWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
