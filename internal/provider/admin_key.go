package provider

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// keyMayNotSeeMembers reports whether the key's owner is below admin, so that PostHog may hide members. It is false if PostHog does not
// report the owner's level. The error is that of the read.
func keyMayNotSeeMembers(ctx context.Context, p *providerData, organizationID string) (bool, error) {
	level, err := p.rosters.Level(ctx, organizationID)
	if api, ok := err.(*posthog.APIError); ok && (api.Status == http.StatusForbidden || api.Status == http.StatusNotFound) { //nolint:errorlint // Package posthog returns its errors unwrapped.
		return false, nil
	}
	return err == nil && level != nil && *level < posthog.LevelAdmin, err
}

// requireAdminKey returns the error that the key may not see all members of a role, or that this could not be found out. It returns nil
// otherwise.
func requireAdminKey(ctx context.Context, p *providerData, about diagnostics.Subject) diag.Diagnostic {
	switch isHidden, err := keyMayNotSeeMembers(ctx, p, about.OrganizationID); {
	case err != nil:
		return p.messages.UnableToCheckLevel(about, err)
	case isHidden:
		return diagnostics.KeyMayNotSeeMembers(about)
	}
	return nil
}

// warnHidden reports whether members may be hidden from the key, or whether that could not be found out. Then diags get the warning that
// message returns, or the error.
func warnHidden(
	ctx context.Context, p *providerData, about diagnostics.Subject, message func(diagnostics.Subject) diag.Diagnostic, diags *diag.Diagnostics,
) bool {
	isHidden, err := keyMayNotSeeMembers(ctx, p, about.OrganizationID)
	if err != nil {
		diags.Append(p.messages.UnableToCheckLevel(about, err))
	} else if isHidden {
		diags.Append(message(about))
	}
	return isHidden || err != nil
}
