package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

var (
	_ resource.ResourceWithConfigure   = (*roleMembershipResource)(nil)
	_ resource.ResourceWithIdentity    = (*roleMembershipResource)(nil)
	_ resource.ResourceWithImportState = (*roleMembershipResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roleMembershipResource)(nil)
	_ resource.ResourceWithMoveState   = (*roleMembershipResource)(nil)
)

// roleMembershipType is the type name of the resource and of its list resource, without the provider's.
const roleMembershipType = "_role_membership"

// roleMembershipResource is posthog_role_membership: one user in one role.
type roleMembershipResource struct{ *providerData }

// storedMembership is a posthog_role_membership in state.
type storedMembership = stored[roleMembershipModel, roleMembershipPrivateState]

func newRoleMembershipResource() resource.Resource { return &roleMembershipResource{} }

func (r *roleMembershipResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + roleMembershipType
	resp.ResourceBehavior.MutableIdentity = true // A move keeps the resource.
}

func (r *roleMembershipResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Adds one user to one role. To list the members of a role, use the `posthog_role_memberships` data source.",
		Attributes: map[string]schema.Attribute{
			"organization_id": resourceOrganization("membership"),
			"role_id":         resourceRoleID(),
			"role_name":       resourceRoleName(),
			"user_uuid": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "UUID of the user, who must be in the organization. `user_uuid` or `user_email` is needed. If both are set, they must name " +
					"the same user. A change moves the membership: the provider adds the new user before it removes the old one.",
				Validators: isUserUUID,
			},
			"user_email": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Email address of the user, instead of `user_uuid`. Case does not matter. The provider looks it up in the role, then in " +
					"the organization, which needs the scope `organization_member:read`. A change from `user_uuid` to the " +
					"email of the same user changes nothing.",
				Validators: isEmailAddress,
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "UUID of the membership. It changes if the user is removed and added again outside Terraform.",
				PlanModifiers:       computed,
			},
			"organization_member_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "UUID of the user's membership in the organization. Null on older servers.",
				PlanModifiers:       computed,
			},
			"joined_at": schema.StringAttribute{
				Computed: true, CustomType: timetypes.RFC3339Type{},
				MarkdownDescription: "When the user was added to the role, in RFC 3339.",
				PlanModifiers:       computed,
			},
			"updated_at": schema.StringAttribute{
				Computed: true, CustomType: timetypes.RFC3339Type{},
				MarkdownDescription: "When PostHog last changed the membership, in RFC 3339.",
				PlanModifiers:       computed,
			},
		},
	}
}

func (r *roleMembershipResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"organization_id": organizationIdentity,
			"role_id":         roleIdentity,
			"user_uuid":       identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the user."},
		},
	}
}

func (r *roleMembershipResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.providerData = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// Create adds the user to the role, or keeps the membership that the delete half of the same replacement has left.
func (r *roleMembershipResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan roleMembershipModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	private := readPrivateState[roleMembershipPrivateState](ctx, resp.Private, &resp.Diagnostics)
	organization, ok := r.resolveOrganization(ctx, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	to, ok := r.destination(ctx, config, &plan, organization.ID, &resp.Diagnostics)
	if !ok {
		return
	}
	membership, isAdopted, err := r.addOrKeep(ctx, to.member, private.Holder, r.plans.IsDeleteSkipped(to.member))
	if exists, ok := errors.AsType[*roster.ExistsError](err); ok {
		id := importIDOf(exists.Membership, to.role, to.member.Role, !config.OrganizationID.IsNull())
		resp.Diagnostics.Append(r.messages.MembershipExists(to.about, exists.Membership, id))
		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.messages.UnableToAddUser(plan.user().label(), to.about, err))
		return
	}
	// State is set first, so that the membership is in state even if a later step fails.
	private.recordOrganization(plan.OrganizationID, organization.ID)
	private.Creates, private.Begun = "", nil
	state := plan.withMembership(to.role.Name, membership).withPlannedValues(plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(organization.ID))...)
	writePrivateState(ctx, resp.Private, private, &resp.Diagnostics)
	if isAdopted {
		resp.Diagnostics.Append(diagnostics.MembershipAdopted(to.about.Label, membership))
	}
}

