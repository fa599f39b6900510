package fakeposthog

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// The first half of the UUIDs of each kind of object. They hold letters, so that upper and lower case differ, and tell
// somebody who reads a failed test what an id is of.
const (
	organizationIDs = "018c0a9c-1d3e"
	userIDs         = "018d05e4-7b1f"
	memberIDs       = "018e3eb4-c2d5"
	roleIDs         = "018f401e-9a6b"
	membershipIDs   = "0190be11-5f8d"
)

// ids counts up, so that a run of a test gives the same ids as the last, and later ids sort after earlier ones. As in
// PostHog's own, which are older than the RFC's version 7, there is neither a version nor a variant of the RFC's in them.
type ids map[string]int

func (i ids) next(kind string) string {
	i[kind]++
	return fmt.Sprintf("%s-0a00-1b00-%012x", kind, i[kind])
}

// parseUUID returns the canonical spelling of a UUID, and whether it is one. It takes what Python's uuid.UUID takes, because
// that is what PostHog asks: any case, hyphens anywhere or nowhere, braces and a urn: in front.
func parseUUID(text string) (string, bool) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "urn:", ""), "uuid:", "")
	text = strings.ReplaceAll(strings.Trim(text, "{}"), "-", "")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 16 {
		return "", false
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]), true
}
