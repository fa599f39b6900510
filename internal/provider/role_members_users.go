package provider

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

// resolveUsers returns the users that the entries of users match. m is the configuration. Its members are those in state. diags get an error
// for an entry that matches no user (with skip_unknown_users, a warning), for a user who is listed twice or ignored, and for a former email.
// They get a warning for a UUID that is not in the organization.
func (l userLookup) resolveUsers(ctx context.Context, m roleMembersModel, private roleMembersPrivateState) (resolvedUsers, diag.Diagnostics) {
	resolved := resolvedUsers{users: map[string]user{}, isComplete: !m.Users.IsUnknown()}
	diags := l.checkFormerIgnored(m, private)
	formerEmails := l.unlistedFormerEmails(m, private.FormerEmails)
	inState := mapTexts(m.Members)
	var missing []string            // entries that no user matches
	first := map[string]path.Path{} // the first entry of each user, by UUID
	for i, entry := range listEntries(m.Users) {
		if entry.IsUnknown() {
			resolved.isComplete = false
			continue
		}
		entryLookup := l
		entryLookup.about.User = usersPath.AtListIndex(i)
		text := entry.ValueString()
		// An entry that matched a member in state before still means that member. Its exact spelling needs no read of the organization.
		if members := l.role.ByEmail(text); len(members) == 1 && inState[members[0].User.UUID] != "" && slices.Contains(l.known, entry) {
			text = members[0].User.Email
		}
		wanted, isMissing, ok := entryLookup.resolveEntry(ctx, text, formerEmails, m.SkipUnknown.ValueBool(), &diags)
		if isMissing {
			missing = append(missing, text)
			resolved.isComplete = resolved.isComplete && m.SkipUnknown.ValueBool()
			continue
		}
		if !ok {
			resolved.isComplete = false
			continue
		}
		if earlier, isRepeated := first[wanted.uuid]; isRepeated {
			diags.Append(diagnostics.UserListedTwice(entryLookup.about.User, earlier, wanted.label()))
			continue
		}
		first[wanted.uuid], resolved.users[wanted.uuid] = entryLookup.about.User, wanted
	}
	switch place := diagnostics.Place(l.roleLabel()); {
	case len(missing) == 0:
	case m.SkipUnknown.ValueBool():
		diags.Append(diagnostics.UnknownUsersSkipped(l.unknownEntries(ctx, missing), place))
	default:
		diags.Append(diagnostics.UsersNotFound(usersPath, l.unknownEntries(ctx, missing), place))
	}
	diags.Append(checkListedAndIgnored(m, resolved.users)...)
	diags.Append(l.checkIgnored(ctx, m, private)...)
	return resolved, diags
}

// unlistedFormerEmails returns the former emails of members that users does not list by UUID or new email. The keys are emails, the values
// UUIDs.
func (l userLookup) unlistedFormerEmails(m roleMembersModel, former map[string]string) map[string]string {
	listed := map[string]bool{}
	for _, entry := range listEntries(m.Users) {
		listed[strings.ToLower(entry.ValueString())] = true
	}
	unlisted := map[string]string{}
	for email, uuid := range former {
		if owner, found := l.role.ByUUID(uuid); found && !listed[uuid] && !listed[strings.ToLower(owner.User.Email)] {
			unlisted[email] = uuid
		}
	}
	return unlisted
}

// checkFormerIgnored returns errors for former emails in ignored_users. Such an entry does not protect the user any more, and protects the next
// user who gets the email.
func (l userLookup) checkFormerIgnored(m roleMembersModel, private roleMembersPrivateState) (diags diag.Diagnostics) {
	for i, entry := range listEntries(m.IgnoredUsers) {
		email := entry.ValueString()
		owner, found := l.role.ByUUID(private.Ignored[strings.ToLower(email)]) // the member that the entry matched before
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

// checkIgnored returns a warning for entries of ignored_users that match no user. It returns an error for the id of a membership instead of a
// user's UUID. It reads the organization's members only for entries that match no member of the role.
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
		if !isKnown && members.ListError == nil { // Without the scope to list the members, the user may exist.
			unknown = append(unknown, text)
		}
	}
	if len(unknown) > 0 {
		diags.Append(diagnostics.UnknownIgnoredUsers(l.unknownEntries(ctx, unknown), diagnostics.Place(l.roleLabel())))
	}
	return diags
}