// Read finds the membership by id, then by user. A membership that is not found leaves the state, unless the key may not see all members.
func (r *roleMembershipResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	in, ok := openState[roleMembershipModel, roleMembershipPrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
	if !ok {
		return
	}
	// Before RemoveResource too, because Terraform rejects a read that returns no identity.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, in.state.identity(in.organization.ID))...)
	if !r.isReady() {
		resp.Diagnostics.Append(diagnostics.NotRefreshed(r.unknown...))
		return
	}
	writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
	member, about := in.state.member(in.organization.ID), in.state.subject(in.organization.ID, in.state)
	r.plans.MarkInState(member)
	r.plans.RecordRead(member, in.private.Holder)

	role, ok := readRole(ctx, r.providerData, member.Role, about, &resp.Diagnostics)
	if !ok {
		return
	}
	in.private.recordRoleName(in.state.RoleName, role.Name)
	if membership, found := role.ByUUID(member.UserUUID); found {
		if former := in.state.UserEmail.ValueString(); former != "" && !strings.EqualFold(former, membership.User.Email) {
			in.private.FormerEmail = former
		}
		writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
		resp.Diagnostics.Append(resp.State.Set(ctx, in.state.withMembership(role.Name, membership))...)
		return
	}
	if in.isUnclear && !role.Exists {
		resp.Diagnostics.Append(diagnostics.OrganizationUnclear(member.Role))
		return
	}
	if warnHidden(ctx, r.providerData, about, r.messages.MembersNotRefreshed, &resp.Diagnostics) || r.readBegun(ctx, in, resp) {
		return
	}
	r.recordMissing(role, member.Role, in.state.RoleName, in.state.UserEmail.ValueString())
	clearPrivateState(ctx, resp.Private, &resp.Diagnostics)
	resp.State.RemoveResource(ctx)
}

// readBegun sets the state to a membership that an unfinished move has added, because the one in state is missing. It reports whether the
// read has ended.
func (r *roleMembershipResource) readBegun(ctx context.Context, in storedMembership, resp *resource.ReadResponse) bool {
	for _, member := range in.private.begun() {
		role, ok := readRole(ctx, r.providerData, member.Role, diagnostics.RoleSubject("", member.Role), &resp.Diagnostics)
		if !ok {
			return true
		}
		membership, found := role.ByUUID(member.UserUUID)
		if !found {
			continue
		}
		written := in.organization.Written
		if member.Role.OrganizationID != in.organization.ID {
			written = types.StringValue(member.Role.OrganizationID)
		}
		in.private.recordOrganization(written, member.Role.OrganizationID)
		in.private.endMember(member)
		state := roleMembershipModelOf(written, role.Name, membership)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(member.Role.OrganizationID))...)
		writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
		return true
	}
	return false
}

// Delete removes the user from the role, and what an unfinished move has added. It keeps a membership that the create half of the same
// replacement needs.
func (r *roleMembershipResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	in, ok := openState[roleMembershipModel, roleMembershipPrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
	if !ok || !r.requireReady(&resp.Diagnostics) {
		return
	}
	member, about := in.state.member(in.organization.ID), in.state.subject(in.organization.ID, in.state)
	// For the state that stays after an error: Terraform 1.15 drops the identity of a resource that a replacement could not destroy.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, in.state.identity(in.organization.ID))...)

	if in.private.Creates == createsUnknown {
		resp.Diagnostics.Append(diagnostics.ReplacementUnknown())
		return
	}
	isSkipped := in.private.Creates == member.String()
	if isSkipped || in.isUnclear {
		// If this read failed in the create half only, the membership would be in no state.
		role, err := r.rosters.CachedRole(ctx, member.Role)
		if err != nil {
			resp.Diagnostics.Append(r.messages.UnableToReadRole(about, err))
			return
		}
		if in.isUnclear && !role.Exists {
			resp.Diagnostics.Append(diagnostics.OrganizationUnclear(member.Role))
			return
		}
	}
	if !r.removeBegunExceptCreated(ctx, &in, member, resp) {
		return
	}
	if isSkipped {
		if canCreate(ctx, r.providerData, in.organization, &resp.Diagnostics) {
			r.plans.MarkDeleteSkipped(member)
		}
		return
	}
	in.private.identify(&r.plans, member)
	isKept, err := r.rosters.Remove(ctx, member.Role, in.state.ID.ValueString(), member.UserUUID, in.private.Holder)
	switch {
	case err != nil:
		resp.Diagnostics.Append(r.messages.UnableToRemoveUser(in.state.user().label(), about, err))
	case isKept:
		resp.Diagnostics.Append(diagnostics.MembershipKept(in.state.user().label(), about.Label))
	}
}

// removeBegunExceptCreated removes what an unfinished move has added, except what the create half of the same replacement creates. It
// reports whether all of it is removed.
func (r *roleMembershipResource) removeBegunExceptCreated(
	ctx context.Context, in *storedMembership, member ownership.Member, resp *resource.DeleteResponse,
) bool {
	created, _ := ownership.ParseMember(in.private.Creates)
	keepsBegun := in.private.hasBegun(created)
	in.private.Creates = ""
	in.private.endMember(created)
	in.private.endMember(member)
	done := removeBegun(ctx, r.providerData, &in.private.privateState, &resp.Diagnostics)
	switch {
	case !done:
		if keepsBegun {
			in.private.beginMember(created)
		}
		writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
	case keepsBegun:
		r.plans.MarkDeleteSkipped(created)
	}
	return done
}
