package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

var (
	_ resource.ResourceWithConfigure   = (*roleMembershipResource)(nil)
	_ resource.ResourceWithIdentity    = (*roleMembershipResource)(nil)
	_ resource.ResourceWithImportState = (*roleMembershipResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roleMembershipResource)(nil)
)

// roleMembershipType is the name of the resource and of its list, behind the provider's.
const roleMembershipType = "_role_membership"

type roleMembershipResource struct{ *configured }

func newRoleMembershipResource() resource.Resource { return &roleMembershipResource{} }

func (r *roleMembershipResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + roleMembershipType
	resp.ResourceBehavior.MutableIdentity = true // A move keeps the resource.
}

func (r *roleMembershipResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	uuid := []validator.String{validators.String("a UUID", validators.CheckUUID)}

	resp.Schema = schema.Schema{
		MarkdownDescription: "Puts one user in one role. Who is in a role can be told by the `posthog_role_memberships` data source.",
		Attributes: map[string]schema.Attribute{
			"organization_id": organizationOfResource("membership"),
			"role_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the role. Another role moves the user: the provider adds them there before it removes them here.",
				Validators:          uuid,
			},
			"user_uuid": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "UUID of the user, who must be in the organization. Either this or `user_email` is needed; where both are " +
					"given they must be one user. Another user moves the membership: the provider adds the new user before it removes the old one.",
				Validators: append(uuid, stringvalidator.AtLeastOneOf(path.MatchRoot("user_uuid"), path.MatchRoot("user_email"))),
			},
			"user_email": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Email address of the user, in the place of `user_uuid`. Case does not matter. It is looked for among the " +
					"members of the role, and then among those of the organization, which takes the scope `organization_member:read`. Another " +
					"way to name the same user changes nothing.",
				Validators: []validator.String{validators.String("an email address", validators.CheckEmail)},
			},
			"role_name": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Name of the role.",
				PlanModifiers:       computed,
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "UUID of the membership. It is another one after the user was removed and added again outside Terraform.",
				PlanModifiers:       computed,
			},
			"organization_member_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "UUID of the user's membership in the organization. Null on servers that do not tell.",
				PlanModifiers:       computed,
			},
			"joined_at": schema.StringAttribute{
				Computed:            true,
				CustomType:          timetypes.RFC3339Type{},
				MarkdownDescription: "When the user was added to the role, in RFC 3339.",
				PlanModifiers:       computed,
			},
			"updated_at": schema.StringAttribute{
				Computed:            true,
				CustomType:          timetypes.RFC3339Type{},
				MarkdownDescription: "When PostHog last changed the membership, in RFC 3339.",
				PlanModifiers:       computed,
			},
		},
	}
}

func (r *roleMembershipResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"organization_id": identityOfOrganization,
			"role_id":         identityOfRole,
			"user_uuid": identityschema.StringAttribute{
				RequiredForImport: true,
				Description:       "UUID of the user.",
			},
		},
	}
}

