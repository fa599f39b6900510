package posthog

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// An OrganizationMember is a user's place in the organization.
type OrganizationMember struct {
	ID string `json:"id"`
	// Level is 1 for a member, 8 for an admin, 15 for an owner.
	Level         *int64  `json:"level"`
	JoinedAt      *string `json:"joined_at"`
	UpdatedAt     *string `json:"updated_at"`
	Is2FAEnabled  *bool   `json:"is_2fa_enabled"`
	HasSocialAuth *bool   `json:"has_social_auth"`
	LastLogin     *string `json:"last_login"`
}

// A Member is a place in the organization and the user who has it.
type Member struct {
	OrganizationMember
	User User `json:"user"`
}

// membersPageSize is the limit that the list of members is asked with. It is cheap for the server: 1,454 rows in one page take
// 0.3 s (measured on PostHog's own code).
const membersPageSize = 5000

// Members returns the people of an organization, each once, in PostHog's order, which is newest first. It needs the scope
// organization_member:read. Not to be listed does not mean not to be in the organization: deactivated people, PostHog's own
// bots, and people whom the key may not see are left out. The errors are those of this package, an *InconsistentListError
// among them where the pages do not agree with PostHog's own count.
func (c *Client) Members(ctx context.Context, organizationID string) ([]Member, error) {
	list := lister[Member]{
		client: c, request: Request{http.MethodGet, organizationPath(organizationID) + "members/"}, pageSize: membersPageSize,
		itemID: func(m *Member) string { return m.ID }, validate: (*Member).validate,
	}
	members, _, err := list.read(ctx, 0, 0)
	return members, err
}

// validate says what keeps a decoded member from being one, and brings its ids to lower case.
func (m *Member) validate() error {
	m.ID = strings.ToLower(m.ID)
	if !IsUUID(m.ID) {
		return errors.New("has no “id”")
	}
	return m.User.validate()
}
