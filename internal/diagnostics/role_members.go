package diagnostics

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

const (
	membersWillBeRemoved = "Members will be removed from the role"
	adviceKeepMember     = "To keep a user, add them to users or to ignored_users."
)

// MembersRemoved warns of removals that Terraform does not show.
func MembersRemoved(role string, removed []posthog.Membership) diag.Diagnostic {
	return newWarning(path.Empty(), membersWillBeRemoved, "The apply removes these members of %s, because they are not in users:\n\n%s\n\n%s",
		role, memberList(removed), adviceKeepMember)
}

// MembersRemovedIfRoleStays warns of the removals if a role that is unknown until apply turns out to be the one in state.
func MembersRemovedIfRoleStays(role string, removed []posthog.Membership) diag.Diagnostic {
	return newWarning(path.Empty(), membersWillBeRemoved, "The role is not known until apply. If it stays %s, these members are removed:\n\n%s\n\n%s",
		role, memberList(removed), adviceKeepMember)
}

// MembersRemovedUnlessListed warns of the removals while entries of users are unknown until apply.
func MembersRemovedUnlessListed(role string, removed []posthog.Membership) diag.Diagnostic {
	return newWarning(path.Empty(), membersWillBeRemoved, "Some entries of users are not known until apply. These members of %s are removed unless they "+
		"turn out to be listed:\n\n%s\n\n%s", role, memberList(removed), adviceKeepMember)
}

// UnknownMembersRemoved warns that an apply removes members of a role that is unknown until then.
func UnknownMembersRemoved() diag.Diagnostic {
	return newWarning(path.Root("role_id"), membersWillBeRemoved, "The role is not known until apply. The apply removes every member not in users, and "+
		"the plan cannot list them yet. Set max_removals to limit the number.")
}

// TooManyRemovals is the error that a plan removes more users than max_removals allows.
func TooManyRemovals(role, limit string, removed []posthog.Membership) diag.Diagnostic {
	return newError(path.Root("max_removals"), "Too many removals", "This removes %s of %s, and max_removals is %s:\n\n%s\n\n"+
		adviceKeepMember+" To remove all of them, raise max_removals.", Count(len(removed), "member"), role, limit, memberList(removed))
}

// DefaultRole warns that a resource manages all members of the organization's default role.
func DefaultRole(role string) diag.Diagnostic {
	return newWarning(path.Root("role_id"), "Role members of the default role", "PostHog adds every user who joins the organization to %s, and the next plan "+
		"removes them again. Choose another default role in PostHog, or add users to this one with posthog_role_membership, which does not remove others.", role)
}

// MembersMove warns that an update moves all users to another role. others are the members of the new role who stay until the next plan.
func MembersMove(toAdd int, newRole string, toRemove int, oldRole string, others []posthog.Membership) diag.Diagnostic {
	detail := fmt.Sprintf("The apply adds %s to %s. Then it removes %s from %s.", Count(toAdd, "user"), newRole, Count(toRemove, "user"), oldRole)
	if len(others) > 0 {
		detail += "\n\nA move removes no member from the new role. These members are not in users, and stay until the next plan:\n\n" + memberList(others)
	}
	return newWarning(path.Root("role_id"), "Users move to another role", "%s", detail)
}

// UsersIgnored warns that users stay in the role although the plan shows them as removed from members, because they are ignored now.
func UsersIgnored(role string, staying []posthog.Membership) diag.Diagnostic {
	return newWarning(path.Root("ignored_users"), "User is no longer managed", "These members of %s are in ignored_users now, and not in members any "+
		"more:\n\n%s\n\nThe plan shows them as removed, but they stay in the role: users in ignored_users are never added or removed.", role, memberList(staying))
}

// MembersKept warns that members were not removed, because another resource manages their memberships.
func MembersKept(role string, kept []posthog.Membership) diag.Diagnostic {
	return newWarning(path.Empty(), "Membership kept", "These members of %s are not removed:\n\n%s\n\nAnother resource of this configuration manages the "+
		"membership.", role, memberList(kept))
}

// UsersAddedSincePlan warns that members were not removed, because they were added after the plan was made.
func UsersAddedSincePlan(role string, added []posthog.Membership) diag.Diagnostic {
	return newWarning(path.Empty(), "Users added after the plan", "These users were added to %s after the plan was made, so the plan did not list their "+
		"removal:\n\n%s\n\nOnly users listed in the plan are removed. These users stay until the next plan.", role, memberList(added))
}

