package provider

import (
	"slices"
	"strings"
	"testing"
)

// After each section the role has the users that the configuration declares, and the plan is empty. Users who are declared before and
// after are never removed, and are added once.
func TestGuide_renamingAndMoving(t *testing.T) {
	t.Parallel()
	for _, change := range readGuide(t, "renaming-and-moving") {
		t.Run(change.title, func(t *testing.T) {
			t.Parallel()
			if slices.ContainsFunc(change.blocks, func(b block) bool { return strings.Contains("\n"+b.content, "\nremoved {") }) {
				RequireTerraform(t, "1.7.0", "") // OpenTofu says it in its own words.
			}
			r := newReader(t)
			hog := r.bed.hog
			r.emptyRoles()
			r.follow(change.blocks)

			removed, ever := 0, map[string]bool{}
			for _, event := range hog.History(r.bed.role) {
				ever[event.UserUUID] = true
			}
			switch change.title {
			case "Another user or role":
				r.bed.expectAddedFirst(t)
				fallthrough
			case "The new address has a membership already":
				removed = 1
				if hog.IsMember(r.bed.role, hog.User(0).UUID) || !hog.IsMember(r.bed.role, hog.User(1).UUID) {
					t.Errorf("the history is %v, want Alice out of the role and Bob in it", hog.History(r.bed.role))
				}
			}
			if n := len(hog.Members(r.bed.role)); n == 0 || n != len(ever)-removed {
				t.Errorf("%d users are in the role, after %v", n, hog.History(r.bed.role))
			}
			hog.ExpectRequests(t, "DELETE role_membership", removed)
			hog.ExpectRequests(t, "POST role_memberships", len(ever))
			last := change.blocks[len(change.blocks)-1].content
			if strings.Contains(last, "Successfully removed") { // The configuration still declares the user.
				return
			}
			if result := r.shell("terraform plan -detailed-exitcode"); result.Code != 0 {
				t.Error(result)
			}
		})
	}
}