func (r *roleMembershipResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

// Create adds the user to the role, or keeps the membership that the delete half of the same replacement has left.
func (r *roleMembershipResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan roleMembershipModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	own, diags := recordIn(ctx, resp.Private)
	resp.Diagnostics.Append(diags...)
	_, organization, ok := r.organizationFor(ctx, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	to, ok := r.destination(ctx, config, &plan, organization, &resp.Diagnostics)
	if !ok {
		return
	}
	membership, adopted, err := r.addOrKeep(ctx, to.member, own.Holder, r.plans.IsDeleteSkipped(to.member))
	if err != nil {
		resp.Diagnostics.Append(r.unable("add user to role", fmt.Sprintf("add %s to %s", plan.person(), to.about.name), to.about, err))
		return
	}

	// State comes first: whatever fails after this, Terraform knows of the membership.
	own.OrganizationID, own.Creates, own.Begun = organization, "", nil
	state := plan.with(to.role.Name, membership).keeping(plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(organization))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
	if adopted {
		resp.Diagnostics.AddWarning(summaryAdopted, adoptedDetail(to.about.name, membership, adviceAdopted))
	}
}

// A destination is where a create or a move adds the user.
type destination struct {
	member ownership.Member
	role   *roster.Roster
	about  subject
}

// destination resolves the role and the user of a plan, and fills in the user. ok is false if that fails; diags say why.
func (r *roleMembershipResource) destination(
	ctx context.Context, config roleMembershipModel, plan *roleMembershipModel, organization string, diags *diag.Diagnostics,
) (to destination, ok bool) {
	ref, about := plan.ref(organization), plan.subject(organization, config)
	role, err := r.rosters.CachedRole(ctx, ref)
	if err != nil {
		diags.Append(r.unable("add user to role", fmt.Sprintf("add %s to %s", plan.person(), about.name), about, err))
		return destination{}, false
	}
	about.name, about.roleName = nameOf(role, ref), role.Name
	if plan.UserUUID.IsUnknown() {
		wanted, failure := search{configured: r.configured, role: role, ref: ref, about: about}.theOne(ctx, plan.UserEmail.ValueString())
		if failure != nil {
			diags.Append(failure)
			return destination{}, false
		}
		plan.UserUUID = types.StringValue(wanted.uuid)
	}
	return destination{plan.member(organization), role, about}, true
}

// addOrKeep adds a user to a role. If expected is true, a membership that exists is kept without a write.
func (r *roleMembershipResource) addOrKeep(
	ctx context.Context, member ownership.Member, holder string, expected bool,
) (membership posthog.Membership, adopted bool, err error) {
	if expected {
		membership, found, err := r.rosters.Keep(ctx, member.Role, member.UserUUID, holder)
		if found || err != nil {
			return membership, false, err
		}
	}
	return r.rosters.Add(ctx, member.Role, member.UserUUID, holder, r.adoptExisting)
}

// Read finds the membership by id, then by user. A membership that is gone leaves the state, unless the key may not see all members.
func (r *roleMembershipResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roleMembershipModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	state = state.normalized()
	state.OrganizationID = r.organizationOr(state.OrganizationID)
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)

	if !r.known() {
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.organizationOr(state.OrganizationID)))...)
		resp.Diagnostics.AddWarning(summaryNotRefreshed, r.notKnownYet()+" "+adviceNotRefreshed)
		return
	}
	recorded := own.OrganizationID != ""
	if !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	member, about := state.member(own.OrganizationID), state.subject(own.OrganizationID, state)

	// Before RemoveResource too: Terraform rejects a read that returns no identity.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
	r.plans.MarkInState(member)

	role, err := r.rosters.Roster(ctx, member.Role)
	if err != nil {
		resp.Diagnostics.Append(r.unable("read role", "read who is in "+about.name, about, err))
		return
	}
	if membership, found := role.Find(state.ID.ValueString(), member.UserUUID); found {
		if former := state.UserEmail.ValueString(); former != "" && !strings.EqualFold(former, membership.User.Email) {
			own.FormerEmail = former
			resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, state.with(role.Name, membership))...)
		return
	}
	if failure := r.elsewhere(role, member.Role, recorded, state.OrganizationID); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	if r.warnHidden(ctx, member.Role, about, adviceNotRefreshed, &resp.Diagnostics) || r.readBegun(ctx, own, state, resp) {
		return
	}
	r.noteMissing(role, member.Role, state.UserEmail.ValueString())
	resp.Diagnostics.Append(clearRecord(ctx, resp.Private)...)
	resp.State.RemoveResource(ctx)
}

// readBegun puts a membership into state that an unfinished move has added, after the one in state has gone. It reports whether
// the read has ended.
func (r *roleMembershipResource) readBegun(ctx context.Context, own record, state roleMembershipModel, resp *resource.ReadResponse) bool {
	for _, member := range own.begun() {
		role, err := r.rosters.Roster(ctx, member.Role)
		if err != nil {
			resp.Diagnostics.Append(r.unable("read role", "read who is in "+named(member.Role), theRoleOf(member.Role), err))
			return true
		}
		membership, found := role.Find("", member.UserUUID)
		if !found {
			continue
		}
		written := state.OrganizationID
		if member.Role.OrganizationID != own.OrganizationID {
			written = types.StringValue(member.Role.OrganizationID)
		}
		own.OrganizationID = member.Role.OrganizationID
		own.end(member)
		now := modelOf(written, role.Name, membership)
		resp.Diagnostics.Append(resp.State.Set(ctx, now)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, now.identity(own.OrganizationID))...)
		resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
		return true
	}
	return false
}

// Update moves the membership: it adds the user in the new place, and removes the old membership after that. If the addition fails,
// nothing is removed.
func (r *roleMembershipResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state roleMembershipModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	state = state.normalized()
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) || !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	from := state.member(own.OrganizationID)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...) // For the state that stays after an error.
	organization, ok := r.organizationApplied(ctx, own, state.OrganizationID, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	to, ok := r.destination(ctx, config, &plan, organization, &resp.Diagnostics)
	if !ok {
		return
	}
	after := plan.computedFrom(state).keeping(plan)
	if after.UserEmail.IsUnknown() {
		after.UserEmail = state.UserEmail
	}
	if to.member != from {
		membership, moved := r.move(ctx, from, to, state, plan, &own, resp)
		if !moved {
			return
		}
		after = plan.with(to.role.Name, membership).keeping(plan)
		own.OrganizationID, own.FormerEmail = organization, ""
	}
	own.Creates = ""
	resp.Diagnostics.Append(resp.State.Set(ctx, after)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, after.identity(organization))...)
	r.removeBegun(ctx, &own, &resp.Diagnostics)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

