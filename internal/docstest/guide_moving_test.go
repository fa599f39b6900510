package docstest

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
)

// applyAll ends each section.
const applyAll = "terraform init\nterraform apply\nterraform plan -detailed-exitcode\n"

// A mover follows one section of the guide about moves.
type mover struct {
	*reader
}

// edit replaces a text in a file.
func (m mover) edit(file, before, after string) {
	m.T.Helper()
	before, after = m.world.Replace(before), m.world.Replace(after)
	content := m.Read(file)
	if !strings.Contains(content, before) {
		m.T.Fatalf("%s does not contain %q:\n%s", file, before, content)
	}
	m.Write(file, strings.ReplaceAll(content, before, after))
	m.applied = false
}

// refuses fails the test unless the plan fails with the message.
func (m mover) refuses(message ...string) {
	m.T.Helper()
	if result := m.shell("terraform plan"); result.Code != 1 || !acctest.Message(message...).MatchString(result.Stderr) {
		m.T.Errorf("the plan does not fail with %q: %s", message, result)
	}
}

// eventsOf returns what the reader does between the blocks of a section, by the sentence that asks for it.
func (m mover) eventsOf(title string) map[string]func() {
	first := ""
	switch title {
	case "A resource is renamed":
		return map[string]func(){"Rename `engineers` to `developers` in `main.tf`": func() {
			m.edit("main.tf", `"engineers"`, `"developers"`)
			m.refuses("Error: Membership moves to another address", "moved {")
		}}
	case "A key of a for_each changes":
		return map[string]func(){"Alice has a new email in PostHog, `alice.smith@example.com`": func() {
			m.hog.ChangeEmail(m.hog.User(0).UUID, "alice.smith@example.com")
			m.refuses("Error: Email has changed")
			m.edit("main.tf", "alice@example.com", "alice.smith@example.com")
			m.refuses("Error: Membership moves to another address", "moved {")
		}}
	case "Into a module":
		return map[string]func(){"Move the resource from `main.tf` to `engineering/main.tf`. Copy the `terraform` block": func() {
			m.Write("engineering/main.tf", acctest.Requirements+m.Read("main.tf"))
		}}
	case "From memberships to role members and back":
		return map[string]func(){
			"Terraform forgets the memberships":  func() { first = m.Read("main.tf") },
			"replace `main.tf` by the first one": func() { m.edit("main.tf", m.Read("main.tf"), first) },
		}
	case "Stop managing memberships":
		return map[string]func(){"For one key, delete it in `main.tf`": func() { m.edit("main.tf", `"alice@example.com", `, "") }}
	case "Another user or role":
		return map[string]func(){"Change `role_name` to `\"Support\"` in `main.tf`": func() { m.edit("main.tf", "Engineering", "Support") }}
	case "A role is renamed in PostHog":
		return map[string]func(){"Engineering becomes Platform in the web app": func() {
			m.hog.RenameRole(m.hog.Role(0), "Platform")
			m.refuses("Error: Role was renamed")
			m.edit("main.tf", "Engineering", "Platform")
		}}
	case "Swaps and counts":
		return map[string]func(){
			"If `first` and `second` swap their users": func() {
				m.Write("pair.tf", m.world.Replace(`
					resource "posthog_role_membership" "first" {
						role_name  = "Support"
						user_email = "alice@example.com"
					}
					resource "posthog_role_membership" "second" {
						role_name  = "Support"
						user_email = "bob@example.com"
					}`))
				m.applied = false
				m.applyFiles()
				m.edit("pair.tf", "first", "third")
				m.edit("pair.tf", "second", "first")
				m.edit("pair.tf", "third", "second")
				m.refuses("Error: Membership moves to another address", "terraform state mv")
			},
			"with a `moved` block for each index": func() {
				m.Write("count.tf", m.world.Replace(`
					resource "posthog_role_membership" "counted" {
						count      = 1
						role_name  = "Engineering"
						user_email = "carol@example.com"
					}`))
				m.applied = false
				m.applyFiles()
				m.edit("count.tf", "count      = 1", `for_each = toset(["carol@example.com"])`)
				m.refuses("Error: Membership moves to another address", "for_each with a key that stays")
				m.Write("moved.tf", m.world.Replace(`
					moved {
						from = posthog_role_membership.counted[0]
						to   = posthog_role_membership.counted["carol@example.com"]
					}`))
			},
		}
	}
	return nil
}

// After each section the roles have the users that the configuration declares, and the plan is empty. A user who stays is never removed.
func TestGuide_renamingAndMoving(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/guides/renaming-and-moving.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(content), "\n## ")
	for _, part := range parts[1:] {
		title, _, _ := strings.Cut(part, "\n")
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(part, "\nremoved {") {
				acctest.RequireTerraform(t, "1.7.0", "1.10.0")
			}
			if link := "(#" + strings.ReplaceAll(strings.ToLower(title), " ", "-") + ")"; !strings.Contains(parts[0], link) {
				t.Errorf("the table does not link to %s", link)
			}
			m := mover{newReader(t)}
			hog := m.hog
			m.emptyRoles()
			m.Write("provider.tf", acctest.Requirements+"provider \"posthog\" {}\n")
			m.events = m.eventsOf(title)
			end := part[strings.LastIndex(part, "```")+1:]
			m.follow(append(blocksOf(parts[0]+"\n"+part), block{language: "shell", before: flat(end), content: applyAll}))

			engineers, support := hog.Role(0), hog.Role(1)
			users := []string{hog.User(0).UUID, hog.User(1).UUID}
			slices.Sort(users)
			want := map[string][]string{engineers: users}
			switch title {
			case "Another user or role":
				want = map[string][]string{support: users}
			case "Swaps and counts":
				want[support] = users
				want[engineers] = slices.Sorted(slices.Values(append(slices.Clone(users), hog.User(2).UUID)))
			}
			m.expectMembers(want)
			added, removed, addedAt := 0, 0, map[string]time.Time{}
			for _, role := range []string{support, engineers} {
				for _, event := range hog.History(role) {
					if event.In {
						added++
						addedAt[role+event.UserUUID] = event.At
						continue
					}
					removed++
					if at, moved := addedAt[support+event.UserUUID]; role == support || !moved || event.At.Before(at) {
						t.Errorf("%s is removed, and not added to another role before: %v", event.UserUUID, hog.History(role))
					}
				}
			}
			hog.ExpectRequests(t, "POST role_memberships", added)
			hog.ExpectRequests(t, "DELETE role_membership", removed)
		})
	}
}
