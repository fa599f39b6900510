package posthog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// This file handles servers from before mid-2026. They pass every parameter of the list of roles to a filter, so that a
// limit or an offset is answered 500. Only the first 100 roles can be listed (ee/api/rbac/role.py).

// A TruncatedRolesError reports that an older server lists only the first roles of an organization.
type TruncatedRolesError struct {
	// Listed is the number of roles that the server lists. Count is the number of roles in the organization.
	Listed, Count int
	// Err is the response to the request for all roles.
	Err error
}

func (e *TruncatedRolesError) Error() string {
	return fmt.Sprintf("this version of PostHog lists only %d of %d roles (%v)", e.Listed, e.Count, e.Err)
}

func (e *TruncatedRolesError) Unwrap() error { return e.Err }

func (e *TruncatedRolesError) reason() Reason { return ReasonTruncatedRoles }

// isLimitRejection reports whether err is the response of an older server to a list of roles with a limit.
func isLimitRejection(err error) bool {
	apiError, ok := errors.AsType[*APIError](err)
	return ok && apiError.Status == http.StatusInternalServerError && strings.HasSuffix(apiError.Request.Path, "/roles/")
}
