package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
)

var (
	usersPath        = path.Root("users")
	ignoredUsersPath = path.Root("ignored_users")
)

// resolvedUsers are the users that the entries of users match.
type resolvedUsers struct {
	users      map[string]user // by UUID
	isComplete bool            // false if an entry is unknown until apply, or matches no user
}

// resolveUsers returns the users that the entries of users match. diags get an error for entries that match no user, or a warning with
// skip_unknown_users. They get an error for a user who is listed twice or ignored, and for former emails. They get a warning for users who are not in the organization. The members of the model are those
// in state, if there are any.
func (l userLookup) resolveUsers(ctx context.Context, m roleMembersModel, private roleMembersPrivateState) (resolvedUsers, diag.Diagnostics) {
	all := resolvedUsers{users: map[string]user{}, isComplete: !m.Users.IsUnknown()}
	diags := l.checkFormerIgnored(m, private)
	formerEmails := l.formerEmailsOfOthers(m, private.FormerEmails)
	managed := mapTexts(m.Members)
	var unknown []string
	for i, entry := range listEntries(m.Users) {
		if entry.IsUnknown() {
			all.isComplete = false
			continue
		}
		entryLookup := l
		entryLookup.about.User = usersPath.AtListIndex(i)
		text := entry.ValueString()
		if members := l.role.ByEmail(text); len(members) == 1 && managed[members[0].User.UUID] != "" && slices.Contains(l.known, entry) {
			text = members[0].User.Email // The exact spelling needs no read of the organization.
		}
		wanted, isUnknown, ok := entryLookup.resolveEntry(ctx, text, formerEmails, m.SkipUnknown.ValueBool(), &diags)
		if isUnknown {
			unknown = append(unknown, text)
			all.isComplete = all.isComplete && m.SkipUnknown.ValueBool()
			continue
		}
		if !ok {
			all.isComplete = false
			continue
		}
		if _, isRepeated := all.users[wanted.uuid]; isRepeated {
			diags.Append(diagnostics.UserListedTwice(entryLookup.about.User, entry.ValueString(), wanted.label()))
		}
		all.users[wanted.uuid] = wanted
	}
	switch place := diagnostics.Place(l.roleLabel()); {
	case len(unknown) == 0:
	case m.SkipUnknown.ValueBool():
		diags.Append(diagnostics.UnknownUsersSkipped(l.unknownEntries(ctx, unknown), place))
	default:
		diags.Append(diagnostics.UsersNotFound(usersPath, l.unknownEntries(ctx, unknown), place))
	}
	diags.Append(checkListedAndIgnored(m, all.users)...)
	diags.Append(l.checkIgnored(ctx, m, private)...)
	return all, diags
}

// formerEmailsOfOthers returns the former emails of members, by email, without the members that users lists by UUID or by their new email.
func (l userLookup) formerEmailsOfOthers(m roleMembersModel, former map[string]string) map[string]string {
	listed := map[string]bool{}
	for _, entry := range listEntries(m.Users) {
		listed[strings.ToLower(entry.ValueString())] = true
	}
	others := map[string]string{}
	for email, uuid := range former {
		if owner, found := l.role.ByUUID(uuid); found && !listed[uuid] && !listed[strings.ToLower(owner.User.Email)] {
			others[email] = uuid
		}
	}
	return others
}

// checkFormerIgnored returns errors for former emails in ignored_users. The users would not be ignored any more, and others who get these
// emails would be ignored.
func (l userLookup) checkFormerIgnored(m roleMembersModel, private roleMembersPrivateState) (diags diag.Diagnostics) {
	for i, entry := range listEntries(m.IgnoredUsers) {
		email := entry.ValueString()
		owner, found := l.role.ByUUID(private.Ignored[strings.ToLower(email)])
		if !found || strings.EqualFold(owner.User.Email, email) {
			continue
		}
		newOwner := ""
		if members := l.role.ByEmail(email); len(members) > 0 {
			newOwner = members[0].User.UUID
		}
		diags.Append(diagnostics.EmailChanged(ignoredUsersPath.AtListIndex(i), userOf(owner).label(), l.roleLabel(), email, newOwner))
	}
	return diags
}

