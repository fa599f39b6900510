package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

var (
	_ resource.ResourceWithConfigure      = (*roleMembersResource)(nil)
	_ resource.ResourceWithIdentity       = (*roleMembersResource)(nil)
	_ resource.ResourceWithImportState    = (*roleMembersResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*roleMembersResource)(nil)
	_ resource.ResourceWithValidateConfig = (*roleMembersResource)(nil)
)

// roleMembersType is the name of the resource and of its list, behind the provider's.
const roleMembersType = "_role_members"

// roleMembersResource is a whole role: these people and no others.
type roleMembersResource struct{ *configured }

func newRoleMembersResource() resource.Resource { return &roleMembersResource{} }

func (r *roleMembersResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + roleMembersType
	resp.ResourceBehavior.MutableIdentity = true // A move keeps the resource.
}

func (r *roleMembersResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Says who the whole of a role is: these people and no others. Whoever else is in the role is taken out. " +
			"It takes the key of an admin or owner of the organization, who sees everybody.",
		Attributes: map[string]schema.Attribute{
			"organization_id": organizationOfResource("resource"),
			"role_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the role. Another role moves the users: the provider adds them there before it removes them here.",
				Validators:          []validator.String{validators.String("a UUID", validators.CheckUUID)},
			},
			"users": schema.ListAttribute{
				ElementType: types.StringType,
				Required:    true,
				MarkdownDescription: "Who is in the role: emails and UUIDs of users, mixed as one likes; `[]` for nobody. Order, case and the way " +
					"somebody is named mean nothing. An email is looked for among the members of the role, and then among those of the " +
					"organization, which takes the scope `organization_member:read`.",
				Validators: []validator.List{eachAUser{}},
			},
			"ignored_users": schema.ListAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Who is left alone, in the role or out of it, likewise as emails and UUIDs: break-glass accounts, or people whom " +
					"SCIM adds.",
				Validators: []validator.List{eachAUser{}},
			},
			"max_removals": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: "How many people one plan may take out of the role. A plan that takes out more fails. Default: any number.",
				Validators:          []validator.Number{validators.WholeNumber{}},
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "UUID of the role.",
			},
			"role_name": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Name of the role.",
			},
			"members": schema.MapAttribute{
				ElementType: types.StringType,
				Computed:    true,
				MarkdownDescription: "Who is in the role, without those who are ignored: emails by UUID of the user. A plan shows here who comes and " +
					"who goes, whatever the order of `users`.",
			},
		},
	}
}

func (r *roleMembersResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"organization_id": identityOfOrganization,
			"role_id":         identityOfRole,
		},
	}
}

func (r *roleMembersResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

// ValidateConfig finds who is both declared and ignored, as far as the texts tell.
func (r *roleMembersResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config roleMembersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.ignoredThough(nil)...)
	}
}

// Create adds and removes members until the role has the declared ones. A failed Create writes no state: Terraform would taint the
// resource, and remove all its users on the next apply.
func (r *roleMembersResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan roleMembersModel
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
	own.OrganizationID, own.Creates, own.Begun = organization, "", nil
	work := &roleMembersWork{r, own, plan.ref(organization), plan.subject(organization), &resp.Diagnostics}
	diff, ok := work.begin(ctx, plan)
	if !ok {
		return
	}
	removed := diff.toRemove()
	if failure := tooMany(plan.MaxRemovals, work.about.name, removed); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	outcome, ok := work.do(ctx, diff.toAdd(), removed)
	if !ok {
		work.fail(outcome, diff, "This resource is not in the state, so that no user is removed again. The next apply does only what is missing.")
		return
	}
	r.plans.MarkRoleApplied(work.ref)
	plan.remember(diff.role, &own)
	state := plan.applied(diff, outcome)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(organization))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

