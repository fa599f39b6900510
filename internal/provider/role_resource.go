package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

var (
	_ resource.ResourceWithConfigure   = (*roleResource)(nil)
	_ resource.ResourceWithIdentity    = (*roleResource)(nil)
	_ resource.ResourceWithImportState = (*roleResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roleResource)(nil)
	_ resource.ResourceWithMoveState   = (*roleResource)(nil)
)

// roleType is the type name of the resource and of its list resource, without the provider's.
const roleType = "_role"

// roleResource is posthog_role: a role without its members.
type roleResource struct{ *providerData }

func newRoleResource() resource.Resource { return &roleResource{} }

func (r *roleResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + roleType
}

func (r *roleResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Creates, renames and deletes a role. To manage its members, use `posthog_role_members` or " +
			"`posthog_role_membership`.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Name of the role: 1 to 200 characters without white space around them. Names are unique in the organization without " +
					"regard to case. Another name renames the role in place; the members stay.",
				Validators: isRoleName,
			},
			"organization_id": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "The organization: its UUID, its slug, or `@current`. Default: the provider's `organization_id`. Another organization is " +
					"an error, because a role cannot move. The role stays in the organization that `@current` meant when it was created.",
				Validators: isOrganization,
			},
			"force_destroy": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Deletes the role even if it has members that Terraform does not manage. They lose the role. Apply a change of this " +
					"attribute before the destroy. Default: `false`, a role with members is not deleted.",
			},
			"id": schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the role."},
			"created_at": schema.StringAttribute{
				Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the role was created, in RFC 3339.",
			},
			"created_by": schema.StringAttribute{
				Computed: true, MarkdownDescription: "UUID of the user who created the role. Null for roles created through the API.",
			},
			"is_default": schema.BoolAttribute{
				Computed: true, MarkdownDescription: "Whether PostHog adds new organization members to the role. It is set in PostHog.",
			},
		},
	}
}

func (r *roleResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{"organization_id": organizationIdentity, "id": roleIdentity},
	}
}

