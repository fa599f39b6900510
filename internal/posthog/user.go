package posthog

import "encoding/json"

// A User is a person as memberships show them. Pointers are nil where PostHog says null, or is too old to say.
type User struct {
	ID              int64           `json:"id"`
	UUID            string          `json:"uuid"`
	DistinctID      *string         `json:"distinct_id"`
	FirstName       *string         `json:"first_name"`
	LastName        *string         `json:"last_name"`
	Email           string          `json:"email"`
	IsEmailVerified *bool           `json:"is_email_verified"`
	HedgehogConfig  json.RawMessage `json:"hedgehog_config"`
	// RoleAtOrganization is what the person said of their job, not a role of access control.
	RoleAtOrganization *string `json:"role_at_organization"`
}
