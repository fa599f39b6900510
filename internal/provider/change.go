package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// A change is one resource's part of a plan, M being what the resource is in configuration, plan and state.
type change[M any] struct {
	record record
	config M
	state  *M // nil when there is none
	plan   M
	resp   *resource.ModifyPlanResponse
}

// changeIn returns what is to be planned. planned is false when that is a destroy: then there is neither configuration nor
// plan. The response says what is wrong, if anything is.
func changeIn[M any](ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) (c change[M], planned bool) {
	own, diags := recordIn(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	c = change[M]{record: own, resp: resp}
	if !req.State.Raw.IsNull() {
		c.state = new(M)
		resp.Diagnostics.Append(req.State.Get(ctx, c.state)...)
	}
	if req.Plan.Raw.IsNull() {
		return c, false
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &c.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &c.plan)...)
	return c, true
}

// createUnknown plans to create something that is not known yet, and fails -replace: the delete half of a replacement could not tell
// whether the same membership is created again. Terraform does not report taint to this plan. The record makes its delete half fail.
func (c *change[M]) createUnknown() {
	c.record.Creates = createsUnknown
	if c.record.stored && !c.resp.Diagnostics.HasError() {
		c.resp.Diagnostics.AddError(summaryUnknownReplacement, adviceUnknownReplacement)
	}
}

// warnBegun names the memberships that unfinished moves have added and that the apply removes: all except those in a place that stays.
// It reports whether there are any.
func (c *change[M]) warnBegun(stays string) bool {
	begun := slices.DeleteFunc(c.record.begun(), func(member ownership.Member) bool {
		return stays != "" && strings.HasPrefix(member.String()+"/", stays+"/")
	})
	if len(begun) > 0 {
		c.resp.Diagnostics.AddWarning(summaryUndo, fmt.Sprintf(adviceUndo, enumerated(begun, func(m ownership.Member) string {
			return person("", m.UserUUID) + " in " + named(m.Role)
		})))
	}
	return len(begun) > 0
}

// A planner plans one resource, whose change it is.
type planner interface {
	// destroy plans that the resource is destroyed, create that it is created, update that it stays, changes or moves.
	destroy(ctx context.Context)
	create(ctx context.Context)
	update(ctx context.Context)
	// organization is how the organization is written in the configuration, and where to plan it.
	organization() (configured types.String, planned *types.String)
}

// modifyPlan has a planner plan its change, with the organization that the resource names or else the provider's.
func modifyPlan[M any](ctx context.Context, r *configured, c *change[M], p planner, planned bool) {
	if c.resp.Diagnostics.HasError() {
		return
	}
	if !planned {
		p.destroy(ctx)
		c.resp.Diagnostics.Append(c.record.keepIn(ctx, c.resp.Private)...)
		return
	}
	own, organization := p.organization()
	*organization = r.organizationOr(own)
	if organization.IsNull() {
		c.resp.Diagnostics.AddAttributeError(atOrganization, summaryNoOrganization, adviceNoOrganization)
		return
	}
	if c.state == nil {
		p.create(ctx)
	} else {
		p.update(ctx)
	}
	c.resp.Diagnostics.Append(c.resp.Plan.Set(ctx, c.plan)...)
	c.resp.Diagnostics.Append(c.record.keepIn(ctx, c.resp.Private)...)
}

// organizationPlanned returns the organization that a resource in state is to be in: as it is to be written, and its UUID.
// Another spelling of the same organization changes nothing, because a provider may keep the prior value of what means the same.
// ok is false when it cannot be found out which one is meant; the response says why.
func (c *configured) organizationPlanned(
	ctx context.Context, own *record, state, written types.String, resp *resource.ModifyPlanResponse,
) (planned types.String, id string, ok bool) {
	if !c.settle(ctx, own, state, &resp.Diagnostics) {
		return state, "", false
	}
	if written.Equal(state) {
		return state, own.OrganizationID, true
	}
	id, ok = c.resolve(ctx, written.ValueString(), &resp.Diagnostics)
	if !ok || id == own.OrganizationID {
		return state, id, ok
	}
	return written, id, true
}

// rolePlanned reads the role that people are planned to be in: what the refresh has read, however long Terraform has thought
// about it since. ok is false when nobody can be in it; the diagnostics say why.
func (c *configured) rolePlanned(
	ctx context.Context, ref posthog.RoleRef, written types.String, about subject, diags *diag.Diagnostics,
) (role *roster.Roster, ok bool) {
	role, err := c.rosters.CachedRole(ctx, ref)
	switch {
	case err != nil:
		diags.Append(c.unable("read role", "read who is in "+about.name, about, err))
	case !role.Exists && c.hasVanished(ref):
		// An error would stop “terraform destroy”, which begins with a plan like this one. The apply has it.
		diags.AddAttributeWarning(path.Root("role_id"), summaryRoleGone, capital(named(ref))+" does not exist any more. "+adviceRoleGone)
	case !role.Exists:
		diags.Append(c.noSuchRoleIn(ctx, ref, written))
	default:
		return role, true
	}
	return nil, false
}