// resolveEntry returns the user that one entry matches. ok is false if there is none. If isMissing is true, no user matches the entry, and the
// caller reports it together with others. Otherwise diags get the reason. With skipsUnknown, a UUID can be missing too. Without it, a UUID that
// no user has is a warning, and ok is true.
func (l userLookup) resolveEntry(
	ctx context.Context, entry string, formerEmails map[string]string, skipsUnknown bool, diags *diag.Diagnostics,
) (wanted user, isMissing, ok bool) {
	if !isEmail(entry) && skipsUnknown {
		return l.findByUUID(ctx, entry, diags)
	}
	if !isEmail(entry) {
		wanted, ok = l.requireByUUID(ctx, entry, diags)
		return wanted, false, ok
	}
	wanted, found, failure := l.findByEmail(ctx, entry)
	formerOwner, isMember := l.role.ByUUID(formerEmails[strings.ToLower(entry)]) // the member that had this email before
	switch {
	case isMember && wanted.uuid != formerOwner.User.UUID:
		diags.Append(diagnostics.EmailChanged(l.about.User, userOf(formerOwner).label(), l.roleLabel(), entry, wanted.uuid))
		return user{}, false, false
	case failure == nil && !found && skipsUnknown:
		return user{}, true, false
	case !found && l.wasMissing(missingMember{role: l.ref, email: strings.ToLower(entry)}): // The refresh did not find the member.
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

// checkListedAndIgnored returns errors for users who are in users and in ignored_users. resolved are the users that users matches. Without them,
// it finds only users who have the same entry in both lists.
func checkListedAndIgnored(m roleMembersModel, resolved map[string]user) (diags diag.Diagnostics) {
	if m.Users.IsUnknown() || m.IgnoredUsers.IsUnknown() || m.IgnoredUsers.IsNull() {
		return nil
	}
	listed := map[string]string{} // labels by UUID, and by email in lower case
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

// keepEqualLists plans the lists in state that match the same users as the configured ones: they are semantically equal. This does not depend
// on the role, because Terraform plans again in the apply, with a role that was unknown before.
func (c *roleMembersChange) keepEqualLists(wanted map[string]user) {
	uuids := c.uuidsByEmail(wanted)
	if !hasUnknownEntry(c.config.Users) && hasEqualEntries(c.config.Users, c.state.Users, uuids) {
		c.plan.Users = c.state.Users
	}
	if !hasUnknownEntry(c.config.IgnoredUsers) && c.config.IgnoredUsers.IsNull() == c.state.IgnoredUsers.IsNull() &&
		hasEqualEntries(c.config.IgnoredUsers, c.state.IgnoredUsers, uuids) {
		c.plan.IgnoredUsers = c.state.IgnoredUsers
	}
}

// uuidsByEmail returns the users of the configuration and the state by email: as it is written, and in lower case.
func (c *roleMembersChange) uuidsByEmail(wanted map[string]user) map[string]string {
	uuids := map[string]string{}
	maps.Copy(uuids, c.private.FormerEmails)
	maps.Copy(uuids, c.private.Ignored)
	emails := mapTexts(c.state.Members)
	for uuid, user := range wanted {
		emails[uuid] = user.email
	}
	for uuid, email := range emails {
		uuids[strings.ToLower(email)] = uuid
	}
	for uuid, email := range emails {
		uuids[email] = uuid
	}
	return uuids
}

// hasUnknownEntry reports whether a list or one of its entries is unknown until apply.
func hasUnknownEntry(list types.List) bool {
	return list.IsUnknown() || anyUnknown(listEntries(list)...)
}

// hasEqualEntries reports whether two lists match the same users.
func hasEqualEntries(a, b types.List, uuids map[string]string) bool {
	return maps.Equal(entryKeys(a, uuids), entryKeys(b, uuids))
}

// entryKeys returns the UUIDs of entries, and entries without a UUID in lower case.
func entryKeys(entries types.List, uuids map[string]string) map[string]bool {
	keys := map[string]bool{}
	for _, entry := range listEntries(entries) {
		lower := strings.ToLower(entry.ValueString())
		keys[cmp.Or(uuids[entry.ValueString()], uuids[lower], lower)] = true
	}
	return keys
}