// checkIgnored returns a warning for entries of ignored_users that match no user, and an error for the id of a membership instead of a
// user's UUID. Only entries that match no member of the role need the organization's members.
func (l userLookup) checkIgnored(ctx context.Context, m roleMembersModel, private roleMembersPrivateState) (diags diag.Diagnostics) {
	var unknown []string
	for i, entry := range listEntries(m.IgnoredUsers) {
		text := entry.ValueString()
		if entry.IsUnknown() || slices.ContainsFunc(matchingUUIDs(l.role, text, private.Ignored), l.isMember) {
			continue
		}
		members, err := l.rosters.OrganizationMembers(ctx, l.ref.OrganizationID)
		if err != nil {
			return diags // A failed read must not fail a plan for a warning.
		}
		isKnown := len(members.ByEmail(text)) > 0
		if !isEmail(text) {
			l.about.User = ignoredUsersPath.AtListIndex(i)
			if failure := l.checkIDKind(text, members); failure != nil {
				diags.Append(failure)
				continue
			}
			_, isKnown = members.ByUUID(text)
		}
		if !isKnown && members.ListError == nil {
			unknown = append(unknown, text)
		}
	}
	if len(unknown) > 0 {
		diags.Append(diagnostics.UnknownIgnoredUsers(l.unknownEntries(ctx, unknown), diagnostics.Place(l.roleLabel())))
	}
	return diags
}

// resolveEntry returns the user that one entry matches. ok is false if there is none. Then diags get the error, except if isUnknown is true:
// the caller reports all entries together that no user matches. If the caller does not skip them, a UUID that no user has is a warning.
func (l userLookup) resolveEntry(
	ctx context.Context, entry string, formerEmails map[string]string, skipsUnknown bool, diags *diag.Diagnostics,
) (wanted user, isUnknown, ok bool) {
	if !isEmail(entry) && skipsUnknown {
		return l.findByUUID(ctx, entry, diags)
	}
	if !isEmail(entry) {
		wanted, ok = l.requireByUUID(ctx, entry, diags)
		return wanted, false, ok
	}
	wanted, found, failure := l.findByEmail(ctx, entry)
	formerOwner, isMember := l.role.ByUUID(formerEmails[strings.ToLower(entry)])
	switch {
	case isMember && wanted.uuid != formerOwner.User.UUID:
		diags.Append(diagnostics.EmailChanged(l.about.User, userOf(formerOwner).label(), l.roleLabel(), entry, wanted.uuid))
		return user{}, false, false
	case failure == nil && !found && skipsUnknown:
		return user{}, true, false
	case !found && l.wasMissing(missingMember{l.ref, strings.ToLower(entry)}):
		if failure == nil {
			failure = diagnostics.UserNotFound(l.about.User, entry, diagnostics.Place(l.roleLabel()), nil)
		}
		// An error would fail the plan of terraform destroy. The apply reports it.
		diags.Append(diagnostics.UserHasLeft(l.about.User, entry, l.roleLabel(), failure))
		return user{}, false, false
	case failure != nil:
		diags.Append(failure)
		return user{}, false, false
	}
	return wanted, !found, found
}

// checkListedAndIgnored returns errors for users who are in users and in ignored_users, as far as the entries and the resolved users show.
func checkListedAndIgnored(m roleMembersModel, resolved map[string]user) (diags diag.Diagnostics) {
	if m.Users.IsUnknown() || m.IgnoredUsers.IsUnknown() || m.IgnoredUsers.IsNull() {
		return nil
	}
	listed := map[string]string{} // labels by UUID and by email
	for _, entry := range listEntries(m.Users) {
		listed[strings.ToLower(entry.ValueString())] = entry.ValueString()
	}
	for uuid, user := range resolved {
		listed[uuid], listed[strings.ToLower(user.email)] = user.label(), user.label()
	}
	for i, entry := range listEntries(m.IgnoredUsers) {
		if label, isListed := listed[strings.ToLower(entry.ValueString())]; isListed && entry.ValueString() != "" {
			diags.Append(diagnostics.UserListedAndIgnored(ignoredUsersPath.AtListIndex(i), label))
		}
	}
	return diags
}
