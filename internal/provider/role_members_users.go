package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

// eachAUser holds that each element of a list is an email or a UUID, and that none is there twice.
type eachAUser struct{}

var _ validator.List = eachAUser{}

func (eachAUser) Description(context.Context) string {
	return "elements must be emails or UUIDs of users, each once"
}

func (v eachAUser) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (eachAUser) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if req.ConfigValue.IsUnknown() {
		return
	}
	first := map[string]int{}
	for i, entry := range entriesOf(req.ConfigValue) {
		if entry.IsUnknown() {
			continue
		}
		where := req.Path.AtListIndex(i)
		if err := checkUser(entry); err != nil {
			resp.Diagnostics.AddAttributeError(where, fmt.Sprintf(summaryBadValue, req.Path), fmt.Sprintf("%s %s.", where, err))
			continue
		}
		key := strings.ToLower(entry.ValueString())
		if j, again := first[key]; again {
			resp.Diagnostics.AddAttributeError(where, summaryNamedTwice, fmt.Sprintf("%s is %s as well. %s", req.Path.AtListIndex(j), entry, adviceNamedTwice))
			continue
		}
		first[key] = i
	}
}

// checkUser says why an entry names nobody.
func checkUser(entry types.String) error {
	switch value := entry.ValueString(); {
	case entry.IsNull():
		return errors.New("must be an email or a UUID, not null")
	case isEmail(value):
		return validators.CheckEmail(value)
	case validators.CheckUUID(value) != nil:
		if _, ok := validators.NormalizeUUID(value); ok {
			return validators.CheckUUID(value)
		}
		return fmt.Errorf("must be an email address such as \"alice@example.com\" or a user's UUID, not %q", value)
	}
	return nil
}

// found is whom entries name.
type found struct {
	users    map[string]user // by UUID
	complete bool            // false when an entry is not known yet, or names somebody who has vanished
}

// everybody returns whom the users of a model name. The diagnostics say who cannot be found, who is named twice and who is
// ignored as well; and warn of those who are not in the organization. Whoever has had another email, which the record knows,
// is not taken the place of unasked. The members of the model are those in state, if there are any.
func (s search) everybody(ctx context.Context, m roleMembersModel, own record) (found, diag.Diagnostics) {
	all := found{users: map[string]user{}, complete: !m.Users.IsUnknown()}
	diags := s.ignoredUnderAnotherEmail(m, own)
	former := s.formerOfOthers(m, own.Former)
	managed := textsOf(m.Members)
	var unknown []string
	for i, entry := range entriesOf(m.Users) {
		if entry.IsUnknown() {
			all.complete = false
			continue
		}
		own := s
		own.about.user = path.Root("users").AtListIndex(i)
		text := entry.ValueString()
		if in := s.role.ByEmail(text); len(in) == 1 && managed[in[0].User.UUID] != "" && slices.Contains(s.written, entry) {
			text = in[0].User.Email // An entry that is in state needs no read of the organization.
		}
		somebody, ok := own.somebody(ctx, text, former, &unknown, &diags)
		if !ok {
			all.complete = false
			continue
		}
		if _, again := all.users[somebody.uuid]; again {
			diags.AddAttributeError(own.about.user, summaryNamedTwice, fmt.Sprintf("%s names %s, who is named before. %s",
				entry, somebody, adviceNamedTwice))
		}
		all.users[somebody.uuid] = somebody
	}
	if len(unknown) > 0 {
		diags.AddAttributeError(path.Root("users"), summaryNobody, s.unknownUsers(ctx, "users", unknown)+adviceNobody)
	}
	diags.Append(m.ignoredThough(all.users)...)
	diags.Append(s.checkIgnored(ctx, m, own)...)
	return all, diags
}

// formerOfOthers returns who had another email, without those who are named by what they have now.
func (s search) formerOfOthers(m roleMembersModel, former map[string]string) map[string]string {
	named := map[string]bool{}
	for _, entry := range entriesOf(m.Users) {
		named[strings.ToLower(entry.ValueString())] = true
	}
	others := map[string]string{}
	for email, uuid := range former {
		if owner, in := s.role.Find("", uuid); in && !named[uuid] && !named[strings.ToLower(owner.User.Email)] {
			others[email] = uuid
		}
	}
	return others
}

// ignoredUnderAnotherEmail finds who is ignored by an email that is theirs no more: they would be ignored no more, and
// whoever gets the email would be in their place.
func (s search) ignoredUnderAnotherEmail(m roleMembersModel, own record) (diags diag.Diagnostics) {
	for i, entry := range entriesOf(m.IgnoredUsers) {
		owner, in := s.role.Find("", own.Ignored[strings.ToLower(entry.ValueString())])
		if !in || strings.EqualFold(owner.User.Email, entry.ValueString()) {
			continue
		}
		other := ""
		if found := s.role.ByEmail(entry.ValueString()); len(found) > 0 {
			other = found[0].User.UUID
		}
		diags.AddAttributeError(path.Root("ignored_users").AtListIndex(i), summaryNewEmail, newEmailDetail(member(owner), s.name(), entry.ValueString(), other))
	}
	return diags
}

