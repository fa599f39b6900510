package docstest

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// An audit changes nothing and works with a read-only key.
func TestGuide_whoHasAccess(t *testing.T) {
	t.Parallel()
	for _, way := range readGuide(t, "who-has-access") {
		t.Run(way.title, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			hog := r.hog
			switch way.title {
			case "As CSV and JSON", "People who are in no role":
				r.Setenv("POSTHOG_API_KEY", hog.AddKey(fakeposthog.Key{
					Owner: hog.Owner().UUID, Scopes: []string{"organization:read", "organization_member:read"},
				}))
			case "People who are in a role and not declared":
				hog.Leave(hog.Role(0), hog.User(0).UUID) // The configuration adds her.
			}
			hog.ForgetRequests()
			r.follow(way.blocks)
			switch way.title {
			case "As CSV and JSON":
				hog.ExpectRequests(t, "GET roles", 1)
				hog.ExpectRequests(t, "GET role", 2)
				hog.ExpectRequests(t, "GET members", 1)
				if csv := r.Read("access.csv"); strings.Count(csv, "\n") != 5 || strings.Contains(csv, hog.User(2).Email) {
					t.Errorf("the CSV is\n%s", csv)
				}
			case "People who are in a role and not declared":
				hog.ExpectRequests(t, "POST role_memberships", 1)
				if printed := r.shell("terraform output undeclared").Stdout; strings.Contains(printed, r.hog.User(0).Email) {
					t.Errorf("she is declared: %s", printed)
				}
				return
			}
			hog.ExpectRequests(t, "POST role_memberships", 0)
			hog.ExpectRequests(t, "DELETE role_membership", 0)
		})
	}
}

// Bob is removed, or kept, in each section, and Alice stays in the role.
func TestGuide_somebodyLeaves(t *testing.T) {
	t.Parallel()
	for _, change := range readGuide(t, "somebody-leaves") {
		t.Run(change.title, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			hog := r.hog
			r.emptyRoles()
			bob := hog.User(1).UUID
			stays, destroys := false, true
			switch change.title {
			case "They have left PostHog before":
				r.events = map[string]func(){"Bob leaves the organization": func() { hog.LeaveOrganization("", bob) }}
			case "They are deactivated":
				r.events = map[string]func(){"Bob's account is deactivated": func() { hog.DeactivateUser(bob) }}
				destroys = false // The section shows that the configuration cannot be planned.
			case "Their email changes":
				r.events = map[string]func(){"Bob's email becomes robert@example.com": func() { hog.ChangeEmail(bob, "robert@example.com") }}
				stays = true
			case "A new role with its members":
				stays = true
			}
			r.follow(change.blocks)
			if change.title == "A new role with its members" {
				r.applyFiles()
				role := r.roleNamed("Analysts")
				if !hog.IsMember(role, hog.User(0).UUID) || !hog.IsMember(role, bob) {
					t.Errorf("the members of the new role are %v, want Alice and Bob", hog.Members(role))
				}
			}
			for _, event := range hog.History(r.hog.Role(0)) {
				if event.UserUUID == hog.User(0).UUID && !event.In {
					t.Error("Alice was removed")
				}
			}
			if hog.IsMember(r.hog.Role(0), bob) != stays {
				t.Errorf("whether Bob is in the role: %t, want %t", !stays, stays)
			}
			if !destroys {
				return
			}
			for _, commands := range []string{"terraform plan -detailed-exitcode", "terraform destroy"} {
				if result := r.shell(commands); result.Code != 0 {
					t.Error(result)
				}
			}
		})
	}
}
