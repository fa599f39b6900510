package fakeposthog_test

import (
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestHistory(t *testing.T) {
	hog, c := start(t, fakeposthog.Roles(2), fakeposthog.MembersEach(3))
	role, other := hog.Role(0), hog.Role(1)
	stays, swapped, gone, comes := hog.User(0).UUID, hog.User(1).UUID, hog.User(2).UUID, hog.User(3).UUID
	wantEqual(t, "nothing happened since the start", len(hog.History(role)), 0)
	for user, out := range map[string]bool{stays: false, comes: true} {
		wantEqual(t, "out since the start", hog.EverOut(role, user), out)
	}

	// Removed and added again, by requests.
	c.delete(c.memberships(role) + hog.Members(role)[1].ID + "/")
	c.add(role, swapped)
	c.add(role, stays) // a duplicate is no event
	hog.Leave(role, gone)
	hog.Join(role, comes)
	hog.Leave(other, stays)

	type step struct {
		user string
		in   bool
	}
	steps := func(role string) (steps []step) {
		for _, event := range hog.History(role) {
			steps = append(steps, step{event.UserUUID, event.In})
			if event.At.IsZero() {
				t.Error("no time")
			}
		}
		return steps
	}
	want := []step{{swapped, false}, {swapped, true}, {gone, false}, {comes, true}}
	if got := steps(role); len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("got %v, want %v", got, want)
	}
	for user, out := range map[string]bool{stays: false, swapped: true, gone: true, comes: true} {
		wantEqual(t, "ever out", hog.EverOut(role, user), out)
	}

	hog.ForgetHistory()
	wantEqual(t, "forgotten", len(hog.History(role)), 0)
	for user, out := range map[string]bool{stays: false, swapped: false, gone: true, comes: false} {
		wantEqual(t, "out since then", hog.EverOut(role, user), out)
	}

	hog.LeaveOrganization("", comes)
	if !hog.EverOut(role, comes) {
		t.Error("who leaves the organization was never out")
	}
	hog.DeleteRole(role)
	wantEqual(t, "leaving a role that is deleted", len(hog.History(role)), 3)
	if !hog.EverOut(role, stays) {
		t.Error("members of a deleted role were never out")
	}
}
