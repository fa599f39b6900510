package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

var (
	_ resource.ResourceWithConfigure      = (*roleMembersResource)(nil)
	_ resource.ResourceWithIdentity       = (*roleMembersResource)(nil)
	_ resource.ResourceWithImportState    = (*roleMembersResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*roleMembersResource)(nil)
	_ resource.ResourceWithValidateConfig = (*roleMembersResource)(nil)
)

// roleMembersType is the type name of the resource and of its list resource, without the provider's.
const roleMembersType = "_role_members"

// roleMembersResource is posthog_role_members: all members of one role.
type roleMembersResource struct{ *providerData }

// storedRoleMembers is a posthog_role_members in state.
type storedRoleMembers = stored[roleMembersModel, roleMembersPrivateState]

func newRoleMembersResource() resource.Resource { return &roleMembersResource{} }

func (r *roleMembersResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + roleMembersType
	resp.ResourceBehavior.MutableIdentity = true // A move keeps the resource.
}

func (r *roleMembersResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages all members of a role (authoritative). Members that are not in `users` are removed. " +
			"Needs the key of an admin or owner of the organization, because other keys may not see all members.",
		Attributes: map[string]schema.Attribute{
			"organization_id": resourceOrganization("resource"),
			"role_id":         resourceRoleID(),
			"role_name":       resourceRoleName(),
			"users": schema.ListAttribute{
				ElementType: types.StringType,
				Required:    true,
				MarkdownDescription: "The members of the role: emails and UUIDs of users; `[]` for an empty role. Order and case do not matter. A change " +
					"from an email to the UUID of the same user changes nothing. The provider looks up emails in the role, then in the organization, " +
					"which needs the scope `organization_member:read`.",
				Validators: []validator.List{validators.Users{}},
			},
			"ignored_users": schema.ListAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Users who are never added or removed, as emails and UUIDs. For example break-glass accounts, or users that SCIM " +
					"manages.",
				Validators: []validator.List{validators.Users{}},
			},
			"max_removals": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: "Maximum number of members that one plan removes. A plan with more removals fails. Default: no limit.",
				Validators:          []validator.Number{validators.WholeNumber{}},
			},
			"skip_unknown_users": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to leave out entries of `users` that match no user of the organization, with a warning, instead of failing the " +
					"plan. The first plan after such a user joins adds them. Default: `false`.",
			},
			"id": schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the role."},
			"members": schema.MapAttribute{
				ElementType: types.StringType,
				Computed:    true,
				MarkdownDescription: "The members of the role without the ignored users: emails by UUID. A plan shows here which users are added and " +
					"removed.",
			},
		},
	}
}

func (r *roleMembersResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{"organization_id": organizationIdentity, "role_id": roleIdentity},
	}
}

func (r *roleMembersResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.providerData = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// ValidateConfig reports entries that are both in users and in ignored_users.
func (r *roleMembersResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config roleMembersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(checkListedAndIgnored(config, nil)...)
	}
}

// Create adds and removes members until the role has the configured ones. A failed Create writes no state: Terraform would taint the
// resource and remove everybody on the next apply.
func (r *roleMembersResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan roleMembersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	private := readPrivateState[roleMembersPrivateState](ctx, resp.Private, &resp.Diagnostics)
	organization, ok := r.resolveOrganization(ctx, plan.OrganizationID, &resp.Diagnostics)
	if !ok {
		return
	}
	if plan.RoleID, ok = resolveRoleInApply(ctx, r.providerData, plan.roleReference(), organization.ID, &resp.Diagnostics); !ok {
		return
	}
	private.recordOrganization(plan.OrganizationID, organization.ID)
	private.Creates, private.Begun = "", nil
	writer := &memberWriter{
		providerData: r.providerData, private: private,
		ref: plan.roleRef(organization.ID), about: plan.subject(organization.ID, config), config: config.roleReference(), diags: &resp.Diagnostics,
	}
	diff, ok := writer.prepare(ctx, plan)
	if !ok {
		return
	}
	removed := diff.toRemove()
	if failure := checkMaxRemovals(plan.MaxRemovals, writer.about.Label, removed); failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	outcome, ok := writer.write(ctx, diff.toAdd(), removed)
	if !ok {
		writer.fail(outcome, diff, diagnostics.MembersNotCreated)
		return
	}
	r.plans.MarkRoleApplied(writer.ref)
	plan.recordEmails(diff.role, &private)
	state := plan.withOutcome(diff, outcome)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(organization.ID))...)
	writePrivateState(ctx, resp.Private, private, &resp.Diagnostics)
}

// Read sets the members of the role in state. The state is kept if the key may not see all members.
func (r *roleMembersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	in, ok := openState[roleMembersModel, roleMembersPrivateState](ctx, r.providerData, req.State, req.Private, &resp.Diagnostics)
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
	ref, about := in.state.roleRef(in.organization.ID), in.state.subject(in.organization.ID, in.state)
	r.plans.RecordRead(ref, in.private.Holder)
	role, ok := readRole(ctx, r.providerData, ref, about, &resp.Diagnostics)
	if !ok {
		return
	}
	if in.isUnclear && !role.Exists {
		resp.Diagnostics.Append(diagnostics.OrganizationUnclear(ref))
		return
	}
	if warnHidden(ctx, r.providerData, about, r.messages.MembersNotRefreshed, &resp.Diagnostics) {
		return
	}
	if !role.Exists {
		if r.readBegun(ctx, in, resp) {
			return
		}
		r.recordMissing(role, ref, in.state.RoleName)
		clearPrivateState(ctx, resp.Private, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	}
	in.private.recordRoleName(in.state.RoleName, role.Name)
	in.state.recordEmails(role, &in.private)
	state := in.state.withRole(role, in.private)
	current := mapTexts(state.Members)
	for uuid, email := range mapTexts(in.state.Members) {
		if _, isMember := current[uuid]; !isMember {
			r.recordMissing(role, ref, in.state.RoleName, email)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
}

// readBegun sets the state to the role of an unfinished move, because the role in state is missing. It reports whether the read has ended.
func (r *roleMembersResource) readBegun(ctx context.Context, in storedRoleMembers, resp *resource.ReadResponse) bool {
	for _, member := range in.private.begun() {
		role, ok := readRole(ctx, r.providerData, member.Role, diagnostics.RoleSubject("", member.Role), &resp.Diagnostics)
		if !ok {
			return true
		}
		if !role.Exists {
			continue
		}
		if member.Role.OrganizationID != in.organization.ID {
			in.state.OrganizationID = types.StringValue(member.Role.OrganizationID)
		}
		in.state.RoleID, in.state.RoleName = types.StringValue(member.Role.ID), types.StringNull()
		in.private.recordOrganization(in.state.OrganizationID, member.Role.OrganizationID)
		in.private.endRole(roleKey(member.Role))
		state := in.state.withRole(role, in.private)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(member.Role.OrganizationID))...)
		writePrivateState(ctx, resp.Private, in.private, &resp.Diagnostics)
		return true
	}
	return false
}
