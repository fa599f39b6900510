package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

var (
	_ resource.ResourceWithConfigure   = (*roleMembershipResource)(nil)
	_ resource.ResourceWithIdentity    = (*roleMembershipResource)(nil)
	_ resource.ResourceWithImportState = (*roleMembershipResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roleMembershipResource)(nil)
)

type roleMembershipResource struct{ *configured }

func newRoleMembershipResource() resource.Resource { return &roleMembershipResource{} }

func (r *roleMembershipResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_role_membership"
}

func (r *roleMembershipResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	replaced := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	uuid := []validator.String{checked("a UUID", checkUUID)}

	resp.Schema = schema.Schema{
		MarkdownDescription: "Puts one user in one role. Who is in a role can be told by the `posthog_role_memberships` data source.",
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "UUID of the organization that the role is in, or `@current`. Default: the provider's `organization_id`. " +
					"Another organization replaces the membership.",
				Validators: []validator.String{checked("an organization", checkOrganization)},
			},
			"role_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the role. Another role replaces the membership.",
				Validators:          uuid,
				PlanModifiers:       replaced,
			},
			"user_uuid": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the user, who must be in the organization. Another user replaces the membership.",
				Validators:          uuid,
				PlanModifiers:       replaced,
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
			"user_email": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The user's email address.",
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
			"organization_id": identityschema.StringAttribute{
				OptionalForImport: true,
				Description:       "UUID of the organization, or @current. Default: the provider's organization_id.",
			},
			"role_id": identityschema.StringAttribute{
				RequiredForImport: true,
				Description:       "UUID of the role.",
			},
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
	var plan roleMembershipModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}

	if _, twice := r.created.LoadOrStore(plan.identity(), true); twice {
		resp.Diagnostics.AddAttributeError(path.Root("user_uuid"), summaryTwice,
			fmt.Sprintf("Another resource of this configuration adds user %s to %s. %s", plan.UserUUID.ValueString(), named(plan.role()), adviceTwice))
		return
	}
	membership, err := r.rosters.Add(ctx, plan.role(), plan.UserUUID.ValueString())
	if exists, ok := errors.AsType[*roster.ExistsError](err); ok && r.adoptExisting {
		membership, err = exists.Membership, nil
		resp.Diagnostics.AddWarning(summaryAdopted, adopted(plan.role(), membership))
	}
	if err != nil {
		r.created.Delete(plan.identity())
		resp.Diagnostics.Append(unable("add user to role", fmt.Sprintf("add user %s to %s", plan.UserUUID.ValueString(), named(plan.role())), plan.role(), err))
		return
	}

	// First of all into state: whatever fails after this, Terraform knows of the membership.
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.with(membership))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

func (r *roleMembershipResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roleMembershipModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	state.OrganizationID = r.organizationOr(state.OrganizationID)

	// Before RemoveResource too: Terraform rejects a read that returns no identity.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)

	if !r.known() {
		resp.Diagnostics.AddWarning(summaryNotRefreshed, r.notKnownYet()+" "+adviceNotRefreshed)
		return
	}
	r.managed.Store(state.identity(), true)

	membership, found, err := r.rosters.Find(ctx, state.role(), state.ID.ValueString(), state.UserUUID.ValueString())
	switch {
	case err != nil:
		resp.Diagnostics.Append(unable("read role", "read who is in "+named(state.role()), state.role(), err))
	case !found:
		resp.State.RemoveResource(ctx)
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, state.with(membership))...)
	}
}

// Update is never asked for a change: every input replaces. It keeps what was planned.
func (r *roleMembershipResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (r *roleMembershipResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roleMembershipModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}

	err := r.rosters.Remove(ctx, state.role(), state.ID.ValueString(), state.UserUUID.ValueString())
	if err != nil {
		resp.Diagnostics.Append(unable("remove user from role",
			fmt.Sprintf("remove user %s from %s", state.UserUUID.ValueString(), named(state.role())), state.role(), err))
	}
}
