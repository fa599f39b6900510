package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
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
}

func (r *roleMembershipResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	replaced := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	uuid := []validator.String{checked("a UUID", checkUUID)}

	resp.Schema = schema.Schema{
		MarkdownDescription: "Puts one user in one role. Who is in a role can be told by the `posthog_role_memberships` data source.",
		Attributes: map[string]schema.Attribute{
			"organization_id": organizationOfResource("membership"),
			"role_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the role. Another role replaces the membership.",
				Validators:          uuid,
				PlanModifiers:       replaced,
			},
			"user_uuid": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "UUID of the user, who must be in the organization. Either this or `user_email` is needed; where both are " +
					"given they must be one person. Another user replaces the membership.",
				Validators: append(uuid, stringvalidator.AtLeastOneOf(path.MatchRoot("user_uuid"), path.MatchRoot("user_email"))),
			},
			"user_email": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Email address of the user, in the place of `user_uuid`. Case does not matter. It is looked for among the " +
					"members of the role, and then among those of the organization, which takes the scope `organization_member:read`. Another " +
					"user replaces the membership; naming the same one in another way changes nothing.",
				Validators: []validator.String{checked("an email address", checkEmail)},
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
	own.OrganizationID, own.HandedOver = organization, false
	ref, about := plan.ref(organization), plan.subject(organization, config)
	role, err := r.rosters.Latest(ctx, ref)
	if err != nil {
		resp.Diagnostics.Append(r.unable("add user to role", fmt.Sprintf("add %s to %s", plan.person(), about.name), about, err))
		return
	}
	about.name = nameOf(role, ref)
	if plan.UserUUID.IsUnknown() {
		wanted, failure := search{r.configured, role, ref, about}.theOne(ctx, plan.UserEmail.ValueString())
		if failure != nil {
			resp.Diagnostics.Append(failure)
			return
		}
		plan.UserUUID = types.StringValue(wanted.uuid)
	}
	membership, adopted, err := r.rosters.Add(ctx, ref, plan.UserUUID.ValueString(), own.Holder, r.adoptExisting)
	if err != nil {
		resp.Diagnostics.Append(r.unable("add user to role", fmt.Sprintf("add %s to %s", plan.person(), about.name), about, err))
		return
	}

	// First of all into state: whatever fails after this, Terraform knows of the membership.
	state := plan.with(role.Name, membership).keeping(plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(organization))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
	if adopted {
		resp.Diagnostics.AddWarning(summaryAdopted, adoptedDetail(about.name, membership, adviceAdopted))
	}
}

func (r *roleMembershipResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roleMembershipModel
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
	settled := own.OrganizationID != ""
	if !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	ref, about := state.ref(own.OrganizationID), state.subject(own.OrganizationID, state)

	// Before RemoveResource too: Terraform rejects a read that returns no identity.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
	r.declared.saw(state.declares(own.OrganizationID))

	role, err := r.rosters.Roster(ctx, ref)
	if err != nil {
		resp.Diagnostics.Append(r.unable("read role", "read who is in "+about.name, about, err))
		return
	}
	membership, found := role.Find(state.ID.ValueString(), state.UserUUID.ValueString())
	switch {
	case found:
		if former := state.UserEmail.ValueString(); former != "" && !strings.EqualFold(former, membership.User.Email) {
			own.FormerEmail = former
			resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, state.with(role.Name, membership))...)
	case !role.Exists && !settled && state.OrganizationID.ValueString() == posthog.CurrentOrganization:
		// Which organization was current when the membership was made is not known: this one may have nothing to do with it.
		resp.Diagnostics.AddAttributeError(atOrganization, fmt.Sprintf(summaryUnable, "read role"), fmt.Sprintf(
			"Role %s is not in the organization that @current means now, so nobody can tell who is in it.\n\n%s", ref.ID, adviceElsewhere))
	default:
		if !role.Exists {
			r.vanished.Store(ref, true)
		}
		r.vanished.Store(gone{ref, strings.ToLower(state.UserEmail.ValueString())}, true)
		resp.State.RemoveResource(ctx)
	}
}

// Update keeps what was planned: every input that says something else replaces, so that nothing is left to do in PostHog.
func (r *roleMembershipResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan roleMembershipModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.settle(ctx, &own, plan.OrganizationID, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity(own.OrganizationID))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

func (r *roleMembershipResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roleMembershipModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if !r.settle(ctx, &own, state.OrganizationID, &resp.Diagnostics) {
		return
	}
	ref, about := state.ref(own.OrganizationID), state.subject(own.OrganizationID, state)

	kept, err := own.HandedOver, error(nil)
	if !kept {
		kept, err = r.rosters.Remove(ctx, ref, state.ID.ValueString(), state.UserUUID.ValueString(), own.Holder)
	}
	switch {
	case err != nil:
		// For the state that stays: Terraform 1.15.9 forgets the identity of what it could not destroy in a replacement.
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(own.OrganizationID))...)
		resp.Diagnostics.Append(r.unable("remove user from role",
			fmt.Sprintf("remove %s from %s", state.person(), about.name), about, err))
	case kept:
		resp.Diagnostics.AddWarning(summaryKept, fmt.Sprintf("%s was left in %s. %s", state.person(), about.name, adviceKept))
	}
}
