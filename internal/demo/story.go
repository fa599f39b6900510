package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// tell runs the story of three roles, from a first plan that fails to somebody who leaves.
func tell(ctx context.Context, out io.Writer, shop *workshop) error {
	hog := newHogflix()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	defer func() { _ = hog.Close() }()

	s, err := newStage(ctx, out, shop, hog)
	if err != nil {
		return err
	}
	before := map[string]string{}
	for _, r := range hog.roles {
		before[r.name] = hog.list(r)
	}
	fmt.Fprintf(out, `A PostHog in memory listens at %s: an organization of ten people and three roles.

  ▸  tells the story              │  is what somebody writes into a file
  $  is what somebody types       ✓  is who is in a role then, looked up in PostHog itself

Indented below a command are the words of %s %s itself, less its progress and ids.
`, hog.URL, s.command, s.version)

	for _, scene := range []struct {
		title string
		play  func(context.Context, *stage) error
	}{
		{"Alice joins Engineering", addAlice},
		{"Frank is there already", takeOverFrank},
		{"Analytics is these two and nobody else", declareAnalytics},
		{"Somebody plays with the web app", mendDrift},
		{"Frank leaves", removeFrank},
	} {
		if err := s.scene(ctx, scene.title, scene.play); err != nil {
			return fmt.Errorf("in “%s”: %w", scene.title, err)
		}
	}
	s.report(before)
	return nil
}

// addAlice puts her name in with a letter that is wrong, and mends it.
func addAlice(ctx context.Context, s *stage) error {
	if err := s.writeUnseen("provider.tf", provider); err != nil {
		return err
	}
	s.say("A role by its name and a person by her email are all it takes. The email is misspelt:")
	if err := s.write("engineering.tf", strings.ReplaceAll(engineering, "alice@", "alise@")); err != nil {
		return err
	}
	s.terraform.SetStdout(io.Discard) // “init” has much to say of the lock file.
	if err := s.terraform.Init(ctx); err != nil {
		return err
	}
	if err := s.expectRefusal(ctx, "User not found"); err != nil {
		return err
	}

	s.say("The message names the line and who was meant. The line is mended:")
	s.show("engineering.tf", `  user_email = "alice@example.com"`)
	if err := s.writeUnseen("engineering.tf", engineering); err != nil {
		return err
	}
	if err := s.expectPlan(ctx, "alice@example.com joins Engineering"); err != nil {
		return err
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	return s.expect("Engineering", "alice", "frank")
}

// takeOverFrank brings a membership under Terraform that was there before it.
func takeOverFrank(ctx context.Context, s *stage) error {
	if s.queries {
		s.say("Who is in which role, by Terraform or not? A query tells:")
		if err := s.write("everybody.tfquery.hcl", everybody); err != nil {
			return err
		}
		if err := s.expectQuery(ctx, "frank@example.com in Engineering", "grace@example.com in Analytics"); err != nil {
			return err
		}
	} else {
		s.say("Who is in which role, by Terraform or not? From 1.14 on, Terraform tells: terraform query.")
	}
	s.say("Frank was put in by hand. An import block takes him over, by role and email:")
	if err := s.write("frank.tf", frank); err != nil {
		return err
	}
	if err := s.expectPlan(ctx, "posthog_role_membership.frank is imported"); err != nil {
		return err
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	if n := s.hog.CountRequests("POST role_memberships"); n > 0 {
		return fmt.Errorf("he is there already, and was added %d times", n)
	}
	return s.expect("Engineering", "alice", "frank")
}

// declareAnalytics says who the whole of a role is, which takes somebody out.
func declareAnalytics(ctx context.Context, s *stage) error {
	s.say("One resource for the whole role. The plan shows that Grace, who is not on the list, goes:")
	if err := s.write("analytics.tf", analytics); err != nil {
		return err
	}
	err := s.expectPlan(ctx, "posthog_role_members.analytics is imported",
		"bob@example.com joins Analytics", "dave@example.com joins Analytics", "grace@example.com leaves Analytics")
	if err != nil {
		return err
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	return s.expect("Analytics", "bob", "dave")
}

// mendDrift undoes what was done without Terraform.
func mendDrift(ctx context.Context, s *stage) error {
	if !s.hog.Leave(s.hog.role("Engineering"), s.hog.person("Alice").UUID) {
		return errors.New("nobody named Alice was in the role")
	}
	s.hog.Join(s.hog.role("Analytics"), s.hog.person("Heidi").UUID)
	s.say("There, Alice is taken out of Engineering, and Heidi is put into Analytics:")
	if err := s.expect("Engineering", "frank"); err != nil {
		return err
	}
	if err := s.expect("Analytics", "bob", "dave", "heidi"); err != nil {
		return err
	}
	s.say("No file has changed. The next plan shows both, and the apply undoes them:")
	if err := s.expectPlan(ctx, "alice@example.com joins Engineering", "heidi@example.com leaves Analytics"); err != nil {
		return err
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	if err := s.expect("Engineering", "alice", "frank"); err != nil {
		return err
	}
	if err := s.expect("Analytics", "bob", "dave"); err != nil {
		return err
	}
	s.say("Once more, and there is nothing left to do:")
	return s.expectNoChanges(ctx)
}

// removeFrank deletes what declares him.
func removeFrank(ctx context.Context, s *stage) error {
	s.say("His file is deleted. With the file goes the access:")
	if err := os.Remove(filepath.Join(s.terraform.WorkingDir(), "frank.tf")); err != nil {
		return err
	}
	if err := s.expectPlan(ctx, "frank@example.com leaves Engineering"); err != nil {
		return err
	}
	if err := s.applyPlan(ctx); err != nil {
		return err
	}
	return s.expect("Engineering", "alice")
}
