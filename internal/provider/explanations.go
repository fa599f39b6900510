package provider

import (
	"errors"
	"fmt"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// An explanation is what to do about a failure, and what is to blame for it.
type explanation struct {
	advice func(error) string
	blame  culprit
}

// plainly is an advice that is the same for every error of a reason.
func plainly(advice string) func(error) string { return func(error) string { return advice } }

// explanations are what to do about each reason. Those of package posthog that are told by what they hold, such as an
// interruption, are not among them.
var explanations = map[posthog.Reason]explanation{
	posthog.ReasonOther:                {plainly(adviceOther), nobody},
	posthog.ReasonUnauthenticated:      {plainly(adviceUnauthenticated), nobody},
	posthog.ReasonMissingScope:         {adviceForScope, nobody},
	posthog.ReasonNotAdmin:             {plainly(adviceNotAdmin), nobody},
	posthog.ReasonNotInside:            {plainly(adviceNotInside), theOrganization},
	posthog.ReasonProjectKey:           {plainly(adviceProjectKey), nobody},
	posthog.ReasonOtherKey:             {plainly(adviceOtherKey), theOrganization},
	posthog.ReasonDeactivated:          {plainly(adviceDeactivated), theOrganization},
	posthog.ReasonNoKeyAccess:          {plainly(adviceDenied), nobody},
	posthog.ReasonDenied:               {plainly(adviceDenied), nobody},
	posthog.ReasonOrganizationNotFound: {plainly(adviceNoSuchOrganization), theOrganization},
	posthog.ReasonEndpointNotFound:     {plainly(adviceNotPostHog), nobody},
	posthog.ReasonNotFound:             {plainly(adviceOther), nobody},
	posthog.ReasonUnknownUser:          {plainly(adviceNoSuchUser), theUser},
	posthog.ReasonUnknownRole:          {plainly(adviceNoSuchRole), theRole},
	posthog.ReasonAlreadyMember:        {plainly(adviceHidden), theUser},
	posthog.ReasonRateLimited:          {plainly(adviceRateLimit), nobody},
	posthog.ReasonServerFailure:        {plainly(adviceServer), nobody},
	posthog.ReasonNotPostHog:           {plainly(adviceNotPostHog), nobody},
	posthog.ReasonRedirect:             {adviceForRedirect, nobody},
	posthog.ReasonNoAnswer:             {plainly(adviceNoAnswer), nobody},
	posthog.ReasonTimedOut:             {plainly(adviceTimedOut), nobody},
	posthog.ReasonUntrusted:            {plainly(adviceUntrusted), nobody},
	posthog.ReasonLongWait:             {plainly(adviceLongWait), nobody},
	posthog.ReasonTruncatedRoles:       {plainly(adviceTruncatedRoles), theRole},
	posthog.ReasonInconsistent:         {plainly(adviceInconsistent), nobody},
}

// adviceForScope names the scope that is missing.
func adviceForScope(err error) string {
	scope := "it"
	if api, ok := errors.AsType[*posthog.APIError](err); ok && api.Scope != "" {
		scope = api.Scope
	}
	return fmt.Sprintf(adviceScope, scope)
}

// adviceForRedirect names the address to use, where it is one.
func adviceForRedirect(err error) string {
	if redirect, ok := errors.AsType[*posthog.RedirectError](err); ok && redirect.SuggestedHost != "" {
		return fmt.Sprintf(adviceRedirectTo, redirect.SuggestedHost)
	}
	return adviceRedirect
}
