package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
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
}

func (r *roleMembersResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Says who the whole of a role is: these people and no others. Whoever else is in the role is taken out. " +
			"It takes the key of an admin or owner of the organization, who sees everybody.",
		Attributes: map[string]schema.Attribute{
			"organization_id": organizationOfResource("resource"),
			"role_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the role. Another role replaces the resource: everybody whom it has put in the old role is taken out.",
				Validators:          []validator.String{checked("a UUID", checkUUID)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(isAnother,
					"Another role replaces the resource.", "Another role replaces the resource.")},
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
				Validators:          []validator.Number{wholeNumber{}},
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

// isAnother reports whether a role is known to be another one. One that is not known yet is no reason to put everybody out.
func isAnother(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = !req.PlanValue.IsUnknown()
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

// Create makes the role what is declared. What it leaves undone is not in state, as nothing is: Terraform would take what a
// failed create leaves for damaged, and destroy it. The next apply goes on where this one has ended.
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
	own.OrganizationID, own.Creates = organization, ""
	work := &roleMembersWork{r, own, plan.ref(organization), plan.subject(organization), &resp.Diagnostics}
	wanted, ok := work.begin(ctx, plan)
	if !ok {
		return
	}
	leaving := wanted.others()
	if failure := tooMany(plan.MaxRemovals, work.about.name, leaving); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	outcome, ok := work.do(ctx, wanted.newcomers(), leaving)
	if !ok {
		work.fail(outcome, wanted, "Nothing of this role is in state, so that nobody is taken out again. The next apply does only what is missing.")
		return
	}
	r.declared.made(work.ref)
	plan.remember(wanted.role, &own)
	state := plan.applied(wanted, outcome)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(organization))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

func (r *roleMembersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roleMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	state.OrganizationID = r.organizationOr(state.OrganizationID)
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if !r.known() {
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.organizationOr(state.OrganizationID)))...)
		resp.Diagnostics.AddWarning(summaryNotRefreshed, r.notKnownYet()+" "+adviceNotRefreshed)
		return
	}
	if !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	ref, about := state.ref(own.OrganizationID), state.subject(own.OrganizationID)
	// Before RemoveResource too: Terraform rejects a read that returns no identity.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)

	role, err := r.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		resp.Diagnostics.Append(r.unable("read role", "read who is in "+about.name, about, err))
	case !role.Exists:
		r.vanished.Store(ref, true)
		resp.State.RemoveResource(ctx)
	default:
		if failure := r.blind(ctx, own.OrganizationID, about); failure != nil {
			resp.Diagnostics.Append(failure)
			return
		}
		state.remember(role, &own)
		now := state.read(role, own)
		r.notePeopleGone(ref, state, now)
		resp.Diagnostics.Append(resp.State.Set(ctx, now)...)
	}
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

// Update makes the role what is declared. What it leaves undone is not in state, which tells who is really in the role.
func (r *roleMembersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan roleMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) || !r.settle(ctx, &own, plan.OrganizationID, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity(own.OrganizationID))...)
	work := &roleMembersWork{r, own, plan.ref(own.OrganizationID), plan.subject(own.OrganizationID), &resp.Diagnostics}
	wanted, ok := work.begin(ctx, plan)
	if !ok {
		return
	}
	// Nobody goes whom the plan did not show: who has come since then stays until the next plan.
	leaving, unplanned := wanted.othersIn(state, own)
	if failure := tooMany(plan.MaxRemovals, work.about.name, leaving); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	outcome, ok := work.do(ctx, wanted.newcomers(), leaving)
	if ok {
		work.tellOfUnplanned(unplanned)
		plan.remember(wanted.role, &own)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan.applied(wanted, outcome))...)
	} else {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan.read(wanted.after(outcome), own))...)
		work.fail(outcome, wanted, "The state has who is in the role now. The next apply does only what is missing.")
	}
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

// Delete takes out those who are in state.
func (r *roleMembersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roleMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	work := &roleMembersWork{r, own, state.ref(own.OrganizationID), state.subject(own.OrganizationID), &resp.Diagnostics}
	if own.Creates == recorded(work.ref) {
		return // The other half of this replacement makes the role what it is to be, without taking anybody out for nothing.
	}
	role, err := r.rosters.Roster(ctx, work.ref)
	if err != nil {
		resp.Diagnostics.Append(r.unable("read role", "read who is in "+work.about.name, work.about, err))
	}
	if err != nil || !role.Exists {
		return
	}
	// Even where nobody is left to be seen: who is hidden would stay in the role, and nobody would know.
	if failure := r.blind(ctx, own.OrganizationID, work.about); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	nobody := cast{role: role, ignored: state.ignoredIn(role, own)}
	leaving, _ := nobody.othersIn(state, own)
	outcome, ok := work.do(ctx, nil, leaving)
	if !ok {
		resp.Diagnostics.Append(resp.State.Set(ctx, state.read(nobody.after(outcome), own))...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)
		work.fail(outcome, nobody, "The state has who is in the role still.")
	}
}
