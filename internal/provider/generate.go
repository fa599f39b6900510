package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

var _ tfserver.ConfigGenerator = (*posthogProvider)(nil)

// GenerateConfig names people by email alone, where that is one person.
func (p *posthogProvider) GenerateConfig(ctx context.Context, typeName string, attributes map[string]tftypes.Value) {
	if typeName != "posthog"+roleMembershipType {
		return
	}
	null := tftypes.NewValue(tftypes.String, nil)
	var organization, role, email *string
	for name, text := range map[string]**string{"organization_id": &organization, "role_id": &role, "user_email": &email} {
		if attributes[name].As(text) != nil {
			return
		}
	}
	if organization == nil || role == nil || email == nil || !p.made.known() {
		return
	}
	id, err := p.made.rosters.Organization(ctx, *organization)
	if err != nil {
		return // Both may stand in it, as they agree.
	}
	roster, err := p.made.rosters.CachedRole(ctx, posthog.RoleRef{OrganizationID: id, ID: *role})
	switch {
	case err != nil:
	case len(roster.ByEmail(*email)) == 1:
		attributes["user_uuid"] = null
	default:
		attributes["user_email"] = null
	}
}
