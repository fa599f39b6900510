package fakeposthog

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// The first half of the UUIDs shows the kind of object in the output of a failed test. It has letters, so that upper and lower
// case differ.
const (
	organizationIDs = "018c0a9c-1d3e"
	userIDs         = "018d05e4-7b1f"
	memberIDs       = "018e3eb4-c2d5"
	roleIDs         = "018f401e-9a6b"
	membershipIDs   = "0190be11-5f8d"
)

// ids counts the ids of each kind, so that each run of a test has the same ids, in ascending order. Like PostHog's own UUIDs,
// they do not have a version or variant of RFC 9562.
type ids map[string]int

func (i ids) next(kind string) string {
	i[kind]++
	return fmt.Sprintf("%s-0a00-1b00-%012x", kind, i[kind])
}

// parseUUID returns the canonical form of a UUID. It accepts the same forms as Python's uuid.UUID, which PostHog uses: any case,
// any hyphens, braces, and a prefix "urn:uuid:".
func parseUUID(text string) (string, bool) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "urn:", ""), "uuid:", "")
	text = strings.ReplaceAll(strings.Trim(text, "{}"), "-", "")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 16 {
		return "", false
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]), true
}
