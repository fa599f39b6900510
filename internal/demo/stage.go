package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

const (
	planFile = "demo.tfplan"

	// width is the length of Terraform's longest lines with the margin.
	width = 84

	// maxLines limits the story, so that it can be read in a few minutes.
	maxLines = 199
)

// A stage is a folder with a configuration, the Terraform that runs in it, and the PostHog that it manages.
type stage struct {
	out       io.Writer
	hog       *hogflix
	folder    string
	terraform string // path of the command
	env       []string
}

func newStage(ctx context.Context, out io.Writer, shop *workshop, hog *hogflix) (*stage, error) {
	path, err := terraformbin.Find(ctx, shop.folder)
	if err != nil {
		return nil, err
	}
	s := &stage{out: out, hog: hog, folder: filepath.Join(shop.folder, "story"), terraform: path}
	s.env = append(terraformbin.Environment(),
		"TF_CLI_CONFIG_FILE="+shop.cliConfig,
		"TMPDIR="+shop.folder) // The provider creates its socket there.
	for name, value := range hog.access() {
		s.env = append(s.env, name+"="+value)
	}
	return s, os.Mkdir(s.folder, 0o700)
}

// run runs Terraform and returns its standard output and standard error.
func (s *stage) run(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	command := exec.CommandContext(ctx, s.terraform, args...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.Dir, command.Env = s.folder, s.env
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return out.String(), errs.String(), fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, errs.String())
	}
	return out.String(), errs.String(), nil
}

// printCommand prints a command as a user would type it.
func (s *stage) printCommand(name string) {
	fmt.Fprintf(s.out, "\n$ %s %s\n", terraformbin.Name(s.terraform), name)
}

// printOutput prints the output of a command with a margin and without empty lines around it.
func (s *stage) printOutput(text string) {
	for line := range strings.Lines(strings.Trim(text, "\n") + "\n") {
		fmt.Fprintln(s.out, strings.TrimRight("    "+line, " \n"))
	}
}

// printFile prints the content of a file.
func (s *stage) printFile(name, text string) {
	fmt.Fprintf(s.out, "  ┌ %s\n", name)
	for line := range strings.Lines(text) {
		fmt.Fprintln(s.out, strings.TrimRight("  │ "+line, " \n"))
	}
}

func (s *stage) writeFile(name, text string) error {
	return os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o600)
}

// runStory runs all chapters. It fails if the story has too many lines.
func runStory(ctx context.Context, to io.Writer) error {
	out := &lineCounter{Writer: to}
	shop, err := openWorkshop(ctx, out)
	if err != nil {
		return err
	}
	defer shop.close()
	hog := newHogflix()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	defer func() { _ = hog.Close() }()
	s, err := newStage(ctx, out, shop, hog)
	if err != nil {
		return err
	}
	if err := s.writeFile("provider.tf", requirements); err != nil {
		return err
	}
	if _, _, err := s.run(ctx, "init"); err != nil {
		return err
	}
	version, _, err := s.run(ctx, "version")
	if err != nil {
		return err
	}
	version, _, _ = strings.Cut(version, "\n")
	fmt.Fprintf(out, `A PostHog in memory listens at %s. Its organization has ten users and three roles.

  ▸  explanation                  │  content of a file
  $  command                      ✓  members of a role, read from PostHog

Below a command is the output of %s, shortened.
`, hog.URL, version)

	before := map[string]string{}
	for _, role := range hog.roles {
		before[role] = hog.list(role)
	}
	var requests strings.Builder
	for i, c := range chapters {
		heading := fmt.Sprintf("━━ %d. %s ", i+1, c.title)
		fmt.Fprintf(out, "\n%s%s\n", heading, strings.Repeat("━", max(0, width-utf8.RuneCountInString(heading))))
		hog.ForgetRequests()
		for _, run := range c.steps {
			if err := run(ctx, s); err != nil {
				return fmt.Errorf("in chapter %q: %w", c.title, err)
			}
		}
		all, adds, removes := hog.CountRequests(""), hog.CountRequests("POST role_memberships"), hog.CountRequests("DELETE role_membership")
		fmt.Fprintf(&requests, "  %d. %s\t%d\t%d\t%d\t%d\n", i+1, c.title, all, all-adds-removes, adds, removes)
	}

	fmt.Fprintf(out, "\n%s\nThe members of each role before and after:\n\n", strings.Repeat("━", width))
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprint(table, "  Role\tBefore\tAfter\n")
	for _, role := range hog.roles {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", role, before[role], hog.list(role))
	}
	_ = table.Flush()
	fmt.Fprint(table, "\n  Requests to PostHog\tAll\tReads\tAdds\tRemoves\n"+requests.String())
	_ = table.Flush()
	fmt.Fprint(out, "\nTo try it by hand: make demo-server\n")
	if out.lines > maxLines {
		return fmt.Errorf("the story has %d lines, want at most %d", out.lines, maxLines)
	}
	return nil
}

// lineCounter counts the lines that are written.
type lineCounter struct {
	io.Writer
	lines int
}

func (c *lineCounter) Write(text []byte) (int, error) {
	c.lines += bytes.Count(text, []byte("\n"))
	return c.Writer.Write(text)
}
