package docstest

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// In the end the role has the declared users and the account for emergencies.
func TestGuide_auditedAdminRole(t *testing.T) {
	t.Parallel()
	const emergency = "break-glass@example.com"
	for _, story := range readGuide(t, "an-audited-admin-role") {
		t.Run(story.title, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			hog := r.hog
			admins, alice, bob, carol := hog.Role(0), hog.User(0).UUID, hog.User(1).UUID, hog.User(2).UUID
			hog.RenameRole(admins, "Admins")
			account := hog.AddUserWith("", fakeposthog.User{Email: emergency}).UUID
			in := map[string]bool{alice: true, bob: true, carol: false, account: false}
			switch story.title {
			case "The first plan":
				hog.Join(admins, account)
				in = map[string]bool{alice: true, bob: false, carol: true, account: true}
			case "Every night":
				r.events = map[string]func(){"Carol is made an admin in the web app": func() {
					hog.Join(admins, carol)
					hog.Leave(admins, bob)
				}}
			case "A way in for emergencies":
				r.events = map[string]func(){"the account is put into the role in the web app": func() { hog.Join(admins, account) }}
				in[account] = true
			case "A key that may not see all members":
				r.events = map[string]func(){"the owner of the key is no longer an admin": func() { hog.SetLevel("", hog.Owner().UUID, 1) }}
			}
			r.follow(story.blocks)
			for user, want := range in {
				if hog.IsMember(admins, user) != want {
					t.Errorf("whether %s is in the role: %t, want %t", user, !want, want)
				}
			}
		})
	}
}

// With the same file, a plan after the date removes a user that a plan before it kept.
func TestGuide_accessUntilADate(t *testing.T) {
	t.Parallel()
	for _, story := range readGuide(t, "access-until-a-date") {
		t.Run(story.title, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			hog := r.hog
			r.emptyRoles()
			if story.title == "A day comes" {
				r.events = map[string]func(){"Once Bob's day has come": func() {
					if !hog.IsMember(hog.Role(1), hog.User(1).UUID) {
						t.Error("Bob is not in the role before his date")
					}
					r.Write("team.yaml", strings.ReplaceAll(r.Read("team.yaml"), "2090", "2025"))
				}}
			}
			r.follow(story.blocks)
			if story.title == "A day comes" {
				r.expectMembers(map[string][]string{hog.Role(1): {hog.User(0).UUID}})
			}
		})
	}
}
