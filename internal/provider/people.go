package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

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

// A search is where users are looked for: in a role first, which is known anyway, and then in its organization.
type search struct {
	*configured
	role  *roster.Roster
	ref   posthog.RoleRef
	about subject
}

// byUUID returns a user as far as PostHog tells, and whether PostHog tells of them at all. told is false where the key may
// not see who is in the organization; then nothing follows from it.
func (s search) byUUID(ctx context.Context, uuid string) (found user, listed, told bool, failure diag.Diagnostic) {
	if membership, ok := s.role.Find("", uuid); ok {
		return userOf(membership), true, true, nil
	}
	people, err := s.rosters.People(ctx, s.ref.OrganizationID)
	if err != nil {
		return user{}, false, false, s.unable("find user", fmt.Sprintf("find out who is in organization %s", s.ref.OrganizationID), s.about, err)
	}
	if member, ok := people.ByUUID(uuid); ok {
		return userOfMember(member), true, true, nil
	}
	return user{uuid: uuid}, false, people.Refused == nil, nil
}

// byEmail returns who has an email, whatever its case: nobody, one, or all who share it.
func (s search) byEmail(ctx context.Context, email string) (found []user, failure diag.Diagnostic) {
	for _, membership := range s.role.ByEmail(email) {
		found = append(found, userOf(membership))
	}
	if len(found) > 0 {
		return found, nil
	}
	people, err := s.rosters.People(ctx, s.ref.OrganizationID)
	if err == nil {
		err = people.Refused
	}
	if err != nil {
		return nil, s.unable("find user", fmt.Sprintf("find out who has the email %s: nobody in %s has it, and who else is in the organization was not told",
			email, s.name()), s.about, err)
	}
	for _, member := range people.ByEmail(email) {
		found = append(found, userOfMember(member))
	}
	return found, nil
}

// name names the role that is searched.
func (s search) name() string { return titled(s.role.Name, s.ref.ID) }

// theOne returns who has an email, or why it is nobody or more than one.
func (s search) theOne(ctx context.Context, email string) (user, diag.Diagnostic) {
	found, failure := s.byEmail(ctx, email)
	switch {
	case failure != nil:
		return user{}, failure
	case len(found) == 0:
		return user{}, at(s.about.user, summaryNobody, fmt.Sprintf("Nobody in %s or its organization has the email %s.%s %s",
			s.name(), email, s.near(ctx, email), adviceNobody))
	case len(found) > 1:
		return user{}, at(s.about.user, summarySeveral, fmt.Sprintf("%d people have the email %s:\n\n%s\n\n%s",
			len(found), email, enumerated(found), adviceSeveral))
	}
	return found[0], nil
}

// near names those whose emails look like one that nobody has.
func (s search) near(ctx context.Context, email string) string {
	people, err := s.rosters.People(ctx, s.ref.OrganizationID)
	if err != nil {
		return ""
	}
	return didYouMeanEmail(email, people.Members)
}

// didYouMeanEmail is didYouMean among the emails of members.
func didYouMeanEmail(written string, members []posthog.Member) string {
	emails := make([]string, 0, len(members))
	for _, member := range members {
		emails = append(emails, member.User.Email)
	}
	return didYouMean(written, emails)
}

func enumerated(users []user) string {
	var lines []string
	for _, user := range users {
		lines = append(lines, "  "+user.String())
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

// newEmailDetail says that the email by which somebody in a role is named is no longer theirs, but somebody else's, whose
// UUID that is, or nobody's.
func newEmailDetail(somebody, role, email, owner string) string {
	now := "nobody there has it now"
	if owner != "" {
		now = "now it is that of somebody else, " + owner
	}
	return fmt.Sprintf("%s, who is in %s, had the email %s before; %s. %s", somebody, role, email, now, adviceNewEmail)
}
