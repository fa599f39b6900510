package docstest

import (
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
)

// After each section the role has the users that the configuration declares, and the plan is empty. Users who are declared before and
// after are never removed, and are added once.
func TestGuide_renamingAndMoving(t *testing.T) {
	t.Parallel()
	for _, change := range readGuide(t, "renaming-and-moving") {
		t.Run(change.title, func(t *testing.T) {
			t.Parallel()
			if slices.ContainsFunc(change.blocks, func(b block) bool { return strings.Contains("\n"+b.content, "\nremoved {") }) {
				acctest.RequireTerraform(t, "1.7.0", "") // OpenTofu prints another text.
			}
			r := newReader(t)
			hog := r.hog
			r.emptyRoles()
			if change.title == "A role is renamed in PostHog" {
				r.events = map[string]func(){"Engineering becomes Platform in the web app": func() { hog.RenameRole(hog.Role(0), "Platform") }}
			}
			r.follow(change.blocks)

			removed, ever := 0, map[string]bool{}
			for _, event := range hog.History(r.hog.Role(0)) {
				ever[event.UserUUID] = true
			}
			switch change.title {
			case "Another user or role":
				acctest.ExpectAddedFirst(t, r.hog)
				fallthrough
			case "The new address has a membership already":
				removed = 1
				if hog.IsMember(r.hog.Role(0), hog.User(0).UUID) || !hog.IsMember(r.hog.Role(0), hog.User(1).UUID) {
					t.Errorf("the history is %v, want Alice out of the role and Bob in it", hog.History(r.hog.Role(0)))
				}
			case "A role is renamed in the configuration":
				if r.roleNamed("Platform") != hog.Role(0) {
					t.Errorf("the roles are %v", hog.RoleNames(""))
				}
			}
			if n := len(hog.Members(r.hog.Role(0))); n == 0 || n != len(ever)-removed {
				t.Errorf("%d users are in the role, after %v", n, hog.History(r.hog.Role(0)))
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
