package provider

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// unable turns a failure into an error that says what could not be done (action in brief, for the summary; task in full,
// with names and ids), what PostHog said, and what to do next. It is on the attribute to blame, where there is one. What
// PostHog refuses to every write is told at length once, and in a line from then on.
func (c *configured) unable(action, task string, about subject, err error) diag.Diagnostic {
	if exists, ok := errors.AsType[*roster.ExistsError](err); ok {
		return c.userExists(about, exists.Membership, nil)
	}
	if unclear, ok := errors.AsType[*roster.UnclearError](err); ok {
		story, advice := unclearStory(about, unclear)
		return at(path.Empty(), summaryUnclear, fmt.Sprintf("The provider tried to %s and cannot tell whether it happened.\n\n%s\n\n%s",
			task, story, cmp.Or(about.unclearAdvice, advice)))
	}

	reason, advice, blame := explain(about, err)
	if api, ok := errors.AsType[*posthog.APIError](err); ok && api.Reason.RefusesEveryWrite() {
		if _, told := c.told.LoadOrStore(telling{api.Reason, api.Detail, about.organizationID}, true); told {
			return at(path.Empty(), fmt.Sprintf(summaryUnableEither, action, strings.TrimSuffix(api.Detail, ".")), "")
		}
	}
	return at(about.blames(blame), fmt.Sprintf(summaryUnable, action),
		fmt.Sprintf("The provider could not %s.\n\n%s\n\n%s", task, reason, advice))
}

// telling is a refusal that has been told at length: of an organization, in PostHog's words.
type telling struct {
	reason               posthog.Reason
	detail, organization string
}

// extended returns an error with another paragraph at its end.
func extended(failure diag.Diagnostic, paragraph string) diag.Diagnostic {
	where := path.Empty()
	if located, ok := failure.(diag.DiagnosticWithPath); ok {
		where = located.Path()
	}
	return at(where, failure.Summary(), failure.Detail()+"\n\n"+paragraph)
}

// at makes an error on an attribute, or on the whole block when the path is empty.
func at(where path.Path, summary, detail string) diag.Diagnostic {
	if where.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(where, summary, detail)
}

// unclearStory tells how a create failed, and then the look for it, and what to do.
func unclearStory(about subject, unclear *roster.UnclearError) (story, advice string) {
	story, _, _ = explain(about, unclear.Create)
	if unclear.Verify == nil {
		return story + " Until now the user is not listed in the role.", adviceUnclear
	}
	look, mend, _ := explain(about, unclear.Verify)
	return story + lookedFor + look, mend + "\n\n" + adviceUnclear
}

// lookedFor joins how a write failed and how the look at the role after it did.
const lookedFor = " Then it looked for the user in the role: "

// explain returns what happened in a sentence, what to do about it, and what is to blame. Packages roster and posthog
// return their errors unwrapped; those that hold another one are told from the inside.
func explain(about subject, err error) (reason, advice string, blame culprit) {
	switch e := err.(type) { //nolint:errorlint // See above.
	case *roster.VerifyError:
		write, _, _ := explain(about, e.Write)
		look, advice, blame := explain(about, e.Verify)
		return write + lookedFor + look, advice, blame
	case *roster.HiddenError:
		return fmt.Sprintf("PostHog says that the user is already part of the role, but does not list user %s in it.", e.UserUUID),
			adviceHidden, theUser
	case *roster.NeedsCurrentError:
		return "PostHog answered “Role does not exist.”, although it does.", adviceNeedsCurrent, theOrganization
	case *roster.AlreadyClaimedError:
		return "Another resource of this configuration has added the user to the role.", adviceTwice, theUser
	case *roster.StillWantedError:
		return "Another resource of this configuration wants the membership, and has not applied it.", adviceWanted, nobody
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
		cause, advice, blame := explain(about, e.Cause)
		return "Skipped, because the server did not answer another request of this run: " + cause, advice, blame
	}
	mend := explanations[posthog.ReasonOf(err)]
	return happened(about, err), mend.advice(err), mend.blame
}

// happened says what PostHog answered, or what came in the place of an answer.
func happened(about subject, err error) string {
	switch e := err.(type) { //nolint:errorlint // As in explain.
	case *posthog.APIError:
		return fmt.Sprintf("PostHog answered %d (%s): %s", e.Status, codeOf(e), ended(e.Detail))
	case *posthog.UnexpectedResponseError:
		reason := fmt.Sprintf("%s answered %d, but %s.", e.Host, e.Status, e.Reason)
		if e.FirstLine != "" {
			reason += " It begins with: " + e.FirstLine
		}
		return reason
	case *posthog.RedirectError:
		to := e.Location
		if to == "" {
			to = "another address, without saying which"
		}
		return fmt.Sprintf("%s answered %d, a redirect to %s. Redirects are not followed.", e.Host, e.Status, to)
	case *posthog.TransportError:
		if e.TimedOut {
			return fmt.Sprintf("%s did not answer within request_timeout (%s).", e.Host, durationText(e.Timeout))
		}
		return fmt.Sprintf("No answer from %s: %s.", e.Host, e.Err)
	case *posthog.LongWaitError:
		return fmt.Sprintf("The server asked to wait %s, which is longer than any rate limit of PostHog.", durationText(e.Asked.Round(time.Second)))
	case *posthog.TruncatedRolesError:
		return fmt.Sprintf("This version of PostHog lists only the first %d of the organization's %d roles.", e.Listed, e.Count)
	case *posthog.InconsistentListError:
		return fmt.Sprintf("PostHog's list for %s counts %d, but held %d different ones; it was read %d times.", about.name, e.Want, e.Got, e.Reads)
	}
	return ended(err.Error())
}

