package provider

import (
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A roleWork is an operation on all members of a role during which a fault happens.
type roleWork struct {
	name     string
	letters  string   // in fault.once and fault.forEver; "" if they do not decide whether it passes
	requests []string // the kinds of request that fail
	skip     int      // how many of them go well first
	writes   bool     // whether those requests change anything
	prepared bool     // whether the role is in state beforehand
	summary  string   // of the error when it fails
	command  string
	named    func(fakeposthog.User) string // how people are named
}

// twoTimes is the number of times of a fault that happens neither once nor for ever. Three users are added and two are removed.
const twoTimes = "two times"

const (
	kindOfAdd    = "POST role_memberships"
	kindOfRemove = "DELETE role_membership"
	changeFailed = "Unable to change role members" // the summary of the error
)

var roleWorks = []roleWork{
	{name: "create", letters: "c", requests: []string{kindOfAdd}, writes: true, summary: changeFailed, command: "apply", named: byEmails},
	{name: "create that takes out", letters: "d", requests: []string{kindOfRemove}, writes: true, summary: changeFailed, command: "apply", named: byUUIDs},
	{name: "update", letters: "cd", requests: []string{kindOfAdd, kindOfRemove}, writes: true, prepared: true, summary: changeFailed, command: "apply", named: byEither},
	{name: "destroy", letters: "d", requests: []string{kindOfRemove}, writes: true, prepared: true, summary: changeFailed, command: "destroy", named: byEither},
	{name: "refresh", letters: "l", requests: []string{"GET role"}, prepared: true, summary: "Unable to read role", command: "apply", named: byEither},
	{name: "read before the writes", letters: "l", requests: []string{"GET role"}, skip: 1, prepared: true, summary: "Unable to read role", command: "apply", named: byUUIDs},
	{name: "read before the destroy", letters: "l", requests: []string{"GET role"}, skip: 1, prepared: true, summary: "Unable to read role", command: "destroy", named: byEmails},
	{name: "read of a create", letters: "l", requests: []string{"GET role"}, summary: "Unable to read role", command: "apply", named: byEmails},
	{name: "people", letters: "p", requests: []string{"GET members"}, prepared: true, summary: "Unable to find user", command: "apply", named: byEmails},
	{name: "level of the key", requests: []string{"GET organizations"}, prepared: true, summary: "Unable to read organization", command: "apply", named: byEmails},
}

func byEmails(user fakeposthog.User) string { return user.Email }

func byUUIDs(user fakeposthog.User) string { return user.UUID }

// byEither names half of the users by email, in another case.
func byEither(user fakeposthog.User) string {
	if user.ID%2 == 0 {
		return strings.ToUpper(user.Email)
	}
	return user.UUID
}

// likeAnother are faults that the code of posthog_role_members handles like another one. The cells of posthog_role_membership have
// them all.
var likeAnother = map[string]bool{
	"401 not authenticated": true, "401 of a proxy": true, "403 projects": true, "403 other organizations": true, "403 not inside": true,
	"403 API keys": true, "403 of a firewall": true, "405": true, "409": true,
	"301 to another host": true, "301 on the same host": true, "302 on the same host": true, "307 on the same host": true,
	"308 to another host": true, "308 on the same host": true,
}

// times returns how many times a fault happens during the work; none if they are unrelated.
func (w roleWork) times(f fault) []string {
	switch {
	case f.blind && !w.writes, f.refused && !w.writes, likeAnother[f.name]:
		return nil
	case f.final && f.says == "asked to wait 1h" && w.writes:
		return nil // Changes of role members wait for the rate limit as long as it asks: here, an hour.
	case f.only != "" && (w.letters == "" || !strings.ContainsAny(f.only, w.letters)):
		return nil
	case f.do == nil:
		return []string{forEver}
	case !w.writes && w.name != "refresh":
		return []string{forEver} // The client retries all reads alike.
	case f.pace == patient:
		return []string{justOnce} // A few of these are as good as many, and large.
	case len(w.requests) > 1:
		return []string{justOnce, twoTimes, forEver}
	}
	return []string{justOnce, forEver}
}

// passes reports whether the work passes in a cell. isKnown is false if the fault does not decide it.
func (w roleWork) passes(f fault, cell string) (passes, isKnown bool) {
	gets := f.once
	if strings.HasSuffix(cell, strings.ReplaceAll(forEver, " ", "_")) {
		gets = f.forEver
	}
	for _, letter := range w.letters {
		if !strings.ContainsRune(gets, letter) {
			return false, true
		}
	}
	return true, w.letters != ""
}

// olderServers are faults of older versions of PostHog.
func olderServers() []fault {
	var all []fault
	for name, server := range map[string]fakeposthog.Option{
		"before 2025": fakeposthog.Older(), "of late 2025": fakeposthog.RefuseExplicitOrganization(),
	} {
		options := []fakeposthog.Option{server}
		through := "cd"
		if name == "of late 2025" {
			through = "d" // That the organization must go by another name is in the answers that are lost.
		}
		all = append(all,
			fault{name: name, options: options, forEver: "lprocd"},
			fault{name: name + ", 500", options: options, do: refuses(500, "error", "Broken."), once: "lprocd", says: "Broken.", unclear: true},
			fault{name: name + ", closed after the work", options: options, do: always(fakeposthog.CloseAfter()), once: "lprocd", forEver: through, says: "No answer from"},
			fault{name: name + ", 429", options: options, do: always(fakeposthog.Throttle("")), once: "lprocd", says: "retry_timeout", pace: brief})
	}
	return all
}
