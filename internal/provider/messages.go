package provider

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// ready reports whether PostHog can be asked, and says why not.
func (c *configured) ready(diags *diag.Diagnostics) bool {
	if c.known() {
		return true
	}
	if c != nil {
		diags.AddError(summaryNotKnownYet, c.notKnownYet()+" "+adviceNotKnownYet)
	}
	return false
}

// unable turns a failure into an error that says what could not be done (action in brief, for the summary; task in full,
// with the ids), what PostHog said, and what to do next. It is on the attribute to blame, where there is one.
func unable(action, task string, role posthog.RoleRef, err error) diag.Diagnostic {
	if found, ok := errors.AsType[*roster.ExistsError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("user_uuid"), summaryExists, exists(found.Role, found.Membership))
	}
	if unclear, ok := errors.AsType[*roster.UnclearError](err); ok {
		story, advice := unclearStory(unclear)
		return diag.NewErrorDiagnostic(summaryUnclear, fmt.Sprintf("The provider tried to %s and cannot tell whether it happened.\n\n%s\n\n%s",
			task, story, advice))
	}

	reason, advice, blame := explain(role, err)
	summary := fmt.Sprintf(summaryUnable, action)
	detail := fmt.Sprintf("The provider could not %s.\n\n%s\n\n%s", task, reason, advice)
	if blame != "" {
		return diag.NewAttributeErrorDiagnostic(path.Root(blame), summary, detail)
	}
	return diag.NewErrorDiagnostic(summary, detail)
}

// unclearStory tells how a create failed, and then the look for it, and what to do.
func unclearStory(unclear *roster.UnclearError) (story, advice string) {
	story, _, _ = explain(unclear.Role, unclear.Create)
	if unclear.Look == nil {
		return story + " Until now the user is not listed in the role.", adviceUnclear
	}
	look, mend, _ := explain(unclear.Role, unclear.Look)
	return story + lookedFor + look, mend + "\n\n" + adviceUnclear
}

// lookedFor joins how a write failed and how the look at the role after it did.
const lookedFor = " Then it looked for the user in the role: "

// explain returns what happened in a sentence, what to do about it, and the attribute to blame or "".
func explain(role posthog.RoleRef, err error) (reason, advice, blame string) {
	if both, ok := errors.AsType[*roster.LookError](err); ok {
		write, _, _ := explain(role, both.Write)
		look, advice, blame := explain(role, both.Look)
		return write + lookedFor + look, advice, blame
	}
	if hidden, ok := errors.AsType[*roster.HiddenError](err); ok {
		return fmt.Sprintf("PostHog says that the user is already part of the role, but does not list user %s in %s.", hidden.UserUUID, named(role)),
			adviceHidden, "user_uuid"
	}
	if _, ok := errors.AsType[*roster.NeedsCurrentError](err); ok {
		return fmt.Sprintf("PostHog answered “Role does not exist.” for role %s of organization %s.", role.ID, role.OrganizationID),
			adviceNeedsCurrent, "organization_id"
	}
	if _, ok := errors.AsType[*roster.ElsewhereError](err); ok {
		return fmt.Sprintf("Role %s is not in the organization that @current means now, so nobody can tell who is in it.", role.ID),
			adviceElsewhere, "organization_id"
	}
	if gaveUp, ok := errors.AsType[*posthog.GaveUpError](err); ok {
		return explainGaveUp(role, gaveUp)
	}
	if interrupted, ok := errors.AsType[*posthog.InterruptedError](err); ok {
		reason := "Terraform was interrupted before PostHog had answered."
		if interrupted.Err != nil {
			last, _, _ := explain(role, interrupted.Err)
			reason += " Before that: " + last
		}
		return reason, adviceInterrupted, ""
	}
	if api, ok := errors.AsType[*posthog.APIError](err); ok {
		advice, blame := explainAPI(api)
		return fmt.Sprintf("PostHog answered %d (%s): %s", api.Status, codeOf(api), ended(api.Detail)), advice, blame
	}
	if redirect, ok := errors.AsType[*posthog.RedirectError](err); ok {
		advice := adviceRedirect
		if redirect.SuggestedHost != "" {
			advice = fmt.Sprintf(adviceRedirectTo, redirect.SuggestedHost)
		}
		to := redirect.Location
		if to == "" {
			to = "another address, without saying which"
		}
		return fmt.Sprintf("%s answered %d, a redirect to %s. Redirects are not followed.", redirect.Host, redirect.Status, to), advice, ""
	}
	if answer, ok := errors.AsType[*posthog.AnswerError](err); ok {
		return explainAnswer(answer)
	}
	if failed, ok := errors.AsType[*posthog.TransportError](err); ok {
		if failed.TimedOut {
			return fmt.Sprintf("%s did not answer within request_timeout (%s).", failed.Host, durationText(failed.Timeout)), adviceTimedOut, ""
		}
		return fmt.Sprintf("No answer from %s: %s.", failed.Host, failed.Err), adviceNoAnswer, ""
	}
	if list, ok := errors.AsType[*posthog.InconsistentListError](err); ok {
		return fmt.Sprintf("PostHog counts %d members of %s, but its list held %d different ones; it was read %d times.",
			list.Want, named(role), list.Got, list.Reads), adviceInconsistent, ""
	}
	return ended(err.Error()), adviceOther, ""
}