// checkIgnored warns of ignored users that match no user. It returns an error for the id of a membership in the place of a
// user's UUID. Only entries that match no member of the role need the organization's members.
func (s search) checkIgnored(ctx context.Context, m roleMembersModel, own record) (diags diag.Diagnostics) {
	var unknown []string
	for i, entry := range entriesOf(m.IgnoredUsers) {
		text := entry.ValueString()
		if entry.IsUnknown() || slices.ContainsFunc(denoted(s.role, text, own.Ignored), s.isMember) {
			continue
		}
		people, err := s.rosters.OrganizationMembers(ctx, s.ref.OrganizationID)
		if err != nil {
			return diags // A failed read is no reason to fail a plan for a warning.
		}
		known := len(people.ByEmail(text)) > 0
		if !isEmail(text) {
			s.about.user = path.Root("ignored_users").AtListIndex(i)
			if failure := s.wrongID(text, people); failure != nil {
				diags.Append(failure)
				continue
			}
			_, known = people.ByUUID(text)
		}
		if !known && people.ListError == nil {
			unknown = append(unknown, text)
		}
	}
	if len(unknown) > 0 {
		diags.AddAttributeWarning(path.Root("ignored_users"), summaryUnknownIgnored, s.unknownUsers(ctx, "ignored_users", unknown)+adviceUnknownIgnored)
	}
	return diags
}

// isMember reports whether a user is in the role.
func (s search) isMember(userUUID string) bool {
	_, in := s.role.Find("", userUUID)
	return in
}

// somebody returns whom one entry names. ok is false when that is nobody; the diagnostics say why. An email that no user has
// is appended to unknown instead.
func (s search) somebody(
	ctx context.Context, entry string, former map[string]string, unknown *[]string, diags *diag.Diagnostics,
) (wanted user, ok bool) {
	if !isEmail(entry) {
		wanted, listed, told, failure := s.byUUID(ctx, entry)
		switch {
		case failure != nil:
			diags.Append(failure)
			return user{}, false
		case !listed && told:
			diags.AddAttributeWarning(s.about.user, summaryStranger, strangerDetail(entry, s.ref.OrganizationID))
		}
		return wanted, true
	}
	found, failure := s.byEmail(ctx, entry)
	if len(found) > 0 {
		wanted, failure = s.only(found, entry)
	}
	left := s.hasVanished(gone{s.ref, strings.ToLower(entry)})
	if left && failure == nil && len(found) == 0 {
		failure = at(s.about.user, summaryNobody, "")
	}
	owner, still := s.role.Find("", former[strings.ToLower(entry)])
	switch {
	case still && wanted.uuid != owner.User.UUID:
		diags.AddAttributeError(s.about.user, summaryNewEmail, newEmailDetail(member(owner), s.name(), entry, wanted.uuid))
		return user{}, false
	case failure != nil && left:
		// An error would stop “terraform destroy”, which begins with a plan like this one. The apply has it.
		diags.AddAttributeWarning(s.about.user, summaryHasLeft, hasLeftDetail(entry, s.name(), failure))
		return user{}, false
	case failure != nil:
		diags.Append(failure)
		return user{}, false
	case len(found) == 0:
		*unknown = append(*unknown, entry)
		return user{}, false
	}
	return wanted, true
}

// ignoredThough finds who is both declared and ignored, as far as the texts and the users that they name tell.
func (m roleMembersModel) ignoredThough(wanted map[string]user) (diags diag.Diagnostics) {
	if m.Users.IsUnknown() || m.IgnoredUsers.IsUnknown() || m.IgnoredUsers.IsNull() {
		return nil
	}
	declared := map[string]string{} // by UUID or email, how they are named
	for _, entry := range entriesOf(m.Users) {
		declared[strings.ToLower(entry.ValueString())] = entry.ValueString()
	}
	for uuid, somebody := range wanted {
		declared[uuid], declared[strings.ToLower(somebody.email)] = somebody.String(), somebody.String()
	}
	for i, entry := range entriesOf(m.IgnoredUsers) {
		if name, both := declared[strings.ToLower(entry.ValueString())]; both && entry.ValueString() != "" {
			diags.AddAttributeError(path.Root("ignored_users").AtListIndex(i), summaryBoth,
				fmt.Sprintf("%s is both in users and in ignored_users. %s", name, adviceBoth))
		}
	}
	return diags
}

// blind is the error that a key may not see everybody in a role, because its owner is not an admin: who is hidden would
// be taken for not there. It is nil when the key sees everybody, or PostHog does not tell.
func (c *configured) blind(ctx context.Context, organizationID string, about subject) diag.Diagnostic {
	level, err := c.rosters.Level(ctx, organizationID)
	switch refusal, refused := err.(*posthog.APIError); { //nolint:errorlint // Package posthog returns its errors unwrapped.
	case refused && (refusal.Status == http.StatusForbidden || refusal.Status == http.StatusNotFound):
		return nil // This key is not told.
	case err != nil:
		return c.unable("read organization", "find out whether the key's owner is an admin of organization "+organizationID, about, err)
	case level == nil || *level >= posthog.LevelAdmin:
		return nil
	}
	return at(path.Empty(), summaryBlind, fmt.Sprintf("The key's owner is not an admin of organization %s, and may not see all members of %s. %s",
		organizationID, about.name, adviceBlind))
}
