package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// tell runs the story of a team, from its first apply to its last destroy.
func tell(ctx context.Context, shop *workshop) error {
	hog := newHogflix()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	defer func() { _ = hog.Close() }()

	s, err := newStage(ctx, shop, hog)
	if err != nil {
		return err
	}
	fmt.Printf("A PostHog in memory listens at %s. The story is told with %s %s,\nwhose output is shortened: no progress, and of each membership the names.\n", hog.URL, s.command, s.version)

	for _, scene := range []struct {
		title string
		play  func(context.Context, *stage) error
	}{
		{"A team is declared in a file, and applied", applyTeam},
		{"The same again: nothing to do", planNothing},
		{"Bob is taken out of a role in the web app", mendDrift},
		{"Frank, who was there before Terraform, comes under its care", importMember},
		{"Everything Terraform manages is destroyed", destroyTeam},
	} {
		if err := s.scene(ctx, scene.title, scene.play); err != nil {
			return fmt.Errorf("in “%s”: %w", scene.title, err)
		}
	}
	s.report()
	return nil
}

// team is a team.yaml for examples/team. Grace and Frank are in roles too, but not in the file.
func team(engineers ...string) string {
	var text strings.Builder
	list := func(role string, names ...string) {
		fmt.Fprintf(&text, "%s:\n", role)
		for _, name := range names {
			fmt.Fprintf(&text, "  - %s\n", email(name))
		}
	}
	list("Analytics", "alice", "dave")
	text.WriteString("\n")
	list("Engineering", engineers...)
	return text.String()
}

func applyTeam(ctx context.Context, s *stage) error {
	if err := s.copyExample("team"); err != nil {
		return err
	}
	declared := team("alice", "bob", "carol")
	if err := s.write("team.yaml", declared); err != nil {
		return err
	}
	s.say("The configuration is examples/team. Its outputs read the roles back, and name those whom the file does not.")
	s.show("team.yaml", declared)
	s.terraform.SetStdout(io.Discard) // “init” has much to say of the lock file.
	if err := s.terraform.Init(ctx); err != nil {
		return err
	}
	s.announce("apply")
	if err := s.terraform.Apply(ctx); err != nil {
		return err
	}
	if err := s.expect("Analytics", "grace", "alice", "dave"); err != nil {
		return err
	}
	return s.expect("Engineering", "frank", "alice", "bob", "carol")
}

func planNothing(ctx context.Context, s *stage) error { return s.expectNoChanges(ctx) }

func mendDrift(ctx context.Context, s *stage) error {
	if !s.hog.Leave(s.hog.role("Engineering"), s.hog.person("Bob").UUID) {
		return errors.New("nobody named Bob was in the role")
	}
	s.say("Somebody removed bob@example.com from Engineering. Terraform sees it, and puts him back:")

	changes, err := s.plan(ctx)
	if err != nil {
		return err
	}
	if len(changes) != 1 || !changes[0].Change.Actions.Create() || changes[0].Address != address("bob") {
		return fmt.Errorf("the plan is not to create %s alone: %v", address("bob"), addresses(changes))
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	if err := s.expect("Engineering", "frank", "alice", "bob", "carol"); err != nil {
		return err
	}
	return s.expectNoChanges(ctx)
}

func importMember(ctx context.Context, s *stage) error {
	if err := s.write("team.yaml", team("alice", "bob", "carol", "frank")); err != nil {
		return err
	}
	block := fmt.Sprintf("import {\n  to = %s\n  id = \"Engineering/%s\"\n}\n", address("frank"), email("frank"))
	if err := s.write("import.tf", block); err != nil {
		return err
	}
	s.say("He gets a line in team.yaml, and an import block, for which the role's name and his email are enough.")
	s.show("import.tf", block)

	changes, err := s.plan(ctx)
	if err != nil {
		return err
	}
	if len(changes) != 1 || changes[0].Change.Importing == nil || !changes[0].Change.Actions.NoOp() {
		return fmt.Errorf("the plan is not to import %s and nothing else: %v", address("frank"), addresses(changes))
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	if writes := s.hog.CountRequests("POST role_memberships") + s.hog.CountRequests("DELETE role_membership"); writes != 0 {
		return fmt.Errorf("the import changed something in PostHog: %d writes", writes)
	}
	if err := os.Remove(filepath.Join(s.terraform.WorkingDir(), "import.tf")); err != nil {
		return err
	}
	return s.expectNoChanges(ctx)
}

func destroyTeam(ctx context.Context, s *stage) error {
	s.announce("destroy")
	if err := s.terraform.Destroy(ctx); err != nil {
		return err
	}
	s.say("Grace stays: she never was Terraform's.")
	if err := s.expect("Analytics", "grace"); err != nil {
		return err
	}
	return s.expect("Engineering")
}

// address is where examples/team keeps an engineer.
func address(name string) string {
	return fmt.Sprintf("posthog_role_membership.team[%q]", "Engineering/"+email(name))
}

// email returns the email of the user with the first name.
func email(name string) string { return name + "@example.com" }

func addresses(changes []*tfjson.ResourceChange) []string {
	names := []string{}
	for _, change := range changes {
		names = append(names, fmt.Sprintf("%s %v", change.Address, change.Change.Actions))
	}
	slices.Sort(names)
	return names
}
