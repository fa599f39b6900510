package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// Update changes the members, or moves them to another role. After a failure the state has the current members.
func (r *roleMembersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan roleMembersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	in, ok := openState[roleMembersModel, roleMembersPrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
	if !ok || !r.requireReady(&resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, in.state.identity(in.organization.ID))...) // For the state that stays after an error.
	organization, ok := changedOrganization(ctx, r.providerData, in.organization, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	if plan.RoleID, ok = resolveRoleInApply(ctx, r.providerData, plan.roleReference(), organization.ID, &resp.Diagnostics); !ok {
		return
	}
	writer := &memberWriter{
		providerData: r.providerData, private: in.private, ref: plan.roleRef(organization.ID),
		about: plan.subject(organization.ID, config), config: config.roleReference(), diags: &resp.Diagnostics,
	}
	diff, ok := writer.prepare(ctx, plan)
	if !ok {
		return
	}
	if in.state.roleRef(in.organization.ID) != writer.ref {
		r.move(ctx, writer, diff, &in, plan, resp)
		writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
		return
	}
	// Remove only users that the plan listed. Users added since then stay until the next plan.
	removed, addedSince := diff.toRemoveIfPlanned(in.state, in.private)
	if failure := checkMaxRemovals(plan.MaxRemovals, writer.about.Label, removed); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	outcome, ok := writer.write(ctx, diff.toAdd(), removed)
	if ok {
		r.plans.MarkRoleApplied(writer.ref)
		if len(addedSince) > 0 {
			resp.Diagnostics.Append(diagnostics.UsersAddedSincePlan(writer.about.Label, addedSince))
		}
		plan.recordEmails(diff.role, &in.private)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan.withOutcome(diff, outcome))...)
		removeBegun(ctx, r.providerData, &in.private.privateState, &resp.Diagnostics)
	} else {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan.withRole(diff.roleAfter(outcome), in.private))...)
		writer.fail(outcome, diff, diagnostics.MembersNotUpdated)
	}
	writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
}

// move adds the users to another role, then removes the users in state from the old one. Private state has the added users until the move is
// finished. Other members of the new role stay until the next plan lists them.
func (r *roleMembersResource) move(
	ctx context.Context, writer *memberWriter, diff memberDiff, in *storedRoleMembers, plan roleMembersModel, resp *resource.UpdateResponse,
) {
	from := in.state.roleRef(in.organization.ID)
	oldRole, ok := readRole(ctx, r.providerData, from, diagnostics.RoleSubject("", from), &resp.Diagnostics)
	if !ok {
		return
	}
	oldWriter := &memberWriter{
		providerData: r.providerData, private: in.private, ref: from, about: diagnostics.RoleSubject(oldRole.Name, from), diags: &resp.Diagnostics,
	}
	removed := toRemoveAll(in.state, oldRole, in.private)
	if failure := checkMaxRemovals(plan.MaxRemovals, oldWriter.about.Label, removed); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	added, ok := writer.write(ctx, diff.toAdd(), nil)
	recordAdded(&in.private.privateState, writer.ref, added)
	if !ok {
		writer.fail(added, diff, func(about diagnostics.Subject, outcome roster.Outcome, label func(string) string) diag.Diagnostic {
			return diagnostics.MembersNotMoved(about, outcome, label, oldWriter.about.Label)
		})
		return
	}
	r.plans.MarkRoleApplied(writer.ref)
	outcome, ok := oldWriter.write(ctx, nil, removed)
	if !ok {
		oldDiff := memberDiff{role: oldRole, ignored: in.state.ignoredUUIDs(oldRole, in.private)}
		resp.Diagnostics.Append(resp.State.Set(ctx, in.state.withRole(oldDiff.roleAfter(outcome), in.private))...)
		oldWriter.fail(outcome, oldDiff, diagnostics.OldMembersNotRemoved)
		return
	}
	in.private.recordOrganization(plan.OrganizationID, writer.ref.OrganizationID)
	in.private.FormerEmails, in.private.Ignored = nil, nil
	in.private.endRole(roleKey(writer.ref))
	plan.recordEmails(diff.role, &in.private)
	state := plan.withOutcome(diff, added)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(writer.ref.OrganizationID))...)
	removeBegun(ctx, r.providerData, &in.private.privateState, &resp.Diagnostics)
}

// recordAdded records the users that a move has added to a role, or may have added.
func recordAdded(private *privateState, ref posthog.RoleRef, outcome roster.Outcome) {
	for _, membership := range outcome.Added {
		private.beginMember(ownership.Member{Role: ref, UserUUID: membership.User.UUID})
	}
	for _, failure := range outcome.Failures {
		if _, isUnclear := errors.AsType[*roster.UnclearError](failure.Err); isUnclear {
			private.beginMember(ownership.Member{Role: ref, UserUUID: failure.UserUUID})
		}
	}
}

// Delete removes the users in state, and those that an unfinished move has added. It keeps the members of a role that the create half of
// the same replacement needs, or that another resource manages.
func (r *roleMembersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	in, ok := openState[roleMembersModel, roleMembersPrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
	if !ok || !r.requireReady(&resp.Diagnostics) {
		return
	}
	ref, about := in.state.roleRef(in.organization.ID), in.state.subject(in.organization.ID, in.state)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, in.state.identity(in.organization.ID))...) // For the state that stays after an error.
	if in.private.Creates == createsUnknown {
		resp.Diagnostics.Append(diagnostics.ReplacementUnknown())
		return
	}
	role, ok := readRole(ctx, r.providerData, ref, about, &resp.Diagnostics)
	if !ok {
		return
	}
	if in.isUnclear && !role.Exists {
		resp.Diagnostics.Append(diagnostics.OrganizationUnclear(ref))
		return
	}
	// Even if no member is visible, because hidden members would stay in the role.
	if failure := requireAdminKey(ctx, r.providerData, about); failure != nil && role.Exists {
		resp.Diagnostics.Append(failure)
		return
	}
	isSkipped, original := in.private.Creates == roleKey(ref), in.private
	in.private.endRole(in.private.Creates) // The create half keeps what a move has begun.
	in.private.Creates = ""
	if !removeBegun(ctx, r.providerData, &in.private.privateState, &resp.Diagnostics) {
		writePrivateState(ctx, resp.Private, original, &resp.Diagnostics) // A membership that was removed since does no harm.
		return
	}
	if isSkipped {
		canCreate(ctx, r.providerData, in.organization, &resp.Diagnostics)
		return
	}
	in.private.identify(&r.plans, ref)
	writer := &memberWriter{
		providerData: r.providerData, private: in.private, ref: ref, about: diagnostics.RoleSubject(role.Name, ref), diags: &resp.Diagnostics,
	}
	removed := toRemoveAll(in.state, role, in.private)
	switch isDeclared, isNew := r.plans.RoleDeclaredByAnother(ref, in.private.Holder); {
	case isDeclared && isNew:
		resp.Diagnostics.Append(r.messages.RoleStillDeclared(writer.about, ref))
		return
	case isDeclared:
		writer.warnKept(removed) // The other resource removes the members that it does not want.
		return
	}
	outcome, ok := writer.write(ctx, nil, removed)
	if !ok {
		diff := memberDiff{role: role, ignored: in.state.ignoredUUIDs(role, in.private)}
		resp.Diagnostics.Append(resp.State.Set(ctx, in.state.withRole(diff.roleAfter(outcome), in.private))...)
		writer.fail(outcome, diff, diagnostics.MembersNotDestroyed)
	}
}