// Read puts the members of the role into state. A key that may not see all members keeps the state.
func (r *roleMembersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roleMembersModel
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
	isRecorded := own.OrganizationID != ""
	if !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	ref, about := state.ref(own.OrganizationID), state.subject(own.OrganizationID)
	// Before RemoveResource too: Terraform rejects a read that returns no identity.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)

	role, err := r.rosters.Roster(ctx, ref)
	if err != nil {
		resp.Diagnostics.Append(r.unable("read role", "read who is in "+about.name, about, err))
		return
	}
	if failure := r.elsewhere(role, ref, isRecorded, state.OrganizationID); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	if r.warnHidden(ctx, ref, about, adviceNotRefreshed, &resp.Diagnostics) {
		return
	}
	if !role.Exists {
		if r.readBegun(ctx, own, state, resp) {
			return
		}
		r.noteMissing(role, ref)
		resp.Diagnostics.Append(clearRecord(ctx, resp.Private)...)
		resp.State.RemoveResource(ctx)
		return
	}
	state.remember(role, &own)
	var missing []string
	now := state.read(role, own)
	for uuid, email := range textsOf(state.Members) {
		if _, in := now.Members.Elements()[uuid]; !in {
			missing = append(missing, email)
		}
	}
	r.noteMissing(role, ref, missing...)
	resp.Diagnostics.Append(resp.State.Set(ctx, now)...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

// readBegun puts the role of an unfinished move into state, after the role in state has gone. It reports whether the read has ended.
func (r *roleMembersResource) readBegun(ctx context.Context, own record, state roleMembersModel, resp *resource.ReadResponse) bool {
	for _, member := range own.begun() {
		role, err := r.rosters.Roster(ctx, member.Role)
		if err != nil {
			resp.Diagnostics.Append(r.unable("read role", "read who is in "+named(member.Role), theRoleOf(member.Role), err))
			return true
		}
		if !role.Exists {
			continue
		}
		if member.Role.OrganizationID != own.OrganizationID {
			state.OrganizationID = types.StringValue(member.Role.OrganizationID)
		}
		state.RoleID = types.StringValue(member.Role.ID)
		own.OrganizationID = member.Role.OrganizationID
		own.endRole(recorded(member.Role))
		resp.Diagnostics.Append(resp.State.Set(ctx, state.read(role, own))...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)
		resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
		return true
	}
	return false
}

// Update changes the members, or moves them to another role. After a failure the state has the current members.
func (r *roleMembersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan roleMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	state = state.normalized()
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) || !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...) // For the state that stays after an error.
	organization, ok := r.organizationApplied(ctx, own, state.OrganizationID, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	from, to := state.ref(own.OrganizationID), plan.ref(organization)
	work := &roleMembersWork{r, own, to, plan.subject(organization), &resp.Diagnostics}
	diff, ok := work.begin(ctx, plan)
	if !ok {
		return
	}
	if from != to {
		r.move(ctx, from, work, diff, state, plan, resp)
		return
	}
	// Remove only users that the plan listed. Users added since then stay until the next plan.
	removed, since := diff.toRemoveIfPlanned(state, own)
	if failure := tooMany(plan.MaxRemovals, work.about.name, removed); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	outcome, ok := work.do(ctx, diff.toAdd(), removed)
	if ok {
		r.plans.MarkRoleApplied(to)
		work.warnAddedSincePlan(since)
		plan.remember(diff.role, &own)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan.applied(diff, outcome))...)
		r.removeBegun(ctx, &own, &resp.Diagnostics)
	} else {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan.read(diff.after(outcome), own))...)
		work.fail(outcome, diff, "The state has the current members of the role. The next apply does only what is missing.")
	}
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

