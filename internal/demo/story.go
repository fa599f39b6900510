package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A chapter is a part of the story.
type chapter struct {
	title string
	steps []step
}

// chapters are the story of make demo.
var chapters = []chapter{
	{"Alice is added to Engineering", []step{
		say("posthog_role_membership adds one user to one role. This email has a typo:"),
		write("engineering.tf", membership("alice", "alise@example.com")),
		planFails(`Did you mean alice@example.com?`),
		say("The error names the line and suggests the correct email. Correct it:"),
		edit("engineering.tf", "alise@example.com", "alice@example.com"),
		plan(`+ user_email             = "alice@example.com"`, "Plan: 1 to add, 0 to change, 0 to destroy."),
		apply(),
		expectMembers("Engineering", "alice", "frank"),
	}},
	{"Frank is a member already", []step{
		ifHasQuery(
			say("A query lists all memberships, also those that Terraform does not manage:"),
			write("all.tfquery.hcl", `list "posthog_role_membership" "all" { provider = posthog }`+"\n"),
			query("frank@example.com in Engineering", "grace@example.com in Analytics"),
		),
		say("Frank was added in the web app. The import block names the role and the user:"),
		write("frank.tf", importFrank+membership("frank", "frank@example.com")),
		plan("# posthog_role_membership.frank will be imported", "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy."),
		apply(),
		expectMembers("Engineering", "alice", "frank"),
	}},
	{"Analytics has exactly these members", []step{
		say("posthog_role_members manages all members of a role. The plan removes Grace:"),
		write("analytics.tf", analytics),
		plan(`"bob@example.com"`, `"dave@example.com"`, `"grace@example.com" -> null`, "Plan: 1 to import, 0 to add, 1 to change, 0 to destroy."),
		apply(),
		expectMembers("Analytics", "bob", "dave"),
	}},
	{"Changes in the web app are reverted", []step{
		say("In the web app, Alice is removed from Engineering, and Heidi is added to Analytics:"),
		changeByHand,
		expectMembers("Engineering", "frank"),
		expectMembers("Analytics", "bob", "dave", "heidi"),
		say("The next plan shows both changes, and the apply reverts them:"),
		plan(`"heidi@example.com" -> null`, `+ user_email             = "alice@example.com"`, "Plan: 1 to add, 1 to change, 0 to destroy."),
		apply(),
		expectMembers("Engineering", "alice", "frank"),
		expectMembers("Analytics", "bob", "dave"),
		say("A second plan is empty:"),
		plan("No changes."),
	}},
	{"Frank is removed from Engineering", []step{
		say("Delete the file of the membership. The apply removes Frank from the role:"),
		func(_ context.Context, s *stage) error { return os.Remove(filepath.Join(s.folder, "frank.tf")) },
		plan("# posthog_role_membership.frank will be destroyed", "Plan: 0 to add, 0 to change, 1 to destroy."),
		apply(),
		expectMembers("Engineering", "alice"),
	}},
}

// changeByHand changes members as an admin does in the web app.
func changeByHand(_ context.Context, s *stage) error {
	if !s.hog.Leave(s.hog.role("Engineering"), s.hog.user("Alice").UUID) {
		return errors.New("user Alice is not a member of Engineering")
	}
	s.hog.Join(s.hog.role("Analytics"), s.hog.user("Heidi").UUID)
	return nil
}

const requirements = `terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}
`

const importFrank = `import {
  to = posthog_role_membership.frank
  id = "Engineering/frank@example.com"
}

`

const analytics = `import {
  to = posthog_role_members.analytics
  id = "Analytics"
}

resource "posthog_role_members" "analytics" {
  role_name = "Analytics"
  users     = ["bob@example.com", "dave@example.com"]
}
`

// membership returns the configuration of a membership in Engineering.
func membership(name, email string) string {
	return fmt.Sprintf(`resource "posthog_role_membership" %q {
  role_name  = "Engineering"
  user_email = %q
}
`, name, email)
}
