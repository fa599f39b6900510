package posthog

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
)

// A Reason is what an error of this package comes down to. ReasonOf tells it.
type Reason int

const (
	// ReasonOther is every reason without a name here, such as a malformed UUID (400).
	ReasonOther Reason = iota

	// ReasonUnauthenticated is a key that PostHog does not accept: none, revoked, a project's, or another region's. Any 401
	// (posthog/auth.py).
	ReasonUnauthenticated
	// ReasonMissingScope is a key without a scope, which APIError.Scope names (posthog/permissions.py).
	ReasonMissingScope
	// ReasonNotAdmin is a write with a key whose owner is neither an admin nor an owner of the organization
	// (posthog/permissions.py).
	ReasonNotAdmin
	// ReasonNotInside is a key whose owner is not in the organization (posthog/permissions.py).
	ReasonNotInside
	// ReasonProjectKey is a key that is limited to projects, which no request about an organization takes
	// (posthog/permissions.py).
	ReasonProjectKey
	// ReasonOtherKey is a key that is limited to other organizations (posthog/permissions.py).
	ReasonOtherKey
	// ReasonDeactivated is an organization that is deactivated. It is the one refusal with a code of its own.
	ReasonDeactivated
	// ReasonNoKeyAccess is a request that the server does not offer to personal API keys, or a method that the path does
	// not have (posthog/permissions.py).
	ReasonNoKeyAccess
	// ReasonDenied is a 403 for any other reason.
	ReasonDenied

	// ReasonOrganizationNotFound is an organization that does not exist, or is named by something that is no UUID
	// (posthog/api/routing.py). A new one may be unknown for a minute.
	ReasonOrganizationNotFound
	// ReasonEndpointNotFound is a path that PostHog does not have (404 “Endpoint not found.”), as with a Config.Host that
	// ends in /api, or a role's id with a dot in it.
	ReasonEndpointNotFound
	// ReasonNotFound is a role or a membership that does not exist, or not there (404 of Django REST framework).
	ReasonNotFound
	// ReasonAlreadyMember is a create for a user who is in the role (ee/api/rbac/role.py).
	ReasonAlreadyMember
	// ReasonUnknownUser is a create for a user who is unknown, not in the organization or deactivated
	// (ee/api/rbac/role.py).
	ReasonUnknownUser
	// ReasonUnknownRole is a create in a role that is unknown (ee/api/rbac/role.py). Servers of September 2025 to February
	// 2026 answer so for every role when the organization is named by its UUID.
	ReasonUnknownRole

	// ReasonRateLimited is a 429, PostHog's (posthog/rate_limit.py) or that of something in front of it.
	ReasonRateLimited
	// ReasonServerFailure is a 5xx, PostHog's or that of something in front of it, or a 408, which is something in front of
	// PostHog that lost patience.
	ReasonServerFailure
	// ReasonNotPostHog is any other answer that PostHog would not give, such as a login page: an *UnexpectedResponseError.
	ReasonNotPostHog
	// ReasonRedirect is a *RedirectError.
	ReasonRedirect

	// ReasonNoAnswer is a *TransportError without a better reason: no connection, or one that broke.
	ReasonNoAnswer
	// ReasonTimedOut is an attempt that took longer than Config.RequestTimeout.
	ReasonTimedOut
	// ReasonUntrusted is a server whose certificate is not trusted, out of date, or another server's.
	ReasonUntrusted

	// ReasonGaveUp is a *GaveUpError. The failure in it has a reason of its own.
	ReasonGaveUp
	// ReasonInterrupted is an *InterruptedError. The failure in it has a reason of its own.
	ReasonInterrupted
	// ReasonLongWait is a *LongWaitError. The failure in it has a reason of its own.
	ReasonLongWait
	// ReasonTruncatedRoles is a *TruncatedRolesError.
	ReasonTruncatedRoles
	// ReasonInconsistent is an *InconsistentListError.
	ReasonInconsistent
)

// ReasonOf returns the reason of the outermost error of this package in err, ReasonOther when there is none.
func ReasonOf(err error) Reason {
	if classified, ok := errors.AsType[interface {
		error
		reason() Reason
	}](err); ok {
		return classified.reason()
	}
	return ReasonOther
}

// RefusesEveryWrite reports whether PostHog, having refused one write to an organization for this reason, refuses all others
// with the same key.
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
	return ReasonNotPostHog // Whatever else it says, it is not PostHog who says it.
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

// detailTexts tells apart the refusals that have the same status and the same code: permission_denied, not_found and
// invalid_input say no more, and attr is null. It is the one place that matches on PostHog's words. Whoever reads them must
// do without when they change, which the reasons of the status allow for.
var detailTexts = []struct {
	status int
	text   string
	reason Reason
}{
	{http.StatusForbidden, missingScope, ReasonMissingScope},
	{http.StatusForbidden, "organization access level is insufficient", ReasonNotAdmin},
	{http.StatusForbidden, "need to have admin level or higher", ReasonNotAdmin}, // before mid-2026 (ee/api/rbac/role.py)
	{http.StatusForbidden, "do not have permission to perform this action", ReasonNotInside},
	{http.StatusForbidden, "keys with scoped projects", ReasonProjectKey},
	{http.StatusForbidden, "access to the requested organization", ReasonOtherKey},
	{http.StatusForbidden, "does not support personal API key access", ReasonNoKeyAccess},
	{http.StatusNotFound, "Organization not found", ReasonOrganizationNotFound},
	{http.StatusNotFound, "Endpoint not found", ReasonEndpointNotFound},
	{http.StatusBadRequest, "already part of the role", ReasonAlreadyMember},
	{http.StatusBadRequest, "User does not exist", ReasonUnknownUser},
	{http.StatusBadRequest, "Role does not exist", ReasonUnknownRole},
}

// missingScope comes before the name of the scope, which ends with another quote.
const missingScope = "missing required scope '"

// classify fills in the reason of PostHog's own refusal.
func (e *APIError) classify() {
	e.Reason = reasonOfStatus(e.Status)
	switch {
	case e.Status == http.StatusNotFound && e.Code == "not_found":
		e.Reason = ReasonNotFound
	case e.Status == http.StatusForbidden && e.Code == "organization_deactivated":
		e.Reason = ReasonDeactivated
		return
	}
	for _, wording := range detailTexts {
		if e.Status == wording.status && strings.Contains(e.Detail, wording.text) {
			e.Reason = wording.reason
			break
		}
	}
	if e.Reason == ReasonMissingScope {
		_, scope, _ := strings.Cut(e.Detail, missingScope)
		e.Scope, _, _ = strings.Cut(scope, "'")
	}
}

// reasonOfStatus returns what the status of a refusal tells, whoever refused.
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

// isUntrusted reports whether a connection failed because the server could not prove who it is.
func isUntrusted(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted
}
