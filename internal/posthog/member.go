package posthog

import (
	"context"
	"net/http"
)

// An OrganizationMember is a user's membership in the organization.
type OrganizationMember struct {
	ID string `json:"id"`
	// Level is 1 for a member, LevelAdmin for an admin, and 15 for an owner.
	Level         *int64  `json:"level"`
	JoinedAt      *string `json:"joined_at"`
	UpdatedAt     *string `json:"updated_at"`
	Is2FAEnabled  *bool   `json:"is_2fa_enabled"`
	HasSocialAuth *bool   `json:"has_social_auth"`
	LastLogin     *string `json:"last_login"`
}

// A Member is an organization member with its user.
type Member struct {
	OrganizationMember
	User User `json:"user"`
}

// membersPageSize is the limit of requests for members. A page of 1,454 rows takes PostHog 0.3 s (measured on PostHog's
// code).
const membersPageSize = 5000

// Members returns the members of an organization without duplicates, newest first. It needs the scope
// organization_member:read. Deactivated users, PostHog's own bots, and users that the key may not see are missing.
// It returns an *InconsistentListError if the pages do not match PostHog's count.
func (c *Client) Members(ctx context.Context, organizationID string) ([]Member, error) {
	list := lister[Member]{
		client: c, request: Request{http.MethodGet, organizationPath(organizationID) + "members/"}, pageSize: membersPageSize,
		itemID: func(m *Member) string { return m.ID }, validate: (*Member).validate,
	}
	members, _, err := list.read(ctx, 0, 0)
	return members, err
}

// validate normalizes the UUIDs and returns what is wrong with the member.
func (m *Member) validate() error {
	if err := normalizeID(&m.ID); err != nil {
		return err
	}
	return m.User.validate()
}
