package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
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
	fmt.Printf("A PostHog in memory listens at %s. The story is told with %s %s,\nwhose output is shortened: no progress, and of each role the names.\n", hog.URL, s.command, s.version)

	for _, scene := range []struct {
		title string
		play  func(context.Context, *stage) error
	}{
		{"A team is declared in a file: who comes, and who would go", planTeam},
		{"Frank belongs there, so he gets a line. Grace does not", applyTeam},
		{"The same again: nothing to do", planNothing},
		{"In the web app, Bob is taken out and Heidi put in", mendDrift},
		{"The file loses most of its lines by mistake", refuseEmptyFile},
		{"Everything Terraform manages is destroyed", destroyTeam},
	} {
		if err := s.scene(ctx, scene.title, scene.play); err != nil {
			return fmt.Errorf("in “%s”: %w", scene.title, err)
		}
	}
	s.report()
	return nil
}

// team is a team.yaml for examples/team. Grace and Frank are in roles before it.
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

func planTeam(ctx context.Context, s *stage) error {
	if err := s.copyExample("team"); err != nil {
		return err
	}
	declared := team("alice", "bob", "carol")
	if err := s.write("team.yaml", declared); err != nil {
		return err
	}
	s.say("The configuration is examples/team: one resource for each role, with these people and no others.")
	s.show("team.yaml", declared)
	s.terraform.SetStdout(io.Discard) // “init” has much to say of the lock file.
	if err := s.terraform.Init(ctx); err != nil {
		return err
	}
	return s.expectPlan(ctx, map[string]movement{
		"Analytics":   {join: []string{"alice", "dave"}, leave: []string{"grace"}},
		"Engineering": {join: []string{"alice", "bob", "carol"}, leave: []string{"frank"}},
	})
}

func applyTeam(ctx context.Context, s *stage) error {
	if err := s.write("team.yaml", team("alice", "bob", "carol", "frank")); err != nil {
		return err
	}
	err := s.expectPlan(ctx, map[string]movement{
		"Analytics":   {join: []string{"alice", "dave"}, leave: []string{"grace"}},
		"Engineering": {join: []string{"alice", "bob", "carol"}},
	})
	if err != nil {
		return err
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	if err := s.expect("Analytics", "alice", "dave"); err != nil {
		return err
	}
	return s.expect("Engineering", "alice", "bob", "carol", "frank")
}

func planNothing(ctx context.Context, s *stage) error { return s.expectNoChanges(ctx) }

func mendDrift(ctx context.Context, s *stage) error {
	if !s.hog.Leave(s.hog.role("Engineering"), s.hog.person("Bob").UUID) {
		return errors.New("nobody named Bob was in the role")
	}
	s.hog.Join(s.hog.role("Engineering"), s.hog.person("Heidi").UUID)
	s.say("Terraform sees both, puts him back, and takes her out:")

	err := s.expectPlan(ctx, map[string]movement{"Engineering": {join: []string{"bob"}, leave: []string{"heidi"}}})
	if err != nil {
		return err
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	if err := s.expect("Engineering", "alice", "bob", "carol", "frank"); err != nil {
		return err
	}
	return s.expectNoChanges(ctx)
}

func refuseEmptyFile(ctx context.Context, s *stage) error {
	declared := team()
	if err := s.write("team.yaml", declared); err != nil {
		return err
	}
	s.show("team.yaml", declared)
	s.say("More people would leave than max_removals of examples/team allows, so that the plan fails:")
	s.announce("plan")
	s.terraform.SetStderr(os.Stdout)
	defer s.terraform.SetStderr(os.Stderr)
	if _, err := s.terraform.Plan(ctx); err == nil || !strings.Contains(err.Error(), "Too many removals") {
		return fmt.Errorf("the plan is not refused for its removals: %w", err)
	}
	if err := s.expect("Engineering", "alice", "bob", "carol", "frank"); err != nil {
		return err
	}
	s.say("The lines are put back.")
	if err := s.write("team.yaml", team("alice", "bob", "carol", "frank")); err != nil {
		return err
	}
	return s.expectNoChanges(ctx)
}

func destroyTeam(ctx context.Context, s *stage) error {
	s.announce("destroy")
	if err := s.terraform.Destroy(ctx); err != nil {
		return err
	}
	if err := s.expect("Analytics"); err != nil {
		return err
	}
	return s.expect("Engineering")
}

// email returns the email of the user with the first name.
func email(name string) string { return name + "@example.com" }
