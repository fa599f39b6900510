package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// user is a user as far as PostHog lists them. email and organizationMemberID are "" if they are unknown.
type user struct {
	uuid                 string
	email                string
	organizationMemberID string
}

func userOf(membership posthog.Membership) user {
	found := user{uuid: membership.User.UUID, email: membership.User.Email}
	if membership.OrganizationMember != nil {
		found.organizationMemberID = membership.OrganizationMember.ID
	}
	return found
}

func userOfMember(member posthog.Member) user {
	return user{uuid: member.User.UUID, email: member.User.Email, organizationMemberID: member.ID}
}

// label returns the user in a sentence.
func (u user) label() string { return diagnostics.UserLabel(u.email, u.uuid) }

// preferExact returns the candidate with the exact spelling or, if there is none, all candidates.
func preferExact[T any](candidates []T, written string, spelling func(T) string) []T {
	if i := slices.IndexFunc(candidates, func(c T) bool { return spelling(c) == written }); i >= 0 {
		return candidates[i : i+1]
	}
	return candidates
}

// userLookup finds users by UUID or email: first in a role, which is cached, then in its organization.
type userLookup struct {
	*providerData

	role  *roster.Roster
	ref   posthog.RoleRef
	about diagnostics.Subject
	// known are the entries of users in state. They match members in state, and need no read of the organization.
	known []types.String
}

// isMember reports whether a user is in the role.
func (l userLookup) isMember(userUUID string) bool {
	_, found := l.role.ByUUID(userUUID)
	return found
}

// requireByUUID returns the user with a UUID, and warns of a user who is not in the organization. A key that cannot list the organization's
// members gives no warning. ok is false if the id is not a user's, or if the read fails. Then diags get the error.
func (l userLookup) requireByUUID(ctx context.Context, uuid string, diags *diag.Diagnostics) (match user, ok bool) {
	match, isUnknown, ok := l.findByUUID(ctx, uuid, diags)
	if isUnknown {
		diags.Append(diagnostics.UserNotInOrganization(l.about.User, uuid, l.ref.OrganizationID))
	}
	return match, ok
}

// findByUUID returns the user with a UUID. isUnknown reports that the user is not in the organization; it is false if the key cannot list the
// organization's members. ok is false if the id is not a user's, or if the read fails. Then diags get the error.
func (l userLookup) findByUUID(ctx context.Context, uuid string, diags *diag.Diagnostics) (match user, isUnknown, ok bool) {
	if membership, found := l.role.ByUUID(uuid); found {
		return userOf(membership), false, true
	}
	members, err := l.rosters.OrganizationMembers(ctx, l.ref.OrganizationID)
	if err != nil {
		diags.Append(l.messages.UnableToFindUser(uuid, l.ref.OrganizationID, l.about, err))
		return user{}, false, false
	}
	if member, found := members.ByUUID(uuid); found {
		return userOfMember(member), false, true
	}
	if failure := l.checkIDKind(uuid, members); failure != nil {
		diags.Append(failure)
		return user{}, false, false
	}
	return user{uuid: uuid}, members.ListError == nil, true
}

// checkIDKind returns the error that an id belongs to a membership and not to a user.
func (l userLookup) checkIDKind(id string, members *roster.OrganizationMembers) diag.Diagnostic {
	wrongID := func(kind string, owner user) diag.Diagnostic {
		return diagnostics.WrongID(l.about.User, id, kind, owner.email, owner.uuid)
	}
	for _, membership := range l.role.Members {
		switch owner := userOf(membership); id {
		case membership.ID:
			return wrongID("role membership", owner)
		case owner.organizationMemberID:
			return wrongID("organization membership", owner)
		}
	}
	for _, member := range members.Members {
		if member.ID == id {
			return wrongID("organization membership", userOfMember(member))
		}
	}
	return nil
}

