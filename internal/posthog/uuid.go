package posthog

import (
	"errors"
	"strings"
)

// IsUUID reports whether text is a UUID in the spelling of PostHog: lower case, with hyphens.
func IsUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}

// normalizeID changes the id of a decoded object to lower case. It returns an error if that is not a UUID.
func normalizeID(id *string) error {
	*id = strings.ToLower(*id)
	if !IsUUID(*id) {
		return errors.New("has no “id”")
	}
	return nil
}
