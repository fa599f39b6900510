package diagnostics

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// An explanation is what happened in a sentence or two, what to do about it, and which attribute the error is attached to.
type explanation struct {
	problem, advice string
	attribute       attributeKind
}

// explain returns the explanation of a failure. An error that holds another one is explained with it. Packages roster and posthog return
// their errors unwrapped.
func explain(about Subject, err error) explanation {
	switch e := err.(type) { //nolint:errorlint // See above.
	case *roster.VerifyError:
		why := explain(about, e.Verify)
		why.problem = explain(about, e.Write).problem + verifyClause + why.problem
		return why
	case *roster.HiddenError:
		return explanation{
			fmt.Sprintf("PostHog says that the user is already part of the role, but does not list user %s in it.", e.UserUUID), adviceHidden, userAttribute}
	case *roster.NeedsCurrentError:
		return explanation{
			"PostHog answered “Role does not exist.”, although the role exists.",
			"PostHog servers of September 2025 to February 2026 add users only in the organization that the key's owner has open. Another organization " +
				"is open now. Open this organization in PostHog as the key's owner and run again, or upgrade the server.", organizationAttribute}
	case *roster.AlreadyClaimedError:
		return explanation{"Another resource of this configuration has added the user to the role.", adviceDeclaredTwice, userAttribute}
	case *roster.StillWantedError:
		return explanation{
			"Another resource of this configuration declares the membership, and is not applied yet.",
			"The user stays in the role. Fix the error of the other resource and apply again. If only the address of this resource has changed, add " +
				"a moved block. If both resources are in the state, remove this one from the state (terraform state rm).", noAttribute}
	case *roster.SkippedAfterRefusalError:
		return explain(about, e.Err)
	case *roster.SkippedAfterFailuresError:
		return explain(about, e.Err)
	case *roster.UnknownOrganizationError:
		return explainUnknownOrganization(e)
	case *posthog.GaveUpError:
		return explainGaveUp(about, e)
	case *posthog.InterruptedError:
		return explainInterruption(about, e)
	case *posthog.OutageError:
		why := explain(about, e.Cause)
		why.problem = "Skipped, because the server did not answer another request of this run: " + why.problem
		return why
	}
	if host, other := posthog.OtherScheme(err); other != "" {
		return explainScheme(host, other, err)
	}
	advice, attribute := adviceFor(err)
	return explanation{describe(about, err), advice, attribute}
}

// verifyClause joins how a write failed and how the read after it failed.
const verifyClause = " Then the provider read the role to find out whether the write had an effect: "

// explainUnclear returns how a create failed, and how the read after it failed. It gives no advice if that read succeeded.
func explainUnclear(about Subject, unclear *roster.UnclearError) explanation {
	why := explanation{problem: explain(about, unclear.Create).problem}
	if unclear.Verify == nil {
		why.problem += " The role does not list the user yet."
		return why
	}
	verify := explain(about, unclear.Verify)
	return explanation{why.problem + verifyClause + verify.problem, verify.advice, noAttribute}
}

// describe returns what PostHog answered, or why there was no answer.
func describe(about Subject, err error) string {
	switch e := err.(type) { //nolint:errorlint // As in explain.
	case *posthog.APIError:
		code := e.Code
		if code == "" {
			code = e.Type
		}
		return fmt.Sprintf("PostHog answered %d (%s): %s", e.Status, code, withPeriod(e.Detail))
	case *posthog.UnexpectedResponseError:
		problem := fmt.Sprintf("%s answered %d, but %s.", e.Host, e.Status, e.Reason)
		if e.FirstLine != "" {
			problem += " The answer begins with: " + e.FirstLine
		}
		return problem
	case *posthog.RedirectError:
		if e.Location == "" {
			return fmt.Sprintf("%s answered %d, a redirect without an address.", e.Host, e.Status)
		}
		return fmt.Sprintf("%s answered %d, a redirect to %s. The provider does not follow redirects.", e.Host, e.Status, e.Location)
	case *posthog.TransportError:
		if e.TimedOut {
			return fmt.Sprintf("%s did not answer within request_timeout (%s).", e.Host, DurationText(e.Timeout))
		}
		return fmt.Sprintf("No answer from %s: %s.", e.Host, e.Err)
	case *posthog.LongWaitError:
		return fmt.Sprintf("The server asked to wait %s, which is longer than any rate limit of PostHog.", DurationText(e.Asked.Round(time.Second)))
	case *posthog.TruncatedRolesError:
		return fmt.Sprintf("This version of PostHog lists only the first %d of the organization's %d roles.", e.Listed, e.Count)
	case *posthog.InconsistentListError:
		return fmt.Sprintf("PostHog reports %d entries for %s, but returned only %d in each of %d reads.", e.Want, about.Label, e.Got, e.Reads)
	}
	return withPeriod(err.Error())
}

