package diagnostics

import (
	"errors"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// A failure of each kind has a heading, and a reason that many users share is given once.
func TestMembersNotUpdated_listsEveryFailure(t *testing.T) {
	refusal := &posthog.APIError{Status: 403, Type: "authentication_error", Code: "permission_denied", Detail: "Insufficient.", Reason: posthog.ReasonNotAdmin}
	lost := &posthog.TransportError{Host: "https://us.posthog.com", Sent: true, Err: errors.New("connection reset")}
	ref := posthog.RoleRef{OrganizationID: "o", ID: "r"}
	failures := []roster.Failure{
		{UserUUID: "a", Err: refusal},
		{UserUUID: "b", Err: &roster.SkippedAfterRefusalError{Err: refusal}},
		{UserUUID: "c", Err: &roster.SkippedAfterRefusalError{Err: refusal}},
		{UserUUID: "d", Err: &roster.UnclearError{Role: ref, UserUUID: "d", Create: lost}},
		{UserUUID: "e", Err: &roster.UnclearError{Role: ref, UserUUID: "e", Create: lost, Verify: refusal}},
		{UserUUID: "f", Err: &roster.HiddenError{Role: ref, UserUUID: "f", Err: refusal}},
		{UserUUID: "g", Err: &roster.AlreadyClaimedError{Role: ref, UserUUID: "g"}},
		{UserUUID: "h", Err: &roster.SkippedAfterFailuresError{Err: lost}},
		{UserUUID: "i", Err: &roster.SkippedAfterFailuresError{Err: &posthog.InterruptedError{}}},
		{UserUUID: "j", Err: &posthog.InterruptedError{Err: lost}},
		{UserUUID: "k", Err: &posthog.GaveUpError{Err: lost}},
		{UserUUID: "l", Err: &roster.NeedsCurrentError{Role: ref, Err: refusal}},
		{UserUUID: "m", Removing: true, Err: &roster.VerifyError{Write: lost, Verify: refusal}},
		{UserUUID: "n", Removing: true, Err: lost},
	}
	detail := MembersNotUpdated(Subject{Label: "role Engineering"}, roster.Outcome{Failures: failures},
		func(uuid string) string { return UserLabel("", uuid) }).Detail()
	for _, failure := range failures {
		if strings.Count(detail, "  user "+failure.UserUUID+"\n") != 1 {
			t.Errorf("%s is not named once: %s", failure.UserUUID, detail)
		}
	}
	for words, times := range map[string]int{
		"Not added:": 6, "Not added, and not tried:": 3, "Perhaps added:": 2, "Perhaps removed:": 2, "  user b\n  user c\n": 1, "The state has the current members of the role.": 1,
	} {
		if n := strings.Count(detail, words); n != times {
			t.Errorf("%q is there %d times, want %d: %s", words, n, times, detail)
		}
	}
}
