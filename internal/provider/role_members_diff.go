package provider

import (
	"cmp"
	"context"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// memberDiff compares the wanted members of a role with the current ones.
type memberDiff struct {
	role    *roster.Roster
	wanted  map[string]user // by UUID
	ignored map[string]bool // UUIDs of users who are neither added nor removed
}

// toAdd returns the UUIDs of the users to add, ordered by email.
func (d memberDiff) toAdd() []string {
	var users []string
	for uuid := range d.wanted {
		if _, found := d.role.ByUUID(uuid); !found {
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
	return slices.DeleteFunc(roster.SortedByEmail(d.role.Members), func(member posthog.Membership) bool {
		_, isWanted := d.wanted[member.User.UUID]
		return isWanted || d.ignored[member.User.UUID]
	})
}

// toRemoveIfPlanned splits toRemove: planned are the members that the state has, as members or as ignored users; addedSince are the others.
func (d memberDiff) toRemoveIfPlanned(state roleMembersModel, private roleMembersPrivateState) (planned, addedSince []posthog.Membership) {
	members, ignored := mapTexts(state.Members), state.ignoredUUIDs(d.role, private)
	for _, member := range d.toRemove() {
		if _, isMember := members[member.User.UUID]; isMember || ignored[member.User.UUID] {
			planned = append(planned, member)
		} else {
			addedSince = append(addedSince, member)
		}
	}
	return planned, addedSince
}

// toRemoveAll returns the members of a role that a destroy or a move removes: those in state that are not ignored.
func toRemoveAll(state roleMembersModel, role *roster.Roster, private roleMembersPrivateState) []posthog.Membership {
	diff := memberDiff{role: role, ignored: state.ignoredUUIDs(role, private)}
	planned, _ := diff.toRemoveIfPlanned(state, private)
	return planned
}

// userLabel returns a wanted user or a member in a sentence.
func (d memberDiff) userLabel(uuid string) string {
	if member, found := d.role.ByUUID(uuid); found {
		return userOf(member).label()
	}
	return diagnostics.UserLabel(d.wanted[uuid].email, uuid)
}

// roleAfter returns the role after an outcome.
func (d memberDiff) roleAfter(outcome roster.Outcome) *roster.Roster {
	return d.role.With(slices.Concat(outcome.Added, outcome.Existing), outcome.Removed)
}

// checkMaxRemovals returns the error that more members would be removed than max_removals allows. An unknown limit allows all.
func checkMaxRemovals(limit types.Number, role string, removed []posthog.Membership) diag.Diagnostic {
	if limit.IsNull() || limit.IsUnknown() || big.NewFloat(float64(len(removed))).Cmp(limit.ValueBigFloat()) <= 0 {
		return nil
	}
	return diagnostics.TooManyRemovals(role, limit.ValueBigFloat().Text('f', 0), removed)
}

// memberWriter changes the members of one role in a create, an update or a destroy.
type memberWriter struct {
	*providerData

	private roleMembersPrivateState
	ref     posthog.RoleRef
	about   diagnostics.Subject
	config  roleReference // how the configuration names the role; empty for a role that is only removed from
	diags   *diag.Diagnostics
}

// prepare resolves the wanted users, claims their memberships, and then reads the role. ok is false if that fails. Then diags get the error.
func (w *memberWriter) prepare(ctx context.Context, plan roleMembersModel) (diff memberDiff, ok bool) {
	if diff.wanted, ok = w.resolveWanted(ctx, plan); !ok {
		return memberDiff{}, false
	}
	err := w.rosters.Claim(ctx, w.ref, slices.Collect(maps.Keys(diff.wanted)), w.private.Holder)
	if err != nil {
		w.diags.Append(w.messages.UnableToReadRole(w.about, err))
		return memberDiff{}, false
	}
	if diff.role, ok = readRole(ctx, w.providerData, w.ref, w.about, w.diags); !ok {
		return memberDiff{}, false
	}
	if !diff.role.Exists {
		w.diags.Append(roleNotFound(ctx, w.providerData, w.about.Role, w.ref, plan.OrganizationID))
		return memberDiff{}, false
	}
	if failure := checkRoleName(w.config, diff.role, w.ref, currentRole{}); failure != nil {
		w.diags.Append(failure)
		return memberDiff{}, false
	}
	w.about.Label = diagnostics.RoleLabel(diff.role.Name, w.ref)
	diff.ignored = plan.ignoredUUIDs(diff.role, w.private)
	return diff, true
}

// resolveWanted returns the planned members or, if these were unknown, the configured users.
func (w *memberWriter) resolveWanted(ctx context.Context, plan roleMembersModel) (users map[string]user, ok bool) {
	if !plan.Members.IsUnknown() {
		users = map[string]user{}
		for uuid, email := range mapTexts(plan.Members) {
			users[uuid] = user{uuid: uuid, email: email}
		}
		return users, true
	}
	role, ok := readRole(ctx, w.providerData, w.ref, w.about, w.diags)
	if !ok {
		return nil, false
	}
	lookup := userLookup{providerData: w.providerData, role: role, ref: w.ref, about: w.about}
	resolved, failures := lookup.resolveUsers(ctx, plan, w.private)
	w.diags.Append(failures...)
	return resolved.users, !failures.HasError()
}

// write adds and removes members, and warns of members that another resource keeps. ok is false if a change failed; the outcome has the
// failures. If the key may not see all members, nothing is sent and diags get the error.
func (w *memberWriter) write(ctx context.Context, add []string, remove []posthog.Membership) (outcome roster.Outcome, ok bool) {
	if len(add)+len(remove) == 0 {
		return outcome, true
	}
	if failure := requireAdminKey(ctx, w.providerData, w.about); failure != nil {
		w.diags.Append(failure)
		return outcome, false
	}
	outcome = w.rosters.Reconcile(ctx, roster.Change{
		Role: w.ref, Holder: w.private.Holder, Add: add, Remove: remove,
		Progress: func(done, all int) { w.logProgress(ctx, done, all) },
	})
	w.warnKept(outcome.Kept)
	return outcome, len(outcome.Failures) == 0
}

// logProgress logs the progress of a long write. PostHog's limit of 4,800 requests an hour makes thousands of changes take hours.
func (w *memberWriter) logProgress(ctx context.Context, done, all int) {
	tflog.Info(ctx, "changing role members", map[string]any{"role": w.about.Label, "done": done, "all": all})
}

// warnKept names members that another resource keeps.
func (w *memberWriter) warnKept(members []posthog.Membership) {
	if len(members) > 0 {
		w.diags.Append(diagnostics.MembersKept(w.about.Label, members))
	}
}

// A failureMessage is one of the messages about an outcome with failures.
type failureMessage func(about diagnostics.Subject, outcome roster.Outcome, label func(uuid string) string) diag.Diagnostic

// fail reports the failures of an outcome. It reports nothing if write has sent nothing, because diags have the error.
func (w *memberWriter) fail(outcome roster.Outcome, diff memberDiff, message failureMessage) {
	if len(outcome.Failures) > 0 {
		w.diags.Append(message(w.about, outcome, diff.userLabel))
	}
}
