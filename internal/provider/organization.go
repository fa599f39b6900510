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

// organizationOr returns the organization that a resource names or, if it names none, the provider's default.
func (p *providerData) organizationOr(own types.String) types.String {
	if own.IsNull() && p != nil {
		return p.organization
	}
	return own
}

// resolveOrganization returns the organization that a resource names or, if it names none, the provider's default. ok is false if there
// is none, or if it cannot be resolved. Then diags get the error.
func (p *providerData) resolveOrganization(ctx context.Context, own types.String, diags *diag.Diagnostics) (resolved organization, ok bool) {
	resolved.Written = p.organizationOr(own)
	switch {
	case resolved.Written.IsNull():
		diags.Append(diagnostics.NoOrganization())
		return resolved, false
	case !p.requireReady(diags):
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

// storedOrganization returns the organization of a resource in state. recordedID is the UUID in its private state; it is "" for a state
// of an older version or another provider, whose organization is resolved as it is written.
func storedOrganization(
	ctx context.Context, p *providerData, written types.String, recordedID string, diags *diag.Diagnostics,
) (stored organization, ok bool) {
	if recordedID != "" {
		return organization{written, recordedID}, true
	}
	stored, ok = p.resolveOrganization(ctx, written, diags)
	return organization{written, stored.ID}, ok
}

// changedOrganization returns the organization in which a resource in state must be. Another spelling of the same organization changes
// nothing: it is semantically equal, so that the prior spelling is kept.
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
		err = members.ListError
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

// canCreate reports whether the create half of a replacement can find its organization and users. The delete half asks before it skips
// the delete, because a failing create would leave the membership in no state. If not, diags get the error.
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
