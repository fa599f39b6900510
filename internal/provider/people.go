package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// A user is somebody as far as PostHog tells.
type user struct {
	uuid                 string
	email                string // "" when PostHog does not tell
	organizationMemberID string // likewise
}

func userOf(membership posthog.Membership) user {
	found := user{uuid: membership.User.UUID, email: membership.User.Email}
	if membership.OrganizationMember != nil {
		found.organizationMemberID = membership.OrganizationMember.ID
	}
	return found
}

func userOfMember(member posthog.Member) user {
	return user{member.User.UUID, member.User.Email, member.ID}
}

func (u user) String() string { return person(u.email, u.uuid) }

func userEmail(u user) string { return u.email }

// preferExact returns the one candidate that is spelled exactly as written, or all candidates if there is none.
func preferExact[T any](candidates []T, written string, spelling func(T) string) []T {
	if i := slices.IndexFunc(candidates, func(c T) bool { return spelling(c) == written }); i >= 0 {
		return candidates[i : i+1]
	}
	return candidates
}

// A search is where users are looked for: in a role first, which is known anyway, and then in its organization.
type search struct {
	*configured
	role  *roster.Roster
	ref   posthog.RoleRef
	about subject
	// written are the entries of users in state, which are known to mean the members in state.
	written []types.String
}

// byUUID returns a user as far as PostHog tells, and whether PostHog tells of them at all. told is false where the key may
// not see who is in the organization; then nothing follows from it.
func (s search) byUUID(ctx context.Context, uuid string) (found user, listed, told bool, failure diag.Diagnostic) {
	if membership, ok := s.role.Find("", uuid); ok {
		return userOf(membership), true, true, nil
	}
	people, err := s.rosters.OrganizationMembers(ctx, s.ref.OrganizationID)
	if err != nil {
		return user{}, false, false, s.unable("find user", fmt.Sprintf("find out who is in organization %s", s.ref.OrganizationID), s.about, err)
	}
	if member, ok := people.ByUUID(uuid); ok {
		return userOfMember(member), true, true, nil
	}
	if failure := s.wrongID(uuid, people); failure != nil {
		return user{}, false, false, failure
	}
	return user{uuid: uuid}, false, people.ListError == nil, nil
}

// wrongID returns an error if an id belongs to a membership and not to a user. It returns nil for every other id.
func (s search) wrongID(id string, people *roster.OrganizationMembers) diag.Diagnostic {
	for _, membership := range s.role.Members {
		switch owner := userOf(membership); id {
		case membership.ID:
			return wrongID(s.about.user, id, owner, "role membership")
		case owner.organizationMemberID:
			return wrongID(s.about.user, id, owner, "organization membership")
		}
	}
	for _, member := range people.Members {
		if member.ID == id {
			return wrongID(s.about.user, id, userOfMember(member), "organization membership")
		}
	}
	return nil
}

// byEmail returns the users with an email: none, one, or several whose emails differ in case only. A user with the exact
// spelling is the only result. An exact match in the role needs no further read. Otherwise the organization's members are
// candidates too, except for a key that may not list them.
func (s search) byEmail(ctx context.Context, email string) (found []user, failure diag.Diagnostic) {
	for _, membership := range s.role.ByEmail(email) {
		found = append(found, userOf(membership))
	}
	if one := preferExact(found, email, userEmail); len(one) == 1 && one[0].email == email {
		return one, nil
	}
	people, err := s.rosters.OrganizationMembers(ctx, s.ref.OrganizationID)
	if err == nil && len(found) == 0 {
		err = people.ListError
	}
	if err != nil {
		return nil, s.unable("find user", fmt.Sprintf("find out who has the email %s: nobody in %s has it, and who else is in the organization was not told",
			email, s.name()), s.about, err)
	}
	for _, member := range people.ByEmail(email) {
		if !s.isMember(member.User.UUID) {
			found = append(found, userOfMember(member))
		}
	}
	return preferExact(found, email, userEmail), nil
}

// name names the role that is searched.
func (s search) name() string { return titled(s.role.Name, s.ref.ID) }

// theOne returns the user with an email, or an error if there is none or more than one.
func (s search) theOne(ctx context.Context, email string) (user, diag.Diagnostic) {
	found, failure := s.byEmail(ctx, email)
	switch {
	case failure != nil:
		return user{}, failure
	case len(found) == 0:
		return user{}, at(s.about.user, summaryNobody, fmt.Sprintf("Nobody in %s or its organization has the email %s.%s %s",
			s.name(), email, s.similarEmails(ctx, s.ref.OrganizationID, email), adviceNobody))
	}
	return s.only(found, email)
}

// only returns the one user of a list, or an error that lists all of them.
func (s search) only(found []user, email string) (user, diag.Diagnostic) {
	if len(found) > 1 {
		return user{}, at(s.about.user, summarySeveral, fmt.Sprintf("%d people have the email %s:\n\n%s\n\n%s",
			len(found), email, enumerated(found, user.String), adviceSeveral))
	}
	return found[0], nil
}

// maxSuggestions is the number of unknown emails for which a process looks for similar ones. Each search compares the email
// with every user of the organization.
const maxSuggestions = 20

