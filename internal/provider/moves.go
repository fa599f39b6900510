package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// organizationApplied returns the UUID of the organization that an update ends in. The record answers if the state has the same
// spelling. ok is false if the organization cannot be found; diags say why.
func (c *configured) organizationApplied(
	ctx context.Context, own record, state, planned types.String, diags *diag.Diagnostics,
) (id string, ok bool) {
	if planned.Equal(state) {
		return own.OrganizationID, true
	}
	_, id, ok = c.organizationFor(ctx, planned, diags)
	return id, ok
}

// removeBegun removes the memberships that unfinished moves have added, except those that another resource holds or declares. What
// is left stays in the record. It reports whether nothing is left; diags say why not.
func (c *configured) removeBegun(ctx context.Context, own *record, diags *diag.Diagnostics) bool {
	done := true
	for _, member := range own.begun() {
		membership, found, err := c.rosters.CachedMembership(ctx, member.Role, member.UserUUID)
		if found {
			_, err = c.rosters.Remove(ctx, member.Role, membership.ID, member.UserUUID, own.Holder)
		}
		if err == nil {
			own.end(member)
			continue
		}
		done = false
		diags.Append(c.unable("remove user from role", fmt.Sprintf("remove %s from %s, which an unfinished move has added",
			person("", member.UserUUID), named(member.Role)), theRoleOf(member.Role), err))
	}
	return done
}

// canCreate reports whether the create half of a replacement will find what it needs, before the delete half is skipped. It reads what
// that half reads, because its failure would leave the membership in no state. diags say what is missing.
func (c *configured) canCreate(ctx context.Context, organization string, written types.String, diags *diag.Diagnostics) bool {
	if _, ok := c.resolve(ctx, written.ValueString(), diags); !ok {
		return false
	}
	_, err := c.rosters.OrganizationMembers(ctx, organization)
	if err != nil {
		diags.Append(c.cannotListMembers(organization, err))
	}
	return err == nil
}

// elsewhere is the error that a role is not in the organization that @current means now. Without a recorded organization, nobody
// can tell whether the role is gone or the organization has changed. It is nil otherwise.
func (c *configured) elsewhere(role *roster.Roster, ref posthog.RoleRef, recorded bool, written types.String) diag.Diagnostic {
	if role.Exists || recorded || written.ValueString() != posthog.CurrentOrganization {
		return nil
	}
	return at(atOrganization, fmt.Sprintf(summaryUnable, "read role"), fmt.Sprintf(
		"Role %s is not in organization %s, which @current means now.\n\n%s", ref.ID, ref.OrganizationID, adviceElsewhere))
}

// noSuchRoleIn is the error about a role that an organization does not have. If the organization is written as @current, which means
// another one by now, the error names both.
func (c *configured) noSuchRoleIn(ctx context.Context, ref posthog.RoleRef, written types.String) diag.Diagnostic {
	if written.ValueString() == posthog.CurrentOrganization {
		if current, err := c.rosters.Organization(ctx, posthog.CurrentOrganization); err == nil && current != ref.OrganizationID {
			return at(path.Root("role_id"), summaryNoSuchRole, fmt.Sprintf(
				"There is no %s, where this resource is. @current means organization %s now. %s", named(ref), current, adviceCurrentMoved))
		}
	}
	return noSuchRole(path.Root("role_id"), ref)
}

// warnHidden reports whether the key may not see all members of a role. It warns of that once for an organization, with its consequence,
// or reports why it cannot tell.
func (c *configured) warnHidden(ctx context.Context, ref posthog.RoleRef, about subject, consequence string, diags *diag.Diagnostics) bool {
	failure := c.blind(ctx, ref.OrganizationID, about)
	if failure == nil {
		return false
	}
	if failure.Summary() == summaryBlind {
		if _, reported := c.told.LoadOrStore(summaryBlind+ref.OrganizationID, true); reported {
			return true
		}
		failure = diag.NewWarningDiagnostic(summaryBlind, failure.Detail()+" "+consequence)
	}
	diags.Append(failure)
	return true
}

// noteMissing records what a refresh did not find, so that the plan only warns about it.
func (c *configured) noteMissing(role *roster.Roster, ref posthog.RoleRef, emails ...string) {
	if !role.Exists {
		c.vanished.Store(ref, true)
	}
	for _, email := range emails {
		c.vanished.Store(gone{ref, strings.ToLower(email)}, true)
	}
}