// move adds the user in the new place and removes the old membership. The record keeps what was added until the move is done.
func (r *roleMembershipResource) move(
	ctx context.Context, from ownership.Member, to destination, state, plan roleMembershipModel, own *record, resp *resource.UpdateResponse,
) (membership posthog.Membership, moved bool) {
	user, oldRole := plan.person(), state.roleIn(from.Role.OrganizationID)
	membership, adopted, err := r.addOrKeep(ctx, to.member, own.Holder, own.hasBegun(to.member))
	if err != nil {
		_, unclear := errors.AsType[*roster.UnclearError](err)
		_, refused := errors.AsType[*posthog.APIError](err)
		switch {
		case unclear:
			own.begin(to.member)
		case refused && !posthog.MayHaveHappened(err):
			own.end(to.member)
		}
		resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
		if exists, ok := errors.AsType[*roster.ExistsError](err); ok {
			resp.Diagnostics.Append(r.userExists(to.about, exists.Membership, &state))
			return membership, false
		}
		to.about.unclearAdvice = adviceUnclearMove
		failure := r.unable("move user", fmt.Sprintf("add %s to %s", user, to.about.name), to.about, err)
		resp.Diagnostics.Append(extended(failure, fmt.Sprintf("%s stays in %s.", state.person(), oldRole)))
		return membership, false
	}
	if adopted {
		resp.Diagnostics.AddWarning(summaryAdopted, adoptedDetail(to.about.name, membership, adviceAdopted))
	} else {
		own.begin(to.member)
	}
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
	kept, err := r.rosters.Remove(ctx, from.Role, state.ID.ValueString(), from.UserUUID, own.Holder)
	if err != nil {
		failure := r.unable("remove user from role", fmt.Sprintf("remove %s from %s", state.person(), oldRole), state.subject(from.Role.OrganizationID, plan), err)
		resp.Diagnostics.Append(extended(failure, fmt.Sprintf("%s is in %s already. The next apply finishes the move.", user, to.about.name)))
		return membership, false
	}
	if kept {
		resp.Diagnostics.AddWarning(summaryKept, fmt.Sprintf("%s stays in %s. %s", state.person(), oldRole, adviceKept))
	}
	own.end(to.member)
	return membership, true
}

// Delete removes the user from the role, and what an unfinished move has added. It leaves a membership that the create half of the
// same replacement keeps.
func (r *roleMembershipResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roleMembershipModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}
	state = state.normalized()
	state.OrganizationID = r.organizationOr(state.OrganizationID)
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	recorded := own.OrganizationID != ""
	if !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	member, about := state.member(own.OrganizationID), state.subject(own.OrganizationID, state)
	// For the state that stays after an error: Terraform 1.15 forgets the identity of what it could not destroy in a replacement.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)

	if own.Creates == createsUnknown {
		resp.Diagnostics.AddError(summaryUnknownReplacement, adviceUnknownReplacement)
		return
	}
	skip := own.Creates == member.String()
	if skip || !recorded {
		// Without an answer now, the create half could fail, and the membership would be in no state.
		role, err := r.rosters.CachedRole(ctx, member.Role)
		if err != nil {
			resp.Diagnostics.Append(r.unable("read role", "read who is in "+about.name, about, err))
			return
		}
		if failure := r.elsewhere(role, member.Role, recorded, state.OrganizationID); failure != nil {
			resp.Diagnostics.Append(failure)
			return
		}
	}
	created, _ := ownership.ParseMember(own.Creates)
	keepsBegun := own.hasBegun(created) // The create half keeps what the move has begun.
	own.Creates = ""
	own.end(created)
	own.end(member)
	if !r.removeBegun(ctx, &own, &resp.Diagnostics) {
		if keepsBegun {
			own.begin(created)
		}
		resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
		return
	}
	if keepsBegun {
		r.plans.MarkDeleteSkipped(created)
	}
	if skip {
		if r.canCreate(ctx, own.OrganizationID, state.OrganizationID, &resp.Diagnostics) {
			r.plans.MarkDeleteSkipped(member)
		}
		return
	}
	kept, err := r.rosters.Remove(ctx, member.Role, state.ID.ValueString(), member.UserUUID, own.Holder)
	switch {
	case err != nil:
		resp.Diagnostics.Append(r.unable("remove user from role",
			fmt.Sprintf("remove %s from %s", state.person(), about.name), about, err))
	case kept:
		resp.Diagnostics.AddWarning(summaryKept, fmt.Sprintf("%s stays in %s. %s", state.person(), about.name, adviceKept))
	}
}