// explainInterruption tells of what Ctrl-C has ended.
func explainInterruption(about subject, interrupted *posthog.InterruptedError) (reason, advice string, blame culprit) {
	if interrupted.Err == nil {
		return "Terraform was interrupted before PostHog was asked.", adviceInterrupted, nobody
	}
	last, _, _ := explain(about, interrupted.Err)
	return "Terraform was interrupted before it could try again. Before that: " + last, adviceInterrupted, nobody
}

// explainGaveUp tells of an operation that would have taken longer than retry_timeout.
func explainGaveUp(about subject, gaveUp *posthog.GaveUpError) (reason, advice string, blame culprit) {
	limit := durationText(gaveUp.Limit)
	limited := posthog.ReasonOf(gaveUp.Err) == posthog.ReasonRateLimited
	if gaveUp.Asked > 0 {
		asked := fmt.Sprintf("it asked to wait %s, and retry_timeout (%s) leaves less than that.", durationText(gaveUp.Asked.Round(time.Second)), limit)
		switch {
		case gaveUp.Err == nil:
			return "PostHog takes no requests at the moment: " + asked, adviceRateLimit, nobody
		case limited:
			return "PostHog's rate limit is reached: " + asked, adviceRateLimit, nobody
		}
		last, advice, blame := explain(about, gaveUp.Err)
		return last + " " + capital(asked), advice, blame
	}
	reason = fmt.Sprintf("It did not succeed within retry_timeout (%s).", limit)
	if gaveUp.Err != nil {
		last, _, _ := explain(about, gaveUp.Err)
		reason += " At last: " + last
	}
	if limited {
		return reason, adviceRateLimit, nobody
	}
	return reason, adviceTimeout, nobody
}

// explainUnknownOrganization lists what the key's owner could have meant.
func explainUnknownOrganization(unknown *roster.UnknownOrganizationError) (reason, advice string, blame culprit) {
	reason = fmt.Sprintf("The key's owner is in no organization with the slug %q.", unknown.Slug)
	for _, organization := range unknown.Known {
		reason += fmt.Sprintf("\n  %s  %s (%s)", organization.ID, organization.Slug, organization.Name)
	}
	return reason, adviceNoSuchOrganization, theOrganization
}

// userExists is the error that a user whom a resource has to add is in the role already. state is that of a resource that moves, nil for
// a new one. The advice about renamed resources is given once: a thousand renamed keys are a thousand errors.
func (c *configured) userExists(about subject, membership posthog.Membership, state *roleMembershipModel) diag.Diagnostic {
	detail := fmt.Sprintf("%s is already a member of %s%s, and this resource did not add them. Nothing was changed.", member(membership), about.name, since(membership))
	if state != nil {
		return at(about.user, summaryExists, detail+" "+adviceMoveOntoExisting)
	}
	id := about.importPrefix + about.roleName + "/" + membership.User.Email
	if _, err := parseImportID(id); err != nil || about.roleName == "" || strings.Contains(about.roleName, "/") {
		id = importID{about.organizationID, membership.RoleID, membership.User.UUID}.String()
	}
	if _, reported := c.told.LoadOrStore(summaryExists, true); !reported {
		detail += " " + adviceRenamed
	}
	return at(about.user, summaryExists, fmt.Sprintf("%s\n\nIf no other resource manages the membership, import it:\n\n"+
		"  import {\n    to = posthog_role_membership.example\n    id = %s\n  }\n\n%s", detail, quoted(id), adviceImportOrAdopt))
}

func adoptedDetail(role string, membership posthog.Membership, then string) string {
	return fmt.Sprintf("%s is already a member of %s%s. %s", member(membership), role, since(membership), then)
}

// noSuchRole says that the role which an attribute names does not exist.
func noSuchRole(where path.Path, ref posthog.RoleRef) diag.Diagnostic {
	return at(where, summaryNoSuchRole, fmt.Sprintf("There is no %s. %s", named(ref), adviceNoSuchRole))
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

func uncapital(sentence string) string { return strings.ToLower(sentence[:1]) + sentence[1:] }

func capital(sentence string) string { return strings.ToUpper(sentence[:1]) + sentence[1:] }

// quoted writes a string as HCL does.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", "$${", "%{", "%%{").Replace(text) + `"`
}

// durationText writes a duration as people do: 15m, not 15m0s.
func durationText(d time.Duration) string {
	text := d.String()
	text = strings.TrimSuffix(text, "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	if strings.HasSuffix(text, "m") || strings.HasSuffix(text, "h") {
		return text
	}
	return d.String()
}