// candidatesByEmail returns the users with an email: none, one, or several whose emails differ in case only. A user with the exact
// spelling is the only candidate. A member of the role with the exact spelling needs no further read. The organization's members are
// candidates too, unless the key cannot list them.
func (l userLookup) candidatesByEmail(ctx context.Context, email string) ([]user, diag.Diagnostic) {
	var candidates []user
	for _, membership := range l.role.ByEmail(email) {
		candidates = append(candidates, userOf(membership))
	}
	spelling := func(u user) string { return u.email }
	if exact := preferExact(candidates, email, spelling); len(exact) == 1 && exact[0].email == email {
		return exact, nil
	}
	members, err := l.rosters.OrganizationMembers(ctx, l.ref.OrganizationID)
	if err == nil && len(candidates) == 0 {
		err = members.ListError
	}
	if err != nil {
		return nil, l.messages.UnableToFindUser(email, l.ref.OrganizationID, l.about, err)
	}
	for _, member := range members.ByEmail(email) {
		if !l.isMember(member.User.UUID) {
			candidates = append(candidates, userOfMember(member))
		}
	}
	return preferExact(candidates, email, spelling), nil
}

// findByEmail returns the user with an email. found is false if there is none. Several users are an error.
func (l userLookup) findByEmail(ctx context.Context, email string) (match user, found bool, failure diag.Diagnostic) {
	candidates, failure := l.candidatesByEmail(ctx, email)
	switch {
	case failure != nil || len(candidates) == 0:
		return user{}, false, failure
	case len(candidates) > 1:
		return user{}, false, diagnostics.SeveralUsers(l.about.User, email, labelsOf(candidates))
	}
	return candidates[0], true, nil
}

// requireByEmail returns the user with an email, or an error if there is none or more than one.
func (l userLookup) requireByEmail(ctx context.Context, email string) (user, diag.Diagnostic) {
	match, found, failure := l.findByEmail(ctx, email)
	if failure == nil && !found {
		failure = diagnostics.UserNotFound(l.about.User, email, diagnostics.Place(l.roleLabel()), l.similarEmails(ctx, l.ref.OrganizationID, email))
	}
	return match, failure
}

// roleLabel returns the role in a sentence, without its organization.
func (l userLookup) roleLabel() string { return diagnostics.ShortRoleLabel(l.role.Name, l.ref.ID) }

// unknownEntries adds similar emails to entries that match no user.
func (l userLookup) unknownEntries(ctx context.Context, entries []string) []diagnostics.UnknownEntry {
	var unknown []diagnostics.UnknownEntry
	for _, entry := range entries {
		similar := []string(nil)
		if isEmail(entry) {
			similar = l.similarEmails(ctx, l.ref.OrganizationID, entry)
		}
		unknown = append(unknown, diagnostics.UnknownEntry{Entry: entry, Similar: similar})
	}
	return unknown
}

func labelsOf(users []user) []string {
	var labels []string
	for _, user := range users {
		labels = append(labels, user.label())
	}
	return labels
}

// isEmail reports whether an entry of users is an email and not a UUID.
func isEmail(entry string) bool { return strings.Contains(entry, "@") }

// similarTo returns up to three candidates that are similar to a text, the most similar one first.
func similarTo(written string, candidates []string) []string {
	const minSimilarity = 0.7
	scores := map[string]float64{}
	for _, candidate := range candidates {
		if score := similarity(strings.ToLower(written), strings.ToLower(candidate)); score >= minSimilarity {
			scores[candidate] = score
		}
	}
	similar := make([]string, 0, len(scores))
	for candidate := range scores {
		similar = append(similar, candidate)
	}
	slices.SortFunc(similar, func(a, b string) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return strings.Compare(a, b)
	})
	return similar[:min(3, len(similar))]
}

// similarity returns a number from 0 (different) to 1 (equal). If two emails have the same domain, only the part before it counts.
func similarity(a, b string) float64 {
	localA, domainA, isEmailA := strings.Cut(a, "@")
	localB, domainB, isEmailB := strings.Cut(b, "@")
	if isEmailA && isEmailB && domainA == domainB {
		a, b = localA, localB
	}
	if isTransposed(a, b) {
		return 0.9 // Levenshtein counts a transposition as two mistakes, which is too many for a short name.
	}
	return levenshtein.Match(a, b, nil)
}

// isTransposed reports whether two texts differ only in two neighboring bytes that are swapped.
func isTransposed(a, b string) bool {
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
