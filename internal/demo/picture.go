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

// roleMembers is the configuration of the picture: the id of a role, and its users.
const roleMembers = `
resource "posthog_role_members" "engineering" {
  role_id = %q
  users   = [%s]
}
`

// newMembership shows a create in the plan. It has the id of a role.
const newMembership = `
resource "posthog_role_membership" "erin" {
  role_id    = %q
  user_email = "erin@example.com"
}
`

var colorCode = regexp.MustCompile(`\x1b\[\d+m`)

// printPicture prints a plan with Terraform's colors, from the first resource to the totals. The role has the members Alice
// and Bob, and Heidi and Ivan, who were added in the web app. The plan adds Carol and Erin.
//
// The new list of users is longer than the old one, because Terraform versions compare lists of the same length differently.
func printPicture(ctx context.Context, to io.Writer) error {
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
	engineering := hog.role("Engineering")
	hog.Leave(engineering, hog.user("Frank").UUID)
	s, err := newStage(ctx, io.Discard, shop, hog)
	if err != nil {
		return err
	}

	old := requirements + fmt.Sprintf(roleMembers, engineering, `"alice@example.com", "bob@example.com"`)
	if err := s.writeFile("main.tf", old); err != nil {
		return err
	}
	if _, _, err := s.run(ctx, "init"); err != nil {
		return err
	}
	if _, _, err := s.run(ctx, "apply", "-auto-approve"); err != nil {
		return err
	}
	hog.Join(engineering, hog.user("Heidi").UUID)
	hog.Join(engineering, hog.user("Ivan").UUID)
	changed := requirements + fmt.Sprintf(roleMembers, engineering, `"alice@example.com", "carol@example.com", "bob@example.com"`) +
		fmt.Sprintf(newMembership, hog.role("Support"))
	if err := s.writeFile("main.tf", changed); err != nil {
		return err
	}
	if _, _, err := s.run(ctx, "plan", "-input=false", "-out="+planFile); err != nil {
		return err
	}
	shown, _, err := s.run(ctx, "show", planFile)
	if err != nil {
		return err
	}
	start := legend.FindStringIndex(shown)
	if start == nil {
		return errors.New("the start of the plan was not found")
	}
	_, err = fmt.Fprintf(to, "\x1b[38;5;246m$\x1b[0m terraform plan\n\n%s", legible([]byte(shown[start[1]:])))
	return err
}

// legible replaces Terraform's dark gray by a lighter one. It removes codes that end a color where none has begun, because
// their number depends on the version of Terraform.
func legible(text []byte) []byte {
	colored := false
	text = colorCode.ReplaceAllFunc(text, func(code []byte) []byte {
		wasColored := colored
		colored = string(code) != "\x1b[0m"
		if !wasColored && !colored {
			return nil
		}
		return code
	})
	return bytes.ReplaceAll(text, []byte("\x1b[90m"), []byte("\x1b[38;5;246m"))
}
