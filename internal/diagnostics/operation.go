package diagnostics

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// An operation is what the provider was doing when a request failed.
type operation struct {
	action  string // in brief, for the summary
	task    string // with names and ids; "" for the action and the subject's label
	unclear string // advice for a create with an unknown outcome
	closing string // a last paragraph
}

// UnableToReadRole is the error that the members of a role could not be read.
func (m *Messages) UnableToReadRole(about Subject, err error) diag.Diagnostic {
	return m.operationError(operation{action: "read role", task: "read the members of " + about.Label}, about, err)
}

// UnableToListMembersOfRole is the error that a list resource could not read a role.
func (m *Messages) UnableToListMembersOfRole(about Subject, err error) diag.Diagnostic {
	return m.operationError(operation{action: "list members", task: "read the members of " + about.Label}, about, err)
}

// UnableToImport is the error that the role of an import could not be read.
func (m *Messages) UnableToImport(ref posthog.RoleRef, err error) diag.Diagnostic {
	label := RoleLabel("", ref)
	return m.operationError(operation{action: "import role", task: "read the members of " + label}, Subject{Label: label}, err)
}

// UnableToListRoles is the error that the roles of an organization could not be read.
func (m *Messages) UnableToListRoles(organizationID string, err error) diag.Diagnostic {
	return m.operationError(operation{action: "list roles", task: "list the roles of organization " + organizationID}, organizationSubject(organizationID), err)
}

// UnableToListMembers is the error that the members of an organization could not be read.
func (m *Messages) UnableToListMembers(organizationID string, err error) diag.Diagnostic {
	return m.operationError(operation{action: "list members", task: "list the members of organization " + organizationID},
		organizationSubject(organizationID), err)
}

// UnableToFindOrganization is the error that an organization, as it is written, could not be resolved to its UUID.
func (m *Messages) UnableToFindOrganization(written string, err error) diag.Diagnostic {
	return m.operationError(operation{action: "find organization", task: fmt.Sprintf("find organization %q", written)}, organizationSubject(written), err)
}

// UnableToFindUser is the error that the members of an organization could not be read to find a user. user is an email or UUID.
func (m *Messages) UnableToFindUser(user, organizationID string, about Subject, err error) diag.Diagnostic {
	task := fmt.Sprintf("find the user %s: they are not in %s, and the members of organization %s could not be read", user, about.Label, organizationID)
	return m.operationError(operation{action: "find user", task: task}, about, err)
}

// UnableToCheckLevel is the error that the provider could not find out whether the key's owner is an admin.
func (m *Messages) UnableToCheckLevel(about Subject, err error) diag.Diagnostic {
	task := "find out whether the key's owner is an admin of organization " + about.OrganizationID
	return m.operationError(operation{action: "read organization", task: task}, about, err)
}

// UnableToAddUser is the error that a create has failed.
func (m *Messages) UnableToAddUser(user string, about Subject, err error) diag.Diagnostic {
	return m.operationError(operation{action: "add user to role", task: fmt.Sprintf("add %s to %s", user, about.Label)}, about, err)
}

// UnableToRemoveUser is the error that a delete has failed.
func (m *Messages) UnableToRemoveUser(user string, about Subject, err error) diag.Diagnostic {
	return m.operationError(operation{action: "remove user from role", task: fmt.Sprintf("remove %s from %s", user, about.Label)}, about, err)
}

// UnableToUndoMove is the error that the user of an unfinished move could not be removed.
func (m *Messages) UnableToUndoMove(userUUID string, about Subject, err error) diag.Diagnostic {
	task := fmt.Sprintf("undo an unfinished move: remove %s from %s", UserLabel("", userUUID), about.Label)
	return m.operationError(operation{action: "remove user from role", task: task}, about, err)
}

// UnableToMoveUser is the error that a move could not add the user in the new place. oldUser stays in oldRole.
func (m *Messages) UnableToMoveUser(user string, about Subject, oldUser, oldRole string, err error) diag.Diagnostic {
	return m.operationError(operation{
		action: "move user", task: fmt.Sprintf("add %s to %s", user, about.Label), closing: fmt.Sprintf("%s stays in %s.", oldUser, oldRole),
		unclear: "Apply again. The next apply finishes the move, or removes the added user if the configuration has changed.",
	}, about, err)
}

// UnableToFinishMove is the error that a move has added user in newRole, and could not remove oldUser from the old role.
func (m *Messages) UnableToFinishMove(oldUser string, about Subject, user, newRole string, err error) diag.Diagnostic {
	return m.operationError(operation{
		action: "remove user from role", task: fmt.Sprintf("remove %s from %s", oldUser, about.Label),
		closing: fmt.Sprintf("%s is in %s already. The next apply finishes the move.", user, newRole),
	}, about, err)
}

func organizationSubject(organization string) Subject {
	return Subject{Label: "organization " + organization, Organization: OrganizationPath}
}

// operationError returns the error about a failed operation: what failed, what PostHog answered, and what to do. An error that will
// repeat for every write is shown in full once, then as one line.
func (m *Messages) operationError(op operation, about Subject, err error) diag.Diagnostic {
	if unclear, ok := errors.AsType[*roster.UnclearError](err); ok {
		return membershipUnclear(op, about, unclear)
	}
	why := explain(about, err)
	summary := "Unable to " + op.action
	if posthog.ReasonOf(err) == posthog.ReasonUnauthenticated {
		summary += ": API key not accepted"
	}
	if api, ok := errors.AsType[*posthog.APIError](err); ok && api.Reason.RefusesEveryWrite() &&
		m.isRepeat(reportKey{organizationID: about.OrganizationID, reason: api.Reason, detail: api.Detail}) {
		if api.Reason != posthog.ReasonUnauthenticated {
			summary += ": " + strings.TrimSuffix(api.Detail, ".")
		}
		return newError(path.Empty(), summary, "")
	}
	return newError(about.pathOf(why.attribute), summary, "%s", paragraphs(
		fmt.Sprintf("The provider could not %s.", op.task), why.problem, why.advice, op.closing))
}

// membershipUnclear is the error that the outcome of a create is unknown.
func membershipUnclear(op operation, about Subject, unclear *roster.UnclearError) diag.Diagnostic {
	why := explainUnclear(about, unclear)
	advice := cmp.Or(op.unclear, "Apply again. If the user was added, the next error shows how to import the membership. With "+
		"adopt_existing = true in the provider block, Terraform adopts it instead.")
	return newError(path.Empty(), "Membership may have been created", "%s", paragraphs(
		fmt.Sprintf("The provider tried to %s and cannot tell whether that succeeded.", op.task), why.problem, why.advice, advice, op.closing))
}

// paragraphs joins texts by blank lines. Empty ones are left out.
func paragraphs(texts ...string) string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, "\n\n")
}
