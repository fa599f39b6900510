package diagnostics

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// RoleLabel returns a role in a sentence: "role Support (UUID) of organization UUID". The name may be "".
func RoleLabel(name string, ref posthog.RoleRef) string {
	return ShortRoleLabel(name, ref.ID) + " of organization " + ref.OrganizationID
}

// ShortRoleLabel returns a role without its organization: "role Support (UUID)". The name may be "".
func ShortRoleLabel(name, id string) string {
	if name == "" {
		return "role " + id
	}
	return fmt.Sprintf("role %s (%s)", name, id)
}

// UserLabel returns a user in a sentence: "alice@example.com (UUID)". One of the two may be "".
func UserLabel(email, uuid string) string {
	if email == "" || uuid == "" {
		return "user " + cmp.Or(email, uuid)
	}
	return fmt.Sprintf("%s (%s)", email, uuid)
}

// memberLabel returns the user of a membership in a sentence.
func memberLabel(membership posthog.Membership) string {
	return UserLabel(membership.User.Email, membership.User.UUID)
}

// memberList returns members, one in a line.
func memberList(members []posthog.Membership) string { return lines(members, memberLabel) }

// lines returns items, one in a line, indented.
func lines[T any](items []T, text func(T) string) string {
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, "  "+text(item))
	}
	return strings.Join(texts, "\n")
}

// unchanged returns its argument.
func unchanged(text string) string { return text }

// joinedClause returns when a member joined, as the end of a clause. It returns "" if the server sent no such time.
func joinedClause(membership posthog.Membership) string {
	joined, err := time.Parse(time.RFC3339Nano, membership.JoinedAt)
	if err != nil {
		return ""
	}
	return ", joined " + joined.UTC().Format(time.DateOnly)
}

// Count returns a number and its noun: "1 member", "2 members".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// DurationText returns a duration without its zero units: "15m" instead of "15m0s".
func DurationText(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	if strings.HasSuffix(text, "m") || strings.HasSuffix(text, "h") {
		return text
	}
	return d.String()
}

// withPeriod ends a text of PostHog like a sentence.
func withPeriod(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

func capitalize(sentence string) string { return strings.ToUpper(sentence[:1]) + sentence[1:] }

func uncapitalize(sentence string) string { return strings.ToLower(sentence[:1]) + sentence[1:] }

// hclString returns a string literal of HCL.
func hclString(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", "$${", "%{", "%%{").Replace(text) + `"`
}

// didYouMean returns a sentence with similar names, and a space before it. It returns "" without names.
func didYouMean(similar []string) string {
	if len(similar) == 0 {
		return ""
	}
	return " Did you mean " + strings.Join(similar, " or ") + "?"
}