func explainInterruption(about Subject, interrupted *posthog.InterruptedError) explanation {
	problem := "Terraform was interrupted before the request was sent."
	if interrupted.Err != nil {
		problem = "Terraform was interrupted before the request was sent again. The previous attempt failed: " + explain(about, interrupted.Err).problem
	}
	return explanation{problem, "Run again to continue.", noAttribute}
}

// explainGaveUp explains an operation that would have taken longer than retry_timeout.
func explainGaveUp(about Subject, gaveUp *posthog.GaveUpError) explanation {
	limit, isLimited := DurationText(gaveUp.Limit), posthog.ReasonOf(gaveUp.Err) == posthog.ReasonRateLimited
	if gaveUp.Asked > 0 {
		asked := fmt.Sprintf("it asked to wait %s, which is longer than the rest of retry_timeout (%s).", DurationText(gaveUp.Asked.Round(time.Second)), limit)
		switch {
		case gaveUp.Err == nil:
			return explanation{"PostHog accepts no requests at the moment: " + asked, adviceRateLimit, noAttribute}
		case isLimited:
			return explanation{"PostHog's rate limit is reached: " + asked, adviceRateLimit, noAttribute}
		}
		why := explain(about, gaveUp.Err)
		why.problem += " " + capitalize(asked)
		return why
	}
	problem := fmt.Sprintf("The operation did not succeed within retry_timeout (%s).", limit)
	if gaveUp.Err != nil {
		problem += " The last attempt failed: " + explain(about, gaveUp.Err).problem
	}
	if isLimited {
		return explanation{problem, adviceRateLimit, noAttribute}
	}
	return explanation{problem, "Run again later, or raise retry_timeout in the provider block.", noAttribute}
}

// explainScheme explains that a host has the wrong scheme. other is the address with the other one.
func explainScheme(host, other string, err error) explanation {
	if strings.HasPrefix(other, "http:") {
		return explanation{host + " answers in plain http.", fmt.Sprintf("If this is your own server, write http:// in host (or POSTHOG_HOST): %q.", other), noAttribute}
	}
	problem := host + " seems to expect https."
	if unexpected, ok := errors.AsType[*posthog.UnexpectedResponseError](err); ok && unexpected.FirstLine != "" {
		problem += " Its answer begins with: " + unexpected.FirstLine
	}
	return explanation{problem, fmt.Sprintf("Write https:// in host (or POSTHOG_HOST): %q.", other), noAttribute}
}

// explainUnknownOrganization lists the organizations of the key's owner.
func explainUnknownOrganization(unknown *roster.UnknownOrganizationError) explanation {
	problem := fmt.Sprintf("This key sees no organization with the slug %q.\n\nOrganizations of this key:\n\n%s", unknown.Slug,
		lines(unknown.Known, func(o posthog.Organization) string { return fmt.Sprintf("%s  %s (%s)", o.ID, o.Slug, o.Name) }))
	return explanation{problem, "Set organization_id to one of them, by UUID or slug, or to \"@current\".", organizationAttribute}
}

// Advice that several messages give.
const (
	adviceHidden = "The membership may be hidden from this key. Use the key of an admin or owner of the organization, because other keys may not " +
		"see all members. If such a key does not see the user either, contact PostHog's support."
	adviceUnseenOrganization = "This key does not see the organization. The key's owner is not in it, or it does not exist on this host. " +
		"Check organization_id (or POSTHOG_ORGANIZATION_ID). An organization's UUID is in PostHog under Settings, Organization."
	adviceNoSuchRole = "Check role_id and organization_id: the role may have been deleted, or belong to another organization. The role's UUID is " +
		"in the address of its page in PostHog, under Settings, Roles."
	adviceRateLimit = "Raise retry_timeout in the provider block, lower terraform's -parallelism, or run again later. The limit belongs to the " +
		"key: give Terraform a key of its own."
	adviceDeclaredTwice = "Keep one of the two resources. If both are in the state, first remove the other one from the state, with terraform state rm or " +
		"a removed block with destroy = false. A destroy would remove the user from the role."
)

