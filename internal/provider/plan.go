package provider

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// resourceModel is the model M of a resource.
type resourceModel[M any] interface {
	// normalized returns the model with its UUIDs in PostHog's spelling.
	normalized() M
	organizationID() types.String
	withOrganizationID(written types.String) M
}

// stored is a resource in state, as Read, Update and Delete find it.
type stored[M, S any] struct {
	state        M
	private      S
	organization organization
	isUnclear    bool // organization_id is @current and its UUID was not recorded, so that a missing role may be in another organization
}

// openState returns a resource in state. While attributes of the provider are unknown, the organization's ID is the recorded one, or the
// organization as it is written. ok is false if that fails. Then diags get the error.
func openState[M resourceModel[M], S any, P hasPrivateState[S]](
	ctx context.Context, p *providerData, state tfsdk.State, store privateStore, diags *diag.Diagnostics,
) (in stored[M, S], ok bool) {
	diags.Append(state.Get(ctx, &in.state)...)
	if diags.HasError() {
		return in, false
	}
	in.state = in.state.normalized()
	written := p.organizationOr(in.state.organizationID())
	in.state = in.state.withOrganizationID(written)
	in.private = readPrivateState[S, P](ctx, store, diags)
	private := P(&in.private).common()
	in.isUnclear = private.OrganizationID == "" && written.ValueString() == posthog.CurrentOrganization
	if !p.isReady() {
		in.organization = organization{written, cmp.Or(private.OrganizationID, written.ValueString())}
		return in, true
	}
	in.organization, ok = storedOrganization(ctx, p, written, private, diags)
	return in, ok
}

// A change is the plan of one resource with the model M and the private state S.
type change[M, S any] struct {
	*providerData

	config  M
	state   *M // nil for a resource that is not in state
	plan    M
	private S
	resp    *resource.ModifyPlanResponse
}

// A planner plans one resource. Its organizations are resolved.
type planner interface {
	// planDestroy plans a resource that is destroyed.
	planDestroy(stored organization)
	// planCreate plans a resource that is not in state, or that is replaced. The organization may be unknown until apply.
	planCreate(ctx context.Context)
	// planUpdate plans a resource in state. planned has the prior spelling if it is the prior organization.
	planUpdate(ctx context.Context, prior, planned organization)
	// planUpdateOffline plans a resource in state while no request can be sent, or while the organization is unknown.
	planUpdateOffline()
}

// modifyPlan fills in a change, and runs its planner with the resource's organization or the provider's default.
func modifyPlan[M resourceModel[M], S any, P hasPrivateState[S]](
	ctx context.Context, req resource.ModifyPlanRequest, c *change[M, S], planner planner,
) {
	diags := &c.resp.Diagnostics
	c.private = readPrivateState[S, P](ctx, req.Private, diags)
	if !req.State.Raw.IsNull() {
		c.state = new(M)
		diags.Append(req.State.Get(ctx, c.state)...)
		*c.state = (*c.state).normalized()
	}
	isDestroy := req.Plan.Raw.IsNull()
	if !isDestroy {
		diags.Append(req.Config.Get(ctx, &c.config)...)
		diags.Append(req.Plan.Get(ctx, &c.plan)...)
	}
	if diags.HasError() {
		return
	}
	private := P(&c.private).common()
	if isDestroy {
		private.Creates = ""
		if c.isReady() {
			if stored, ok := storedOrganization(ctx, c.providerData, (*c.state).organizationID(), private, diags); ok {
				planner.planDestroy(stored)
			}
		}
		writePrivateState(ctx, c.resp.Private, c.private, diags)
		return
	}
	c.plan = c.plan.withOrganizationID(c.organizationOr(c.config.organizationID()))
	if c.plan.organizationID().IsNull() {
		diags.Append(diagnostics.NoOrganization())
		return
	}
	if c.state == nil {
		planner.planCreate(ctx)
	} else {
		planInState(ctx, c, private, planner)
	}
	diags.Append(c.resp.Plan.Set(ctx, c.plan)...)
	writePrivateState(ctx, c.resp.Private, c.private, diags)
}

