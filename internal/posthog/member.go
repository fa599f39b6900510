package posthog

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
