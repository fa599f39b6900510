package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
)

// pictured is the configuration of the picture: the role, the emails of those in it, and what else there is.
const pictured = `terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

resource "posthog_role_members" "engineering" {
  role_id = %q
  users   = [%s]
}
%s`

// picturedMembership is what the picture shows in green: somebody who is put in a role alone.
const picturedMembership = `
resource "posthog_role_membership" "erin" {
  role_id    = %q
  user_email = "erin@example.com"
}
`

const endOfColour = "\x1b[0m"

var colour = regexp.MustCompile(`\x1b\[\d+m`)

// Around what a reviewer looks at: the reading before it, and Terraform's legend. OpenTofu says the same in its own name.
var (
	beforeActions = regexp.MustCompile(`(?s)^.*?will perform the following actions:[^\n]*\n\n`)
	afterActions  = regexp.MustCompile(`(?s)\n[^\n]*\n─.*$`)
)

// picture prints a plan as a reviewer sees it, in colours: Terraform's own words from the first resource to the total. In the
// role are Alice and Bob, and Heidi and Ivan, whom somebody has put in there by hand. Carol and Erin are new.
//
// Three against two: lists that stay as long as they were are not compared in the same way by all versions of Terraform.
func picture(ctx context.Context, to io.Writer) error {
	shop, err := openWorkshop(ctx, os.Stderr)
	if err != nil {
		return err
	}
	defer shop.close()
	hog := newHogflix()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	defer func() { _ = hog.Close() }()
	hog.Leave(hog.role("Engineering"), hog.person("Frank").UUID)
	s, err := newStage(ctx, io.Discard, shop, hog)
	if err != nil {
		return err
	}

	engineering := hog.role("Engineering")
	declare := func(users, more string) error {
		return s.writeUnseen("main.tf", fmt.Sprintf(pictured, engineering, users, more))
	}
	if err := declare(`"alice@example.com", "bob@example.com"`, ""); err != nil {
		return err
	}
	if err := s.terraform.Init(ctx); err != nil {
		return err
	}
	if err := s.terraform.Apply(ctx); err != nil {
		return err
	}
	hog.Join(engineering, hog.person("Heidi").UUID)
	hog.Join(engineering, hog.person("Ivan").UUID)
	err = declare(`"alice@example.com", "carol@example.com", "bob@example.com"`, fmt.Sprintf(picturedMembership, hog.role("Support")))
	if err != nil {
		return err
	}
	printed, err := s.planInColours(ctx)
	if err != nil {
		return err
	}
	shown := afterActions.ReplaceAll(beforeActions.ReplaceAll(printed, nil), nil)
	if len(shown) == len(printed) {
		return errors.New("the plan does not look as it used to: its beginning and its end are not found")
	}
	_, err = fmt.Fprintf(to, "\x1b[38;5;246m$\x1b[0m terraform plan\n\n%s\n", legible(shown))
	return err
}

// legible makes Terraform's dark grey a lighter one, and leaves away what ends a colour where none has begun. Of those, each
// version of Terraform prints others.
func legible(text []byte) []byte {
	begun := false
	text = colour.ReplaceAllFunc(text, func(code []byte) []byte {
		was := begun
		begun = string(code) != endOfColour
		if !was && !begun {
			return nil
		}
		return code
	})
	return bytes.ReplaceAll(text, []byte("\x1b[90m"), []byte("\x1b[38;5;246m"))
}

// planInColours returns what a person would see. Through terraform-exec, Terraform prints no colours.
func (s *stage) planInColours(ctx context.Context) ([]byte, error) {
	command := s.bare(ctx, "plan", "-input=false")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	printed, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s plan: %w\n%s", s.command, err, stderr.String())
	}
	return printed, nil
}