func (r *roleResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.providerData = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// Create creates the role, or adopts an existing one. A failed Create writes no state: Terraform would taint the resource and delete the
// role on the next apply.
func (r *roleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan roleResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	private := readPrivateState[rolePrivateState](ctx, resp.Private, &resp.Diagnostics)
	organization, ok := r.resolveOrganization(ctx, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	role, ok := r.createOrAdopt(ctx, plan, organization.ID, private, !config.OrganizationID.IsNull(), &resp.Diagnostics)
	if !ok {
		return
	}
	private.recordOrganization(plan.OrganizationID, organization.ID)
	state := plan.withRole(role).withPlannedValues(plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(organization.ID))...)
	writePrivateState(ctx, resp.Private, private, &resp.Diagnostics)
}

// createOrAdopt returns the role with the planned name. An adopted role with another spelling is renamed. ok is false if that fails. Then
// diags get the error.
func (r *roleResource) createOrAdopt(
	ctx context.Context, plan roleResourceModel, organizationID string, private rolePrivateState, hasOwnOrganization bool, diags *diag.Diagnostics,
) (role posthog.Role, ok bool) {
	name, about := plan.Name.ValueString(), plan.subject(organizationID)
	isAdopted, err := true, error(nil)
	if plan.ID.IsUnknown() {
		role, isAdopted, err = r.rosters.AddRole(ctx, organizationID, name, private.Holder, r.adoptExisting)
	} else { // The plan adopts this role.
		var found bool
		if role, found, err = r.rosters.AdoptRole(ctx, plan.ref(organizationID), name, private.Holder); err == nil && !found {
			diags.Append(diagnostics.RoleChangedSincePlan(about.Label))
			return role, false
		}
	}
	if err != nil {
		diags.Append(r.createError(about, name, err, hasOwnOrganization))
		return role, false
	}
	if !isAdopted {
		return role, true
	}
	adopted := role
	r.rolePlans.MarkAdopted(posthog.RoleRef{OrganizationID: organizationID, ID: role.ID})
	if role.Name != name {
		if role, ok = r.rename(ctx, posthog.RoleRef{OrganizationID: organizationID, ID: role.ID}, role.Name, name, diags); !ok {
			return role, false
		}
	}
	diags.Append(diagnostics.RoleAdopted(adopted, organizationID, name))
	return role, true
}

// createError returns the message of an error of roster.Rosters.AddRole or AdoptRole.
func (r *roleResource) createError(about diagnostics.Subject, name string, err error, hasOwnOrganization bool) diag.Diagnostic {
	switch e := err.(type) { //nolint:errorlint // Package roster returns its errors unwrapped.
	case *roster.NameTakenError:
		return roleNameTaken(e, hasOwnOrganization)
	case *roster.RoleElsewhereError:
		return diagnostics.RoleElsewhere(e)
	case *roster.UnclearRoleError:
		id := roleImportID(posthog.Role{Name: name}, about.OrganizationID, hasOwnOrganization, true)
		return r.messages.RoleUnclear(about, e, id)
	}
	return r.messages.UnableToCreateRole(about, err)
}

// roleNameTaken returns the error that a create finds roles with the name. It shows the import block of the first.
func roleNameTaken(taken *roster.NameTakenError, hasOwnOrganization bool) diag.Diagnostic {
	id := ""
	if len(taken.Roles) > 0 {
		id = roleImportID(taken.Roles[0], taken.OrganizationID, hasOwnOrganization, len(taken.Roles) == 1)
	}
	return diagnostics.RoleNameTaken(taken, id)
}

// rename renames a role and returns it. ok is false if that fails. Then diags get the error.
func (r *roleResource) rename(ctx context.Context, ref posthog.RoleRef, from, to string, diags *diag.Diagnostics) (role posthog.Role, ok bool) {
	role, err := r.rosters.RenameRole(ctx, ref, to)
	if err == nil {
		return role, true
	}
	about := diagnostics.NewRoleSubject(from, ref.OrganizationID, ref.ID)
	switch e := err.(type) { //nolint:errorlint // Package roster returns its errors unwrapped.
	case *roster.NameTakenError:
		diags.Append(diagnostics.RoleNameTakenByAnother(e))
	case *roster.CaseRenameError:
		diags.Append(diagnostics.CaseRenameRefused(e))
	case *roster.RoleElsewhereError:
		diags.Append(diagnostics.RoleElsewhere(e))
	case *roster.MissingRoleError:
		diags.Append(diagnostics.RoleChangedSincePlan(about.Label))
	default:
		diags.Append(r.messages.UnableToRenameRole(about, to, err))
	}
	return role, false
}

// Read sets the values of the role in state. A role that does not exist any more leaves the state, so that the plan creates it again.
func (r *roleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	in, ok := openState[roleResourceModel, rolePrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
	if !ok {
		return
	}
	// Before RemoveResource too, because Terraform rejects a read that returns no identity.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, in.state.identity(in.organization.ID))...)
	if !r.isReady() {
		resp.Diagnostics.Append(diagnostics.RoleNotRefreshed(r.unknown...))
		return
	}
	ref := in.state.ref(in.organization.ID)
	role, ok := readRole(ctx, r.providerData, ref, in.state.subject(in.organization.ID), &resp.Diagnostics)
	if !ok {
		return
	}
	if in.isUnclear && !role.Exists {
		resp.Diagnostics.Append(diagnostics.OrganizationUnclear(ref))
		return
	}
	if !role.Exists {
		r.recordMissing(role, ref, in.state.Name)
		clearPrivateState(ctx, resp.Private, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	}
	writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
	r.rolePlans.MarkInState(ref)
	resp.Diagnostics.Append(resp.State.Set(ctx, in.state.withRole(role.Role))...)
}

// Update renames the role.
func (r *roleResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan roleResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	in, ok := openState[roleResourceModel, rolePrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
	if !ok || !r.requireReady(&resp.Diagnostics) {
		return
	}
	ref, about := in.state.ref(in.organization.ID), in.state.subject(in.organization.ID)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, in.state.identity(in.organization.ID))...)
	organization, ok := changedOrganization(ctx, r.providerData, in.organization, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	if organization.ID != in.organization.ID {
		resp.Diagnostics.Append(diagnostics.RoleOrganizationChanged(about.Label, organization.ID))
		return
	}
	state := plan.withComputedValuesOf(in.state).withPlannedValues(plan)
	if plan.Name.ValueString() != in.state.Name.ValueString() {
		role, ok := r.rename(ctx, ref, in.state.Name.ValueString(), plan.Name.ValueString(), &resp.Diagnostics)
		if !ok {
			return
		}
		state = plan.withRole(role).withPlannedValues(plan)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
}

// Delete deletes the role. A role with members is deleted only with force_destroy.
func (r *roleResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	in, ok := openState[roleResourceModel, rolePrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
	if !ok || !r.requireReady(&resp.Diagnostics) {
		return
	}
	ref, about := in.state.ref(in.organization.ID), in.state.subject(in.organization.ID)
	// For the state that stays after an error: Terraform 1.15 drops the identity of a resource that a replacement could not destroy.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, in.state.identity(in.organization.ID))...)
	if in.isUnclear {
		role, ok := readRole(ctx, r.providerData, ref, about, &resp.Diagnostics)
		if !ok {
			return
		}
		if !role.Exists {
			resp.Diagnostics.Append(diagnostics.OrganizationUnclear(ref))
			return
		}
	}
	isKept, err := r.rosters.RemoveRole(ctx, ref, in.private.Holder, in.state.ForceDestroy.ValueBool())
	hasMembers, isRefused := err.(*roster.RoleHasMembersError) //nolint:errorlint // Package roster returns its errors unwrapped.
	switch {
	case isRefused:
		resp.Diagnostics.Append(diagnostics.RoleHasMembers(about.Label, roster.SortedByEmail(hasMembers.Role.Members)))
	case err != nil:
		resp.Diagnostics.Append(r.messages.UnableToDeleteRole(about, err))
	case isKept:
		resp.Diagnostics.Append(diagnostics.RoleKept(about.Label))
	}
}
