package posthog

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
)

// A Reason classifies the errors of this package.
type Reason int

const (
	// ReasonOther is every error without a Reason below, such as a malformed UUID (400).
	ReasonOther Reason = iota

	// ReasonUnauthenticated is any 401: the key is missing, revoked, a project's, or of another region (posthog/auth.py).
	ReasonUnauthenticated
	// ReasonMissingScope means that the key lacks APIError.Scope (posthog/permissions.py).
	ReasonMissingScope
	// ReasonNotAdmin is a write by a key whose owner is not an admin or owner of the organization (posthog/permissions.py).
	ReasonNotAdmin
	// ReasonNotInside means that the key's owner is not in the organization (posthog/permissions.py).
	ReasonNotInside
	// ReasonProjectKey means that the key is limited to projects. Requests about organizations reject such keys
	// (posthog/permissions.py).
	ReasonProjectKey
	// ReasonOtherKey means that the key is limited to other organizations (posthog/permissions.py).
	ReasonOtherKey
	// ReasonDeactivated means that the organization is deactivated. It is the only 403 with its own code.
	ReasonDeactivated
	// ReasonNoKeyAccess means that the endpoint does not allow personal API keys, or that the path does not have the method
	// (posthog/permissions.py).
	ReasonNoKeyAccess
	// ReasonDenied is any other 403.
	ReasonDenied

	// ReasonOrganizationNotFound means that the organization does not exist, or that its id is not a UUID
	// (posthog/api/routing.py). A new organization may be unknown for a minute.
	ReasonOrganizationNotFound
	// ReasonEndpointNotFound means that PostHog does not have the path (404 “Endpoint not found.”). It happens if Config.Host
	// ends in /api, or a role's id contains a dot.
	ReasonEndpointNotFound
	// ReasonNotFound means that the role or membership does not exist, or belongs elsewhere (404 of Django REST framework).
	ReasonNotFound
	// ReasonAlreadyMember is a create for a user that is already in the role (ee/api/rbac/role.py).
	ReasonAlreadyMember
	// ReasonUnknownUser is a create for a user that is unknown, not in the organization, or deactivated
	// (ee/api/rbac/role.py).
	ReasonUnknownUser
	// ReasonUnknownRole is a create in an unknown role (ee/api/rbac/role.py). Servers of September 2025 to February 2026 also
	// return it for existing roles, if the request has the organization's UUID.
	ReasonUnknownRole
	// ReasonNameTaken is a create or rename of a role with the name of another role (ee/api/rbac/role.py). Case does not matter.
	// Servers before mid-2026 also return it if only the case of a role's own name changes.
	ReasonNameTaken
	// ReasonInvalidName is a create or rename of a role with a blank or too long name, or with null characters
	// (ee/api/rbac/role.py).
	ReasonInvalidName

	// ReasonRateLimited is a 429 of PostHog (posthog/rate_limit.py) or a proxy.
	ReasonRateLimited
	// ReasonServerFailure is a 5xx of PostHog or a proxy, or a 408 of a proxy.
	ReasonServerFailure
	// ReasonNotPostHog is any other *UnexpectedResponseError, such as a login page.
	ReasonNotPostHog
	// ReasonRedirect is a *RedirectError.
	ReasonRedirect

	// ReasonNoAnswer is any other *TransportError: no connection, or a broken one.
	ReasonNoAnswer
	// ReasonTimedOut is an attempt that took longer than Config.RequestTimeout.
	ReasonTimedOut
	// ReasonUntrusted means that the server's certificate is untrusted, expired, or for another host.
	ReasonUntrusted

	// ReasonGaveUp is a *GaveUpError. The error it wraps has its own Reason.
	ReasonGaveUp
	// ReasonInterrupted is an *InterruptedError. The error it wraps has its own Reason.
	ReasonInterrupted
	// ReasonLongWait is a *LongWaitError. The error it wraps has its own Reason.
	ReasonLongWait
	// ReasonTruncatedRoles is a *TruncatedRolesError.
	ReasonTruncatedRoles
	// ReasonInconsistent is an *InconsistentListError.
	ReasonInconsistent
)

// ReasonOf returns the Reason of the outermost error of this package in err, or ReasonOther if there is none.
func ReasonOf(err error) Reason {
	if classified, ok := errors.AsType[interface {
		error
		reason() Reason
	}](err); ok {
		return classified.reason()
	}
	return ReasonOther
}

