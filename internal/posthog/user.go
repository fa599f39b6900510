package posthog

import (
	"encoding/json"
	"errors"
	"strings"
)

// A User is a person as PostHog shows them beside what they are part of. Pointers are nil where PostHog says null, or is
// too old to say.
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

// validate says what a decoded user lacks, and brings its UUID to lower case.
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