// move adds the users to another role, and then removes the users in state from the old one. The record keeps what was added until the
// move is done. Other members of the new role stay until the next plan has listed them.
func (r *roleMembersResource) move(
	ctx context.Context, from posthog.RoleRef, work *roleMembersWork, diff memberDiff, state, plan roleMembersModel, resp *resource.UpdateResponse,
) {
	own := work.own
	defer func() { resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...) }()
	old, err := r.rosters.Roster(ctx, from)
	if err != nil {
		resp.Diagnostics.Append(r.unable("read role", "read who is in "+named(from), theRoleOf(from), err))
		return
	}
	removed := state.leaving(old, own)
	oldWork := &roleMembersWork{r, own, from, state.subject(from.OrganizationID), &resp.Diagnostics}
	oldWork.about.name = nameOf(old, from)
	if failure := tooMany(plan.MaxRemovals, oldWork.about.name, removed); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	added, ok := work.do(ctx, diff.toAdd(), nil)
	for _, membership := range added.Added {
		own.begin(ownership.Member{Role: work.ref, UserUUID: membership.User.UUID})
	}
	for _, failure := range added.Failures {
		if _, unclear := errors.AsType[*roster.UnclearError](failure.Err); unclear {
			own.begin(ownership.Member{Role: work.ref, UserUUID: failure.UserUUID})
		}
	}
	if !ok {
		work.fail(added, diff, fmt.Sprintf("No member is removed from %s until every user has been added. The state still has that role. The next "+
			"apply does only what is missing.", oldWork.about.name))
		return
	}
	r.plans.MarkRoleApplied(work.ref)
	gone, ok := oldWork.do(ctx, nil, removed)
	if !ok {
		oldDiff := memberDiff{role: old, ignored: state.ignoredIn(old, own)}
		resp.Diagnostics.Append(resp.State.Set(ctx, state.read(oldDiff.after(gone), own))...)
		oldWork.fail(gone, oldDiff, "All users are in the new role already. The next apply finishes the move.")
		return
	}
	own.OrganizationID, own.Former, own.Ignored = work.ref.OrganizationID, nil, nil
	own.endRole(recorded(work.ref))
	plan.remember(diff.role, &own)
	after := plan.applied(diff, added)
	resp.Diagnostics.Append(resp.State.Set(ctx, after)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, after.identity(work.ref.OrganizationID))...)
	r.removeBegun(ctx, &own, &resp.Diagnostics)
}

// Delete removes the users in state, and those that an unfinished move has added. It leaves a role that the create half of the same
// replacement keeps, or that another resource manages.
func (r *roleMembersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roleMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}
	state = state.normalized()
	state.OrganizationID = r.organizationOr(state.OrganizationID)
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	isRecorded := own.OrganizationID != ""
	if !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	// For the state that stays after an error.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)
	work := &roleMembersWork{r, own, state.ref(own.OrganizationID), state.subject(own.OrganizationID), &resp.Diagnostics}
	if own.Creates == createsUnknown {
		resp.Diagnostics.AddError(summaryUnknownReplacement, adviceUnknownReplacement)
		return
	}
	skip := own.Creates == recorded(work.ref)
	stored := own
	own.endRole(own.Creates) // The create half keeps what a move has begun.
	own.Creates = ""
	role, err := r.rosters.Roster(ctx, work.ref)
	if err != nil {
		resp.Diagnostics.Append(r.unable("read role", "read who is in "+work.about.name, work.about, err))
		return
	}
	if failure := r.elsewhere(role, work.ref, isRecorded, state.OrganizationID); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	// Even if no member is visible: hidden members would stay in the role.
	if failure := r.blind(ctx, own.OrganizationID, work.about); failure != nil && role.Exists {
		resp.Diagnostics.Append(failure)
		return
	}
	if !r.removeBegun(ctx, &own, &resp.Diagnostics) {
		resp.Diagnostics.Append(stored.keepIn(ctx, resp.Private)...) // A membership that is gone by then does no harm.
		return
	}
	if skip {
		r.canCreate(ctx, own.OrganizationID, state.OrganizationID, &resp.Diagnostics)
		return
	}
	work.about.name = nameOf(role, work.ref)
	switch declared, isNew := r.plans.RoleDeclaredByAnother(work.ref, own.Holder); {
	case declared && isNew:
		resp.Diagnostics.Append(r.unable("change who is in the role", "remove the members of "+work.about.name, work.about, &roster.StillWantedError{Role: work.ref}))
		return
	case declared:
		work.warnKept(state.leaving(role, own)) // The other resource removes those that it does not want.
		return
	}
	outcome, ok := work.do(ctx, nil, state.leaving(role, own))
	if !ok {
		diff := memberDiff{role: role, ignored: state.ignoredIn(role, own)}
		resp.Diagnostics.Append(resp.State.Set(ctx, state.read(diff.after(outcome), own))...)
		work.fail(outcome, diff, "The state has the current members of the role.")
	}
}