// explainGaveUp tells of an operation that would have taken longer than retry_timeout.
func explainGaveUp(role posthog.RoleRef, gaveUp *posthog.GaveUpError) (reason, advice, blame string) {
	limit := durationText(gaveUp.Limit)
	if gaveUp.Asked > 0 {
		asked := fmt.Sprintf("it asked to wait %s, and retry_timeout (%s) leaves less than that.", durationText(gaveUp.Asked.Round(time.Second)), limit)
		switch {
		case gaveUp.Err == nil:
			return "PostHog takes no requests at the moment: " + asked, adviceRateLimit, ""
		case posthog.IsRateLimited(gaveUp.Err):
			return "PostHog's rate limit is reached: " + asked, adviceRateLimit, ""
		}
		last, advice, blame := explain(role, gaveUp.Err)
		return last + " " + capital(asked), advice, blame
	}
	reason = fmt.Sprintf("It did not succeed within retry_timeout (%s).", limit)
	advice = adviceTimeout
	if gaveUp.Err != nil {
		last, _, _ := explain(role, gaveUp.Err)
		reason += " At last: " + last
		if posthog.IsRateLimited(gaveUp.Err) {
			advice = adviceRateLimit
		}
	}
	return reason, advice, ""
}

// explainAPI returns what to do about PostHog's own refusals, and the attribute to blame.
func explainAPI(api *posthog.APIError) (advice, blame string) {
	if _, missing := posthog.MissingScope(api); missing {
		return adviceScope, ""
	}
	switch posthog.DenialOf(api) {
	case posthog.DeniedNotAdmin:
		return adviceNotAdmin, ""
	case posthog.DeniedNotInside:
		return adviceNotInside, "organization_id"
	case posthog.DeniedProjectKey:
		return adviceProjectKey, ""
	case posthog.DeniedOtherKey:
		return adviceOtherKey, "organization_id"
	case posthog.DeniedDeactivated:
		return adviceDeactivated, "organization_id"
	case posthog.DeniedOther, posthog.DeniedPersonalAPIKey:
		return adviceDenied, ""
	case posthog.NotDenied:
	}
	switch {
	case posthog.IsUnauthenticated(api):
		return adviceUnauthenticated, ""
	case posthog.IsOrganizationNotFound(api):
		return adviceNoSuchOrganization, "organization_id"
	case posthog.IsUnknownRole(api):
		return adviceNoSuchRole, "role_id"
	case posthog.IsUnknownUser(api), api.Attr == "user_uuid":
		return adviceNoSuchUser, "user_uuid"
	case posthog.IsRateLimited(api):
		return adviceRateLimit, ""
	case api.Status >= http.StatusInternalServerError:
		return adviceServer, ""
	}
	return adviceOther, ""
}

// explainAnswer tells of an answer that is not PostHog's.
func explainAnswer(answer *posthog.AnswerError) (reason, advice, blame string) {
	reason = fmt.Sprintf("%s answered %d, but %s.", answer.Host, answer.Status, answer.Reason)
	if answer.FirstLine != "" {
		reason += fmt.Sprintf(" It begins with: %s", answer.FirstLine)
	}
	switch {
	case answer.Status == http.StatusTooManyRequests:
		return reason, adviceRateLimit, ""
	case answer.Status >= http.StatusInternalServerError:
		return reason, adviceServer, ""
	}
	return reason, adviceNotPostHog, ""
}

// refused reports whether PostHog will answer the same to every request with this key and these ids.
func refused(err error) bool {
	return posthog.IsUnauthenticated(err) || posthog.IsNotFound(err) || posthog.DenialOf(err) != posthog.NotDenied
}

// misdirected reports whether something else than PostHog answers at the host, and will go on doing so.
func misdirected(err error) bool {
	_, redirect := errors.AsType[*posthog.RedirectError](err)
	answer, ok := errors.AsType[*posthog.AnswerError](err)
	return redirect || ok && answer.Status < http.StatusInternalServerError &&
		answer.Status != http.StatusTooManyRequests && answer.Status != http.StatusRequestTimeout
}

// exists says that a user is in a role already, and how to import the membership.
func exists(role posthog.RoleRef, membership posthog.Membership) string {
	id := importID{role.OrganizationID, role.ID, membership.User.Email}
	if _, err := parseImportID(id.String()); err != nil {
		id.member = membership.User.UUID
	}
	return fmt.Sprintf(`%s is already a member of %s%s. Terraform did not create that membership, so it leaves it alone. To manage it, import it:

  import {
    to = posthog_role_membership.example
    id = %s
  }

%s`, person(membership), named(role), since(membership), quoted(id.String()), adviceImportOrAdopt)
}

func adopted(role posthog.RoleRef, membership posthog.Membership) string {
	return fmt.Sprintf("%s was already a member of %s%s. %s", person(membership), named(role), since(membership), adviceAdopted)
}

// named names a role in a sentence.
func named(role posthog.RoleRef) string {
	return fmt.Sprintf("role %s of organization %s", role.ID, role.OrganizationID)
}

// person names a member in a sentence.
func person(membership posthog.Membership) string {
	return fmt.Sprintf("%s (%s)", membership.User.Email, membership.User.UUID)
}

// since says when a member joined, as the end of a clause.
func since(membership posthog.Membership) string {
	joined, err := time.Parse(time.RFC3339Nano, membership.JoinedAt)
	if err != nil {
		return ""
	}
	return ", joined " + joined.UTC().Format(time.DateOnly)
}

func codeOf(api *posthog.APIError) string {
	if api.Code == "" {
		return api.Type
	}
	return api.Code
}

// ended makes sure that what somebody else said ends like a sentence.
func ended(sentence string) string {
	if sentence == "" || strings.ContainsAny(sentence[len(sentence)-1:], ".!?") {
		return sentence
	}
	return sentence + "."
}

func capital(sentence string) string { return strings.ToUpper(sentence[:1]) + sentence[1:] }

// quoted writes a string as HCL does.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", "$${", "%{", "%%{").Replace(text) + `"`
}