// similarEmails returns a sentence with the emails of an organization that are similar to an unknown one. It returns "" if
// there are none, if the key may not list them, and after maxSuggestions calls.
func (c *configured) similarEmails(ctx context.Context, organization, email string) string {
	if c.suggestions.Add(1) > maxSuggestions {
		return ""
	}
	people, err := c.rosters.OrganizationMembers(ctx, organization)
	if err != nil {
		return ""
	}
	emails := make([]string, 0, len(people.Members))
	for _, member := range people.Members {
		emails = append(emails, member.User.Email)
	}
	return didYouMean(email, emails)
}

// enumerated lists items, one in a line.
func enumerated[T any](items []T, text func(T) string) string {
	var lines []string
	for _, item := range items {
		lines = append(lines, "  "+text(item))
	}
	return strings.Join(lines, "\n")
}

// didYouMean returns a sentence that names up to three of the candidates that look most like what was written, "" when none
// does.
func didYouMean(written string, candidates []string) string {
	type match struct {
		text       string
		similarity float64
	}
	const similarEnough = 0.7
	var matches []match
	for _, candidate := range candidates {
		if similarity := alike(strings.ToLower(written), strings.ToLower(candidate)); similarity >= similarEnough {
			matches = append(matches, match{candidate, similarity})
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int {
		switch {
		case a.similarity > b.similarity:
			return -1
		case a.similarity < b.similarity:
			return 1
		}
		return strings.Compare(a.text, b.text)
	})
	var names []string
	for _, match := range matches[:min(3, len(matches))] {
		names = append(names, match.text)
	}
	if len(names) == 0 {
		return ""
	}
	return " Did you mean " + strings.Join(names, " or ") + "?"
}

// alike returns how alike two texts are, from 0 to 1. Of two emails at one domain only what is before it counts.
func alike(a, b string) float64 {
	localA, domainA, _ := strings.Cut(a, "@")
	localB, domainB, both := strings.Cut(b, "@")
	if both && domainA == domainB {
		a, b = localA, localB
	}
	if swapped(a, b) {
		return 0.9 // Levenshtein takes that for two mistakes, which is too much for a short name.
	}
	return levenshtein.Match(a, b, nil)
}

// swapped reports whether two texts differ in two neighbours that have changed places.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}

// twoPeople says that a UUID and an email, which should name one person, do not.
func twoPeople(email, uuid string, owner user) diag.Diagnostic {
	return at(path.Root("user_email"), summaryTwoPeople, fmt.Sprintf("The email %s is that of user %s, and user_uuid is %s. %s",
		email, owner.uuid, uuid, adviceTwoPeople))
}

// strangerDetail says that somebody is not in an organization.
func strangerDetail(uuid, organization string) string {
	return fmt.Sprintf("PostHog lists nobody with the UUID %s in organization %s: the user has not joined it (yet), has left it, or is deactivated. %s",
		uuid, organization, adviceStranger)
}

// hasLeftDetail says that somebody who was in a role has gone, and why they cannot be added again.
func hasLeftDetail(email, role string, failure diag.Diagnostic) string {
	return fmt.Sprintf("%s is not in %s any more, and cannot be added again: %s. %s", email, role, uncapital(failure.Summary()), adviceHasLeft)
}

// newEmailDetail describes a member whose email has changed while the configuration still has the old one. owner is the
// UUID of the user who has the old email now, or "".
func newEmailDetail(member, role, email, owner string) string {
	now := "No user has it now."
	if owner != "" {
		now = fmt.Sprintf("It belongs to user %s now. Name that user by this UUID, in user_uuid or in users.", owner)
	}
	return fmt.Sprintf("%s, who is in %s, had the email %s before. %s %s", member, role, email, now, adviceNewEmail)
}

// wrongID describes the id of a membership in the place of a user's UUID.
func wrongID(where path.Path, id string, owner user, kind string) diag.Diagnostic {
	return at(where, summaryWrongID, fmt.Sprintf("%q is the id of the %s of %s. %s\n\n  %s",
		id, kind, cmp.Or(owner.email, "user "+owner.uuid), adviceWrongID, quoted(owner.uuid)))
}

// unknownUsers describes the entries of a list that match no user. It has a line for each, with similar emails.
func (s search) unknownUsers(ctx context.Context, list string, entries []string) string {
	var lines strings.Builder
	for _, entry := range entries {
		fmt.Fprintf(&lines, "  %q", entry)
		if isEmail(entry) {
			lines.WriteString(s.similarEmails(ctx, s.ref.OrganizationID, entry))
		}
		lines.WriteString("\n")
	}
	return fmt.Sprintf("These entries of %s match no user of %s or its organization:\n\n%s\n", list, s.name(), lines.String())
}

// checkEmails is the error about emails that no user of an organization has, while the role is unknown. A key that cannot list the
// members leaves the check to the apply.
func (c *configured) checkEmails(ctx context.Context, organization string, where path.Path, entries ...types.String) diag.Diagnostic {
	var lines strings.Builder
	for _, entry := range entries {
		email := entry.ValueString()
		if !isEmail(email) {
			continue
		}
		people, err := c.rosters.OrganizationMembers(ctx, organization)
		if err != nil || people.ListError != nil {
			return nil
		}
		if len(people.ByEmail(email)) == 0 {
			fmt.Fprintf(&lines, "  %q%s\n", email, c.similarEmails(ctx, organization, email))
		}
	}
	if lines.Len() == 0 {
		return nil
	}
	return at(where, summaryNobody, fmt.Sprintf("These emails match no user of organization %s:\n\n%s\n%s", organization, lines.String(), adviceNobody))
}
