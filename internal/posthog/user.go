package posthog

import (
	"encoding/json"
	"errors"
	"strings"
)

// A User is the user of a membership, as PostHog returns it. Pointers are nil for null, and for fields that older servers
// do not have.
type User struct {
	ID              int64           `json:"id"`
	UUID            string          `json:"uuid"`
	DistinctID      *string         `json:"distinct_id"`
	FirstName       *string         `json:"first_name"`
	LastName        *string         `json:"last_name"`
	Email           string          `json:"email"`
	IsEmailVerified *bool           `json:"is_email_verified"`
	HedgehogConfig  json.RawMessage `json:"hedgehog_config"`
	// RoleAtOrganization is the user's job. It has nothing to do with roles.
	RoleAtOrganization *string `json:"role_at_organization"`
}

// validate normalizes the user and returns what is missing.
func (u *User) validate() error {
	u.UUID = strings.ToLower(u.UUID)
	switch {
	case !IsUUID(u.UUID):
		return errors.New("has no “user.uuid”")
	case u.Email == "":
		return errors.New("has no “user.email”")
	}
	if string(u.HedgehogConfig) == "null" {
		u.HedgehogConfig = nil
	}
	return nil
}
