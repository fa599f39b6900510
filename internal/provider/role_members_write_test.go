package provider

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

func TestRoleMembersWork_logsItsProgress(t *testing.T) {
	var log bytes.Buffer
	w := &roleMembersWork{about: subject{name: "role Engineering"}}
	w.logProgress(tflogtest.RootLogger(t.Context(), &log), 480, 10_000)
	lines, err := tflogtest.MultilineJSONDecode(&log)
	if err != nil || len(lines) != 1 {
		t.Fatal(err, lines)
	}
	if line := lines[0]; line["@level"] != "info" || line["done"] != 480.0 || line["all"] != 10_000.0 || line["role"] != "role Engineering" {
		t.Errorf("it logs %v", line)
	}
}

// Each result of a write has its own message. A cause that many writes share is reported once.
func TestRoleMembersWork_tellsEveryFailure(t *testing.T) {
	refusal := &posthog.APIError{Status: 403, Type: "authentication_error", Code: "permission_denied", Detail: "Insufficient.", Reason: posthog.ReasonNotAdmin}
	lost := &posthog.TransportError{Host: "https://us.posthog.com", Sent: true, Err: errors.New("connection reset")}
	ref := posthog.RoleRef{OrganizationID: "o", ID: "r"}
	var diags diag.Diagnostics
	w := &roleMembersWork{about: subject{name: "role Engineering"}, diags: &diags}
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
	w.fail(roster.Outcome{Failures: failures}, memberDiff{role: &roster.Roster{}}, "The end.")
	if len(diags) != 1 {
		t.Fatalf("there are %d messages", len(diags))
	}
	detail := diags[0].Detail()
	for _, failure := range failures {
		if strings.Count(detail, "  user "+failure.UserUUID+"\n") != 1 {
			t.Errorf("%s is not named once: %s", failure.UserUUID, detail)
		}
	}
	for words, times := range map[string]int{
		"Not added:": 6, "Not added, and not tried:": 3, "Perhaps added:": 2, "Perhaps removed:": 2, "  user b\n  user c\n": 1, "The end.": 1,
	} {
		if n := strings.Count(detail, words); n != times {
			t.Errorf("%q is there %d times, want %d: %s", words, n, times, detail)
		}
	}
}
