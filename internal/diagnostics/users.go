package diagnostics

import (
	"cmp"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

const (
	userNotFound      = "User not found"
	adviceUnknownUser = "Check the spelling. An invited user must accept the invitation first. PostHog lists neither deactivated users nor users that " +
		"the key may not see: name them by UUID."
)

// UserNotFound is the error that no user of a role or organization, as place names it, has an email. similar has emails that are similar.
func UserNotFound(where path.Path, email, place string, similar []string) diag.Diagnostic {
	return newError(where, userNotFound, "No user of %s has the email %q.%s %s", place, email, didYouMean(similar), adviceUnknownUser)
}

// UserNotFoundByUUID is the error that no user of an organization has a UUID.
func UserNotFoundByUUID(where path.Path, uuid, organizationID string) diag.Diagnostic {
	return newError(where, userNotFound, "No user of organization %s has the UUID %s. Check the UUID. PostHog lists neither deactivated users "+
		"nor users that the key may not see. A person's id and a distinct id are not the user's UUID.", organizationID, uuid)
}

// UnknownEntry is an entry of a list that matches no user, with similar emails.
type UnknownEntry struct {
	Entry   string
	Similar []string
}

func entryLines(entries []UnknownEntry) string {
	return lines(entries, func(e UnknownEntry) string { return fmt.Sprintf("%q%s", e.Entry, didYouMean(e.Similar)) })
}

// UsersNotFound is the error that entries of a list, or one email, match no user of place.
func UsersNotFound(where path.Path, entries []UnknownEntry, place string) diag.Diagnostic {
	skip := ""
	if where.Equal(path.Root("users")) {
		skip = " To leave these users out until they join, set skip_unknown_users = true."
	}
	return newError(where, userNotFound, "These entries of %s match no user of %s:\n\n%s\n\n%s%s", where, place, entryLines(entries), adviceUnknownUser, skip)
}

// UnknownUsersSkipped warns that entries of users match no user of place and are left out.
func UnknownUsersSkipped(entries []UnknownEntry, place string) diag.Diagnostic {
	return newWarning(path.Root("users"), "Unknown users skipped", "These entries of users match no user of %s, so they are left out:\n\n%s\n\n"+
		"The first plan after these users join the organization adds them.", place, entryLines(entries))
}

// UnknownIgnoredUsers warns that entries of ignored_users match no user of place.
func UnknownIgnoredUsers(entries []UnknownEntry, place string) diag.Diagnostic {
	return newWarning(path.Root("ignored_users"), "Unknown users in ignored_users", "These entries of ignored_users match no user of %s:\n\n%s\n\n"+
		"An unknown email or UUID protects no user: correct it, or remove it from the list. PostHog does not list deactivated users.",
		place, entryLines(entries))
}

// SeveralUsers is the error that several users have an email. Their emails differ in case only. labels has the users.
func SeveralUsers(where path.Path, email string, labels []string) diag.Diagnostic {
	return newError(where, "Several users have this email", "%d users have the email %s:\n\n%s\n\nUse the UUID of one of them.",
		len(labels), email, lines(labels, unchanged))
}

// UUIDAndEmailDiffer is the error that user_uuid and user_email name two users. owner is the UUID of the user with the email.
func UUIDAndEmailDiffer(email, owner, uuid string) diag.Diagnostic {
	return newError(path.Root("user_email"), "UUID and email belong to different users", "The email %s belongs to user %s, and user_uuid is %s. Remove one "+
		"of the two attributes, or let both name the same user.", email, owner, uuid)
}

// EmailChanged is the error that the configuration has the former email of a member. owner is the UUID of the user who has that email
// now, or "".
func EmailChanged(where path.Path, member, role, formerEmail, owner string) diag.Diagnostic {
	now := "No user has it now."
	if owner != "" {
		now = fmt.Sprintf("User %s has it now. To name that user, write this UUID in user_uuid or in users.", owner)
	}
	return newError(where, "Email has changed", "%s, a member of %s, had the email %s before. %s To keep the member, write the new email. To destroy "+
		"anyway, run terraform destroy -refresh=false.", member, role, formerEmail, now)
}

// UserNotInOrganization warns that a user, named by UUID, is not in the organization.
func UserNotInOrganization(where path.Path, uuid, organizationID string) diag.Diagnostic {
	return newWarning(where, "User is not in the organization", "PostHog lists no user with the UUID %s in organization %s: the user has not joined it "+
		"yet, has left it, or is deactivated. The apply will fail unless the user joins before it.", uuid, organizationID)
}

// UserHasLeft warns that a member, which a refresh of this run did not find, cannot be added again. reason is the error of the apply.
func UserHasLeft(where path.Path, email, role string, reason diag.Diagnostic) diag.Diagnostic {
	return newWarning(where, "User has left", "%s is not in %s any more, and cannot be added again: %s. The apply will fail. Remove the membership from "+
		"the configuration, or invite the user again. To destroy, run terraform destroy -refresh=false.", email, role, uncapitalize(reason.Summary()))
}

// WrongID is the error that the id of a membership is in the place of a user's UUID. kind is "role membership" or "organization
// membership".
func WrongID(where path.Path, id, kind, ownerEmail, ownerUUID string) diag.Diagnostic {
	return newError(where, "Not a user's UUID", "%q is the id of the %s of %s. Write the user's UUID:\n\n  %s",
		id, kind, cmp.Or(ownerEmail, "user "+ownerUUID), hclString(ownerUUID))
}

// UserListedTwice is the error that two entries of users name one user.
func UserListedTwice(where, earlier path.Path, user string) diag.Diagnostic {
	return newError(where, "User listed twice", "%s names the same user as %s: %s. List each user once.", where, earlier, user)
}

// UserListedAndIgnored is the error that a user is in users and in ignored_users. where is the entry of ignored_users.
func UserListedAndIgnored(where path.Path, user string) diag.Diagnostic {
	return newError(where, "User listed in users and ignored_users", "%s is both in users and in ignored_users. Users in ignored_users are never added or "+
		"removed. List each user only once.", user)
}

// Place returns where users are looked up by email: in a role and in its organization.
func Place(role string) string { return role + " or its organization" }
