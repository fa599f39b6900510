package posthog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// This file holds what servers from before mid-2026 need. They pass every parameter of the list of roles to a filter: limit,
// offset and format are answered with 500, so that only the first 100 roles can be listed (ee/api/rbac/role.py).

// A TruncatedRolesError is a list of roles of which an older server shows only the beginning.
type TruncatedRolesError struct {
	// Listed is how many roles the server lists, Count how many the organization has.
	Listed, Count int
	// Err is how the server refused to list more.
	Err error
}

func (e *TruncatedRolesError) Error() string {
	return fmt.Sprintf("this version of PostHog lists only %d of %d roles (%v)", e.Listed, e.Count, e.Err)
}

func (e *TruncatedRolesError) Unwrap() error { return e.Err }

func (e *TruncatedRolesError) reason() Reason { return ReasonTruncatedRoles }

// refusesLimit reports whether err is how older servers answer a limit in the list of roles. Another attempt is no use.
func (r apiCall) refusesLimit(err error) bool {
	api, ok := errors.AsType[*APIError](err)
	return ok && api.Status == http.StatusInternalServerError && strings.HasSuffix(r.Path, "/roles/") && r.query.Has("limit")
}