// RefusesEveryWrite reports whether PostHog will reject all writes to the organization with this key, after it rejected
// one for this reason.
func (r Reason) RefusesEveryWrite() bool {
	switch r {
	case ReasonUnauthenticated, ReasonMissingScope, ReasonNotAdmin, ReasonNotInside, ReasonProjectKey, ReasonOtherKey, ReasonDeactivated:
		return true
	}
	return false
}

func (e *APIError) reason() Reason              { return e.Reason }
func (e *RedirectError) reason() Reason         { return ReasonRedirect }
func (e *GaveUpError) reason() Reason           { return ReasonGaveUp }
func (e *InterruptedError) reason() Reason      { return ReasonInterrupted }
func (e *LongWaitError) reason() Reason         { return ReasonLongWait }
func (e *OutageError) reason() Reason           { return ReasonOf(e.Cause) }
func (e *InconsistentListError) reason() Reason { return ReasonInconsistent }

func (e *UnexpectedResponseError) reason() Reason {
	if reason := reasonOfStatus(e.Status); reason == ReasonRateLimited || reason == ReasonServerFailure {
		return reason
	}
	return ReasonNotPostHog // Also for a 401, 403 or 404, because PostHog did not send it.
}

func (e *TransportError) reason() Reason {
	switch {
	case e.TimedOut:
		return ReasonTimedOut
	case isUntrusted(e.Err):
		return ReasonUntrusted
	}
	return ReasonNoAnswer
}

// detailTexts distinguishes errors that have the same status, code and attr. If PostHog changes these texts, errors fall
// back to the reason of their status code.
var detailTexts = []struct {
	status int
	text   string
	reason Reason
}{
	{status: http.StatusForbidden, text: missingScope, reason: ReasonMissingScope},
	{status: http.StatusForbidden, text: "organization access level is insufficient", reason: ReasonNotAdmin},
	{status: http.StatusForbidden, text: "need to have admin level or higher", reason: ReasonNotAdmin}, // before mid-2026 (ee/api/rbac/role.py)
	{status: http.StatusForbidden, text: "do not have permission to perform this action", reason: ReasonNotInside},
	{status: http.StatusForbidden, text: "keys with scoped projects", reason: ReasonProjectKey},
	{status: http.StatusForbidden, text: "access to the requested organization", reason: ReasonOtherKey},
	{status: http.StatusForbidden, text: "does not support personal API key access", reason: ReasonNoKeyAccess},
	{status: http.StatusNotFound, text: "Organization not found", reason: ReasonOrganizationNotFound},
	{status: http.StatusNotFound, text: "Endpoint not found", reason: ReasonEndpointNotFound},
	{status: http.StatusBadRequest, text: "already part of the role", reason: ReasonAlreadyMember},
	{status: http.StatusBadRequest, text: "User does not exist", reason: ReasonUnknownUser},
	{status: http.StatusBadRequest, text: "Role does not exist", reason: ReasonUnknownRole},
}

// missingScope is followed by the name of the scope and a closing quote.
const missingScope = "missing required scope '"

// classify sets Reason and Scope.
func (e *APIError) classify() {
	e.Reason = reasonOfStatus(e.Status)
	switch {
	case e.Status == http.StatusNotFound && e.Code == "not_found":
		e.Reason = ReasonNotFound
	case e.Status == http.StatusForbidden && e.Code == "organization_deactivated":
		e.Reason = ReasonDeactivated
		return
	case e.Status == http.StatusBadRequest && e.Attr == "name":
		e.Reason = ReasonInvalidName
		if e.Code == "unique" {
			e.Reason = ReasonNameTaken
		}
		return
	}
	for _, known := range detailTexts {
		if e.Status == known.status && strings.Contains(e.Detail, known.text) {
			e.Reason = known.reason
			break
		}
	}
	if e.Reason == ReasonMissingScope {
		_, scope, _ := strings.Cut(e.Detail, missingScope)
		e.Scope, _, _ = strings.Cut(scope, "'")
	}
}

// reasonOfStatus returns the reason that follows from the status alone, also for the errors of a proxy.
func reasonOfStatus(status int) Reason {
	switch {
	case status == http.StatusUnauthorized:
		return ReasonUnauthenticated
	case status == http.StatusForbidden:
		return ReasonDenied
	case status == http.StatusTooManyRequests:
		return ReasonRateLimited
	case status >= 500, status == http.StatusRequestTimeout:
		return ReasonServerFailure
	}
	return ReasonOther
}

// isUntrusted reports whether a connection failed because the server's certificate could not be verified.
func isUntrusted(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted
}