// RoleStillDeclared is the error that a destroy keeps all members, because another resource declares them and is not applied yet.
func (m *Messages) RoleStillDeclared(about Subject, ref posthog.RoleRef) diag.Diagnostic {
	return m.operationError(operation{action: "change role members", task: "remove the members of " + about.Label}, about,
		&roster.StillWantedError{Role: ref})
}

// MembersNotCreated is the error that a create did not add or remove all users. label returns a user by UUID.
func MembersNotCreated(about Subject, outcome roster.Outcome, label func(uuid string) string) diag.Diagnostic {
	return membersNotChanged(about, outcome, label,
		"This resource was not written to the state. Otherwise, Terraform would taint it and remove its members. The next apply does only what is missing.")
}

// MembersNotUpdated is the error that an update did not add or remove all users.
func MembersNotUpdated(about Subject, outcome roster.Outcome, label func(uuid string) string) diag.Diagnostic {
	return membersNotChanged(about, outcome, label, "The state has the current members of the role. The next apply does only what is missing.")
}

// MembersNotMoved is the error that a move did not add all users to the new role.
func MembersNotMoved(about Subject, outcome roster.Outcome, label func(uuid string) string, oldRole string) diag.Diagnostic {
	return membersNotChanged(about, outcome, label, fmt.Sprintf("No member is removed from %s until every user has been added. The state still has that "+
		"role. The next apply does only what is missing.", oldRole))
}

// OldMembersNotRemoved is the error that a move did not remove all users from the old role.
func OldMembersNotRemoved(about Subject, outcome roster.Outcome, label func(uuid string) string) diag.Diagnostic {
	return membersNotChanged(about, outcome, label, "All users are in the new role already. The next apply finishes the move.")
}

// MembersNotDestroyed is the error that a destroy did not remove all users.
func MembersNotDestroyed(about Subject, outcome roster.Outcome, label func(uuid string) string) diag.Diagnostic {
	return membersNotChanged(about, outcome, label, "The state has the current members of the role.")
}

// membersNotChanged returns the error about the failures of an outcome. It lists the users by heading and reason.
func membersNotChanged(about Subject, outcome roster.Outcome, label func(uuid string) string, closing string) diag.Diagnostic {
	type group struct{ heading, reason string }
	var groups []group
	users := map[group][]string{}
	for _, failure := range outcome.Failures {
		g := group{}
		g.heading, g.reason = explainFailure(about, failure)
		if users[g] == nil {
			groups = append(groups, g)
		}
		users[g] = append(users[g], label(failure.UserUUID))
	}
	done := len(outcome.Added) + len(outcome.Existing) + len(outcome.Removed)
	all := done + len(outcome.Failures) + len(outcome.Skipped)
	var detail strings.Builder
	fmt.Fprintf(&detail, "The provider made %d of %s to the members of %s.", done, Count(all, "change"), about.Label)
	for _, g := range groups {
		fmt.Fprintf(&detail, "\n\n%s:\n%s\n\n%s", g.heading, lines(users[g], unchanged), g.reason)
	}
	if len(outcome.Skipped) > 0 {
		fmt.Fprintf(&detail, "\n\nNo member is removed until every user has been added, so these members stay:\n\n%s", memberList(outcome.Skipped))
	}
	return newError(path.Empty(), "Unable to change role members", "%s\n\n%s", detail.String(), closing)
}

// explainFailure returns what was not done for a user, and why.
func explainFailure(about Subject, failure roster.Failure) (heading, reason string) {
	heading = "Not added"
	switch {
	case failure.Removing && posthog.MayHaveHappened(failure.Err):
		heading = "Perhaps removed"
	case failure.Removing:
		heading = "Not removed"
	}
	switch e := failure.Err.(type) { //nolint:errorlint // Package roster returns its errors unwrapped.
	case *roster.UnclearError:
		return "Perhaps added", explainUnclear(about, e).problem // The next apply finds out.
	case *roster.SkippedAfterRefusalError, *roster.SkippedAfterFailuresError:
		heading += ", and not tried"
	case *roster.HiddenError: // The user is named above.
		return heading, "PostHog says that the user is already part of the role, but does not list the user in it. " + adviceHidden
	}
	why := explain(about, failure.Err)
	return heading, why.problem + "\n" + why.advice
}
