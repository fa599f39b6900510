package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// Update moves the membership: it adds the user in the new place, then removes the old membership. If the addition fails, it removes
// nothing.
func (r *roleMembershipResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan roleMembershipModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	in, ok := openState[roleMembershipModel, roleMembershipPrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
	if !ok || !r.requireReady(&resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, in.state.identity(in.organization.ID))...) // For the state that stays after an error.
	organization, ok := changedOrganization(ctx, r.providerData, in.organization, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	to, ok := r.destination(ctx, config, &plan, organization.ID, &resp.Diagnostics)
	if !ok {
		return
	}
	state := plan.withComputedValuesOf(in.state).withPlannedValues(plan)
	if state.UserEmail.IsUnknown() {
		state.UserEmail = in.state.UserEmail
	}
	if to.member != in.state.member(in.organization.ID) {
		membership, moved := r.move(ctx, to, &in, plan, resp)
		if !moved {
			return
		}
		state = plan.withMembership(to.role.Name, membership).withPlannedValues(plan)
		in.private.FormerEmail = ""
	}
	in.private.recordOrganization(state.OrganizationID, organization.ID)
	in.private.Creates = ""
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(organization.ID))...)
	removeBegun(ctx, r.providerData, &in.private.privateState, &resp.Diagnostics)
	writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
}

// A destination is where a create or a move adds the user.
type destination struct {
	member ownership.Member
	role   *roster.Roster
	about  diagnostics.Subject
}

// destination returns the role and the user of a plan. It sets their UUIDs in the plan if they were unknown. ok is false if the role
// or the user cannot be resolved. Then diags get the error.
func (r *roleMembershipResource) destination(
	ctx context.Context, config roleMembershipModel, plan *roleMembershipModel, organizationID string, diags *diag.Diagnostics,
) (to destination, ok bool) {
	roleID, ok := resolveRoleInApply(ctx, r.providerData, plan.roleReference(), organizationID, diags)
	if !ok {
		return destination{}, false
	}
	plan.RoleID = roleID
	ref, about := plan.roleRef(organizationID), plan.subject(organizationID, config)
	role, err := r.rosters.CachedRole(ctx, ref)
	if err != nil {
		diags.Append(r.messages.UnableToAddUser(plan.user().label(), about, err))
		return destination{}, false
	}
	if failure := checkRoleName(config.roleReference(), role, ref, currentRole{}); failure != nil {
		diags.Append(failure)
		return destination{}, false
	}
	about.Label = diagnostics.RoleLabel(role.Name, ref)
	if plan.UserUUID.IsUnknown() {
		lookup := userLookup{providerData: r.providerData, role: role, ref: ref, about: about}
		wanted, failure := lookup.requireByEmail(ctx, plan.UserEmail.ValueString())
		if failure != nil {
			diags.Append(failure)
			return destination{}, false
		}
		plan.UserUUID = types.StringValue(wanted.uuid)
	}
	return destination{member: plan.member(organizationID), role: role, about: about}, true
}

// addOrKeep adds a user to a role. If mayExist is true, a membership that exists is kept, and nothing is sent.
func (r *roleMembershipResource) addOrKeep(
	ctx context.Context, member ownership.Member, holder string, mayExist bool,
) (membership posthog.Membership, isAdopted bool, err error) {
	if mayExist {
		membership, found, err := r.rosters.Keep(ctx, member.Role, member.UserUUID, holder)
		if found || err != nil {
			return membership, false, err
		}
	}
	return r.rosters.Add(ctx, member.Role, member.UserUUID, holder, r.adoptExisting)
}

// move adds the user in the new place, then removes the old membership. Private state has the added membership until the move is
// finished. moved is false if one of the two fails. Then the response has the error.
func (r *roleMembershipResource) move(
	ctx context.Context, to destination, in *storedMembership, plan roleMembershipModel, resp *resource.UpdateResponse,
) (membership posthog.Membership, moved bool) {
	from := in.state.member(in.organization.ID)
	membership, isAdopted, err := r.addOrKeep(ctx, to.member, in.private.Holder, in.private.hasBegun(to.member))
	if err != nil {
		r.failMove(ctx, to, in, plan, resp, err)
		return membership, false
	}
	if isAdopted {
		resp.Diagnostics.Append(diagnostics.MembershipAdopted(to.about.Label, membership))
	} else {
		in.private.beginMember(to.member)
	}
	writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
	oldUser, about := in.state.user().label(), in.state.subject(in.organization.ID, plan)
	isKept, err := r.rosters.Remove(ctx, from.Role, in.state.ID.ValueString(), from.UserUUID, in.private.Holder)
	if err != nil {
		resp.Diagnostics.Append(r.messages.UnableToFinishMove(oldUser, about, plan.user().label(), to.about.Label, err))
		return membership, false
	}
	if isKept {
		resp.Diagnostics.Append(diagnostics.MembershipKept(oldUser, about.Label))
	}
	in.private.endMember(to.member)
	return membership, true
}

// failMove reports why a move could not add the user, and records whether it may have added the user.
func (r *roleMembershipResource) failMove(
	ctx context.Context, to destination, in *storedMembership, plan roleMembershipModel, resp *resource.UpdateResponse, err error,
) {
	_, isUnclear := errors.AsType[*roster.UnclearError](err)
	_, isAPIError := errors.AsType[*posthog.APIError](err)
	switch {
	case isUnclear:
		in.private.beginMember(to.member)
	case isAPIError && !posthog.MayHaveHappened(err):
		in.private.endMember(to.member)
	}
	writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
	if exists, ok := errors.AsType[*roster.ExistsError](err); ok {
		resp.Diagnostics.Append(diagnostics.MembershipExistsAtDestination(to.about, exists.Membership))
		return
	}
	resp.Diagnostics.Append(r.messages.UnableToMoveUser(
		plan.user().label(), to.about, in.state.user().label(), in.state.roleLabel(in.organization.ID), err))
}
