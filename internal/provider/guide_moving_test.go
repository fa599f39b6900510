package provider

import (
	"slices"
	"strings"
	"testing"
)

// Whatever address a membership gets, or whether it gets none, everybody is in the role in the end and the plan is empty; and
// nobody was out of the role for a moment where a block says what moves.
func TestGuide_renamingAndMoving(t *testing.T) {
	t.Parallel()
	for _, change := range readGuide(t, "renaming-and-moving") {
		t.Run(change.title, func(t *testing.T) {
			t.Parallel()
			if slices.ContainsFunc(change.blocks, func(b block) bool { return strings.Contains("\n"+b.content, "\nremoved {") }) {
				needs(t, "1.7.0", "") // OpenTofu says it in its own words.
			}
			r := newReader(t)
			hog := r.bed.hog
			r.emptyRoles()
			r.follow(change.blocks)

			ever := map[string]bool{}
			for _, event := range hog.History(r.bed.role) {
				ever[event.UserUUID] = true
			}
			if n := len(hog.Members(r.bed.role)); n == 0 || n != len(ever) {
				t.Errorf("%d are in the role, after %v", n, hog.History(r.bed.role))
			}
			if change.title != "Hundreds at once" { // There Terraform may destroy before it creates.
				hog.ExpectRequests(t, "DELETE role_membership", 0)
				hog.ExpectRequests(t, "POST role_memberships", len(ever))
			}
			last := change.blocks[len(change.blocks)-1].content
			if strings.Contains(last, "Successfully removed") { // Whom the state has forgotten, the configuration still names.
				return
			}
			if result := r.shell("terraform plan -detailed-exitcode"); result.code != 0 {
				t.Error(result)
			}
		})
	}
}
