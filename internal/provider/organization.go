package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// organization is an organization as it is written (UUID, slug or @current), and its UUID.
type organization struct {
	Written types.String
	ID      string
}

// organizationOr returns organization_id of a resource or, if it is null, that of the provider.
func (p *providerData) organizationOr(configured types.String) types.String {
	if configured.IsNull() && p != nil {
		return p.organization
	}
	return configured
}

// resolveOrganization returns the organization of a resource, or the provider's default if organization_id of the resource is null. A slug
// or @current is read once per run. ok is false if there is no organization, or if it cannot be resolved. Then diags get the error.
func (p *providerData) resolveOrganization(ctx context.Context, configured types.String, diags *diag.Diagnostics) (resolved organization, ok bool) {
	resolved.Written = p.organizationOr(configured)
	switch {
	case resolved.Written.IsNull():
		diags.Append(diagnostics.NoOrganization())
		return resolved, false
	case !p.requireReady(diags): // Attributes of the provider are unknown until apply.
		return resolved, false
	case resolved.Written.IsUnknown():
		diags.Append(diagnostics.ProviderUnknown("organization_id"))
		return resolved, false
	}
	id, err := p.rosters.Organization(ctx, resolved.Written.ValueString())
	if err != nil {
		diags.Append(p.messages.UnableToFindOrganization(resolved.Written.ValueString(), err))
		return resolved, false
	}
	resolved.ID = id
	return resolved, true
}

// storedOrganization returns the organization of a resource in state, and records it in private state. Without a recorded UUID, the
// organization is resolved as it is written. ok is false if that fails. Then diags get the error.
func storedOrganization(
	ctx context.Context, p *providerData, written types.String, private *privateState, diags *diag.Diagnostics,
) (stored organization, ok bool) {
	if private.OrganizationID != "" {
		return organization{Written: written, ID: private.OrganizationID}, true
	}
	resolved, ok := p.resolveOrganization(ctx, written, diags)
	private.recordOrganization(written, resolved.ID)
	return organization{Written: written, ID: resolved.ID}, ok
}

// changedOrganization returns the organization that the configuration names now. If that is another spelling of prior, it returns prior,
// because both are semantically equal.
func changedOrganization(
	ctx context.Context, p *providerData, prior organization, written types.String, diags *diag.Diagnostics,
) (changed organization, ok bool) {
	if written.Equal(prior.Written) {
		return prior, true
	}
	changed, ok = p.resolveOrganization(ctx, written, diags)
	if ok && changed.ID == prior.ID {
		return prior, true
	}
	return changed, ok
}

// listOrganizationMembers returns the members of an organization, or the error that the key cannot list them.
func listOrganizationMembers(ctx context.Context, p *providerData, organizationID string) (*roster.OrganizationMembers, diag.Diagnostic) {
	members, err := p.rosters.OrganizationMembers(ctx, organizationID)
	if err == nil {
		err = members.ListError // The key lacks a scope.
	}
	if err != nil {
		return nil, p.messages.UnableToListMembers(organizationID, err)
	}
	return members, nil
}

// listRoles returns the roles of an organization, ordered by name, or the error that they could not be read.
func listRoles(ctx context.Context, p *providerData, organizationID string) ([]posthog.Role, diag.Diagnostic) {
	roles, err := p.rosters.Roles(ctx, organizationID)
	if err != nil {
		return nil, p.messages.UnableToListRoles(organizationID, err)
	}
	return roles, nil
}

// canCreate reports whether the create half of a replacement can read its organization and users. If not, diags get the error. The delete
// half calls it before it skips the delete: if the create failed after that, the membership would exist and be in no state.
func canCreate(ctx context.Context, p *providerData, stored organization, diags *diag.Diagnostics) bool {
	if _, ok := p.resolveOrganization(ctx, stored.Written, diags); !ok {
		return false
	}
	if _, err := p.rosters.OrganizationMembers(ctx, stored.ID); err != nil {
		diags.Append(p.messages.UnableToListMembers(stored.ID, err))
		return false
	}
	return true
}