// planInState resolves the organizations of a resource in state, and plans its update.
func planInState[M resourceModel[M], S any](ctx context.Context, c *change[M, S], private *privateState, planner planner) {
	diags := &c.resp.Diagnostics
	private.Creates = "" // An update creates nothing.
	configured, inState := c.plan.organizationID(), (*c.state).organizationID()
	c.plan = c.plan.withOrganizationID(inState) // until the configured one is resolved
	if !c.isReady() || configured.IsUnknown() {
		planner.planUpdateOffline()
		return
	}
	prior, ok := storedOrganization(ctx, c.providerData, inState, private, diags)
	if !ok {
		return
	}
	planned, ok := changedOrganization(ctx, c.providerData, prior, configured, diags)
	if !ok {
		return
	}
	c.plan = c.plan.withOrganizationID(planned.Written)
	planner.planUpdate(ctx, prior, planned)
}

// planUnknownCreate plans a create whose role or user is unknown until apply, and fails -replace: the delete half of a replacement could
// not tell whether the same membership is created again. Terraform does not report taint here, so private state makes its delete half fail.
func planUnknownCreate(private *privateState, diags *diag.Diagnostics) {
	private.Creates = createsUnknown
	if private.isStored && !diags.HasError() {
		diags.Append(diagnostics.ReplacementUnknown())
	}
}

// warnMoveUndone names the memberships that unfinished moves have added and that the apply removes. Those in keptPlace stay: a membership
// (ownership.Member), a role (roleKey), or "" for none. It reports whether the apply removes any.
func warnMoveUndone(private *privateState, keptPlace string, diags *diag.Diagnostics) bool {
	removed := slices.DeleteFunc(private.begun(), func(member ownership.Member) bool {
		return keptPlace != "" && strings.HasPrefix(member.String()+"/", keptPlace+"/")
	})
	if len(removed) > 0 {
		diags.Append(diagnostics.MoveUndone(removed))
	}
	return len(removed) > 0
}

// planRole returns the role in which users are planned, from the cache that the refresh has filled. ok is false if the read fails or the
// role does not exist. Then diags get an error, or a warning if the refresh did not find the role.
func planRole(
	ctx context.Context, p *providerData, ref posthog.RoleRef, written types.String, about diagnostics.Subject, diags *diag.Diagnostics,
) (role *roster.Roster, ok bool) {
	role, err := p.rosters.CachedRole(ctx, ref)
	switch {
	case err != nil:
		diags.Append(p.messages.UnableToReadRole(about, err))
	case !role.Exists && p.wasMissing(ref):
		// An error would fail the plan of terraform destroy. The apply reports it.
		diags.Append(diagnostics.RoleDeleted(about.Role, diagnostics.RoleLabel("", ref)))
	case !role.Exists:
		diags.Append(roleNotFound(ctx, p, about.Role, ref, written))
	default:
		return role, true
	}
	return nil, false
}

// checkEmails returns the error about emails that match no user of an organization, while the role is unknown. It returns nil if the key
// cannot list the organization's members. Then the apply reports unknown emails.
func checkEmails(ctx context.Context, p *providerData, organizationID string, where path.Path, entries ...types.String) diag.Diagnostic {
	var unknown []diagnostics.UnknownEntry
	for _, entry := range entries {
		email := entry.ValueString()
		if !isEmail(email) {
			continue
		}
		members, err := p.rosters.OrganizationMembers(ctx, organizationID)
		if err != nil || members.ListError != nil {
			return nil
		}
		if len(members.ByEmail(email)) == 0 {
			unknown = append(unknown, diagnostics.UnknownEntry{Entry: email, Similar: p.similarEmails(ctx, organizationID, email)})
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return diagnostics.UsersNotFound(where, unknown, "organization "+organizationID)
}

// anyUnknown reports whether a value is unknown until apply.
func anyUnknown(values ...types.String) bool {
	return slices.ContainsFunc(values, types.String.IsUnknown)
}