// adviceFor returns what to do about an error, and the attribute that it is attached to.
func adviceFor(err error) (advice string, attribute attributeKind) {
	switch posthog.ReasonOf(err) {
	case posthog.ReasonUnauthenticated:
		return "The key may be mistyped or revoked, be a project key (phc_…), or belong to another region: https://eu.posthog.com does not accept the " +
			"keys of https://us.posthog.com. Check api_key (or POSTHOG_PERSONAL_API_KEY) and host (or POSTHOG_HOST).", noAttribute
	case posthog.ReasonMissingScope:
		return adviceForScope(err), noAttribute
	case posthog.ReasonNotAdmin:
		return "Only admins and owners of the organization can change its roles and their members. Use the key of an admin or owner.", noAttribute
	case posthog.ReasonNotInside, posthog.ReasonOrganizationNotFound:
		return adviceUnseenOrganization, organizationAttribute
	case posthog.ReasonProjectKey:
		return "Roles belong to organizations. Use a personal API key that is not limited to projects.", noAttribute
	case posthog.ReasonOtherKey:
		return "The key is limited to other organizations. Use a personal API key that includes this organization, or one for all organizations.",
			organizationAttribute
	case posthog.ReasonDeactivated:
		return "The organization is deactivated. Ask PostHog's support to activate it.", organizationAttribute
	case posthog.ReasonNoKeyAccess, posthog.ReasonDenied:
		return "Check that the key's owner is in this organization and, to change roles and their members, an admin or owner. The key must have the scopes " +
			"organization:read and organization:write, and must not be limited to other organizations or to projects.", noAttribute
	case posthog.ReasonEndpointNotFound:
		return "PostHog does not have this address. " + adviceForHost(err), noAttribute
	case posthog.ReasonNotPostHog:
		return "This answer is not from PostHog's API. It may be from a login page, a proxy or another server. " + adviceForHost(err), noAttribute
	case posthog.ReasonUnknownUser:
		return "The user must be active and in the organization. Check the UUID, or invite the user first. A membership's UUID, a person's id and a " +
			"distinct id are not the user's UUID.", userAttribute
	case posthog.ReasonUnknownRole:
		return adviceNoSuchRole, roleAttribute
	case posthog.ReasonAlreadyMember:
		return adviceHidden, userAttribute
	case posthog.ReasonNameTaken:
		return "Another role has the name. Role names are unique without regard to case: choose another name.", roleAttribute
	case posthog.ReasonInvalidName:
		return "Choose another name. It must have 1 to 200 characters, no null characters, and no white space around it.", roleAttribute
	case posthog.ReasonRateLimited:
		return adviceRateLimit, noAttribute
	case posthog.ReasonServerFailure:
		return "PostHog, or a proxy before it, has failed. Run again later. If it fails again, check the server's log or PostHog's status page.", noAttribute
	case posthog.ReasonRedirect:
		return adviceForRedirect(err), noAttribute
	case posthog.ReasonNoAnswer:
		return "Check that host (or POSTHOG_HOST) is right and can be reached from here. If a proxy is needed, set HTTPS_PROXY.", noAttribute
	case posthog.ReasonTimedOut:
		return "Run again, or raise request_timeout in the provider block if the server needs more time.", noAttribute
	case posthog.ReasonUntrusted:
		return "If a private certificate authority signed the certificate of the server or of a proxy, set ca_cert_file in the provider block (or " +
			"POSTHOG_CA_CERT_FILE) to a PEM file with the authority's certificate. You can also add it to the system's certificates (on Linux: " +
			"SSL_CERT_FILE). Otherwise check host (or POSTHOG_HOST).", noAttribute
	case posthog.ReasonLongWait:
		return "Check the proxy or firewall before PostHog, and run again when the wait is over.", noAttribute
	case posthog.ReasonTruncatedRoles:
		return "Read one role instead of all, by role_id or with the data source posthog_role, or upgrade PostHog.", roleAttribute
	case posthog.ReasonInconsistent:
		return "The list changed during the reads, or the server leaves members out. The provider does not use an incomplete list. Run again.", noAttribute
	}
	return "If this happens again, look up the answer in PostHog's API documentation, or report it to this provider's issue tracker.", noAttribute
}

func adviceForScope(err error) string {
	scope := "that PostHog names"
	if api, ok := errors.AsType[*posthog.APIError](err); ok && api.Scope != "" {
		scope = api.Scope
	}
	return fmt.Sprintf("Add the scope %s to the personal API key, in PostHog under Settings, Personal API keys. Reading roles needs organization:read, "+
		"adding and removing members organization:write, and finding users by email organization_member:read.", scope)
}

// adviceForHost returns what to check about the address of PostHog. A path is allowed, because a server may be behind a prefix.
func adviceForHost(err error) string {
	if address, parseErr := url.Parse(posthog.HostOf(err)); parseErr == nil && address.Path != "" {
		prefix := address.EscapedPath()
		address.Path, address.RawPath = "", ""
		return fmt.Sprintf("host (or POSTHOG_HOST) has the path %s. Unless PostHog is behind this path, write %q.", prefix, address)
	}
	return "Check host (or POSTHOG_HOST): it must be the address of the web app, such as https://us.posthog.com, without a path."
}

func adviceForRedirect(err error) string {
	if redirect, ok := errors.AsType[*posthog.RedirectError](err); ok && redirect.SuggestedHost != "" {
		return fmt.Sprintf("If you trust that address, set host (or POSTHOG_HOST) to %q. The provider then sends the API key there.", redirect.SuggestedHost)
	}
	return "If you trust the address of the redirect, set host (or POSTHOG_HOST) to it. The provider then sends the API key there."
}
