package docstest

import (
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// Each recipe ends with the members that it promises. Alice is never removed from a role.
func TestGuide_recipes(t *testing.T) {
	t.Parallel()
	for _, recipe := range readGuide(t, "recipes") {
		t.Run(recipe.title, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			hog := r.hog
			role, alice, bob, carol := hog.Role(0), hog.User(0).UUID, hog.User(1).UUID, hog.User(2).UUID
			var dave string
			var want []string // the members of role in the end
			switch recipe.title {
			case "Exactly these users in a role":
				hog.RenameRole(role, "Admins")
				dave = hog.AddUser("", r.world.Replace("dave@example.com")).UUID
				account := hog.AddUserWith("", fakeposthog.User{Email: "break-glass@example.com"}).UUID
				want = []string{alice, carol, dave, account}
				r.events = map[string]func(){
					"Bob is added in the web app, and Carol is removed": func() {
						r.expectRole(role, alice, carol, dave)
						hog.Join(role, bob)
						hog.Leave(role, carol)
					},
					"The break-glass account is added in the web app": func() { hog.Join(role, account) },
				}
			case "A new role with its members":
				want = []string{alice, bob}
			case "An invited user":
				want = []string{alice}
				r.events = map[string]func(){"Dora accepts the invitation": func() {
					want = append(want, hog.AddUserWith("", fakeposthog.User{Email: "dora@example.com"}).UUID)
				}}
			case "A user leaves":
				r.emptyRoles()
				want = []string{alice}
				r.events = map[string]func(){"Carol leaves the organization": func() {
					r.expectRole(role, alice, carol)
					hog.LeaveOrganization("", carol)
				}}
			case "An email changes":
				hog.Leave(role, bob) // The configuration adds him.
				want = []string{alice, bob}
				r.events = map[string]func(){"Bob's email becomes robert@example.com": func() { hog.ChangeEmail(bob, "robert@example.com") }}
			case "Access until a date":
				role = hog.Role(1)
				hog.Leave(role, bob)
				want = []string{alice}
				r.events = map[string]func(){"Once Bob's date has come": func() {
					r.expectRole(role, alice, bob)
					r.Write("team.yaml", strings.ReplaceAll(r.Read("team.yaml"), "2090", "2025"))
				}}
			case "Audit as CSV":
				want = []string{alice, bob}
				r.Setenv("POSTHOG_API_KEY", hog.AddKey(fakeposthog.Key{
					Owner: hog.Owner().UUID, Scopes: []string{"organization:read", "organization_member:read"},
				}))
			default:
				t.Fatal("no test for this recipe")
			}
			hog.ForgetHistory()
			r.follow(recipe.blocks)
			switch recipe.title {
			case "A new role with its members":
				role = r.roleNamed("Analysts")
			case "Access until a date":
				r.shell("terraform apply")
			case "Audit as CSV":
				if csv := r.Read("access.csv"); strings.Count(csv, "\n") != 5 {
					t.Errorf("the CSV has not 5 lines:\n%s", csv)
				}
			}
			r.expectRole(role, want...)
			for _, event := range hog.History(role) {
				if event.UserUUID == alice && !event.In {
					t.Error("Alice was removed")
				}
			}
		})
	}
}

// The plan fails if an entry has a misspelt key instead of a date.
func TestGuide_misspeltDate(t *testing.T) {
	t.Parallel()
	for _, recipe := range readGuide(t, "recipes") {
		if recipe.title != "Access until a date" {
			continue
		}
		r := newReader(t)
		for _, b := range recipe.blocks {
			if b.language == "terraform" || b.language == "yaml" {
				r.Write(b.file, strings.ReplaceAll(r.world.Replace(b.content), "until: 2", "end: 2"))
			}
		}
		result := r.shell("terraform init && terraform plan")
		r.expectPrinted(result, "Error: Resource precondition failed\nEach entry of team.yaml has an email and, optionally, until")
		return
	}
	t.Fatal("the recipe is not in the guide")
}

// expectRole fails the test unless the role has exactly these members.
func (r *reader) expectRole(role string, want ...string) {
	r.T.Helper()
	var got []string
	for _, member := range r.hog.Members(role) {
		got = append(got, member.UserUUID)
	}
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		r.T.Errorf("the members of the role are %v, want %v", got, want)
	}
}
