package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// planFile is where a plan is kept between looking at it and applying it.
const planFile = "demo.tfplan"

// stage is where the story plays: a folder with a configuration, the Terraform that works in it, and the PostHog.
type stage struct {
	out       io.Writer
	hog       *hogflix
	terraform *tfexec.Terraform
	env       map[string]string // what Terraform runs with
	command   string            // terraform or tofu
	version   string
	queries   bool // whether it has the command query
	played    []played
}

// played is a scene that is over.
type played struct {
	title                      string
	requests, reads, adds, del int
}

func newStage(ctx context.Context, out io.Writer, shop *workshop, hog *hogflix) (*stage, error) {
	path, err := terraformbin.Find(ctx, shop.folder)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(shop.folder, "story")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	tf, err := tfexec.NewTerraform(folder, path)
	if err != nil {
		return nil, err
	}
	env := hog.access()
	env["TF_CLI_CONFIG_FILE"] = shop.cliConfig
	env["TMPDIR"] = shop.folder // for the sockets between Terraform and the provider
	env = environment(env)
	if err := tf.SetEnv(env); err != nil {
		return nil, err
	}
	version, _, err := tf.Version(ctx, true)
	if err != nil {
		return nil, err
	}
	return &stage{
		out: out, hog: hog, terraform: tf, env: env,
		command: terraformbin.Name(path), version: version.String(), queries: terraformbin.HasQuery(ctx, path),
	}, nil
}

// scene prints a heading, plays, and counts the requests.
func (s *stage) scene(ctx context.Context, title string, play func(context.Context, *stage) error) error {
	heading := fmt.Sprintf("━━ %d. %s ", len(s.played)+1, title)
	fmt.Fprintf(s.out, "\n%s%s\n", heading, strings.Repeat("━", max(0, width-utf8.RuneCountInString(heading))))
	s.hog.ForgetRequests()
	err := play(ctx, s)
	scene := played{
		title:    title,
		requests: s.hog.CountRequests(""),
		adds:     s.hog.CountRequests("POST role_memberships"),
		del:      s.hog.CountRequests("DELETE role_membership"),
	}
	scene.reads = scene.requests - scene.adds - scene.del
	s.played = append(s.played, scene)
	return err
}

// width is what Terraform's lines of at most 80 characters take with their margin.
const width = 84

// say prints what the story tells.
func (s *stage) say(text string) { fmt.Fprintf(s.out, "\n▸ %s\n", text) }

// show prints what somebody has written into a file.
func (s *stage) show(name, text string) {
	fmt.Fprintf(s.out, "  ┌ %s\n", name)
	for line := range strings.Lines(text) {
		fmt.Fprintln(s.out, strings.TrimRight("  │ "+line, " \n"))
	}
}

// write puts a text into a file, as somebody does with an editor, and shows it.
func (s *stage) write(name, text string) error {
	s.show(name, text)
	return s.writeUnseen(name, text)
}

func (s *stage) writeUnseen(name, text string) error {
	return os.WriteFile(filepath.Join(s.terraform.WorkingDir(), name), []byte(text), 0o600)
}

// announce prints the command that a person would have typed, and has what Terraform says to it printed, in short.
func (s *stage) announce(args string) {
	fmt.Fprintf(s.out, "\n$ %s %s\n", s.command, args)
	s.terraform.SetStdout(&condenser{to: s.out})
	s.terraform.SetStderr(&condenser{to: s.out})
}

// expectPlan makes a plan, shows it, and fails unless these things, and no others, happen: see changes.
func (s *stage) expectPlan(ctx context.Context, want ...string) error {
	s.announce("plan")
	if _, err := s.terraform.Plan(ctx, tfexec.Out(planFile)); err != nil {
		return err
	}

	s.terraform.SetStdout(io.Discard) // The plan has just been shown to people; this is for the program.
	plan, err := s.terraform.ShowPlanFile(ctx, planFile)
	if err != nil {
		return err
	}
	got := changes(plan)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("the plan is %q, and not %q", got, want)
	}
	return nil
}

// expectRefusal fails unless the plan fails with these words.
func (s *stage) expectRefusal(ctx context.Context, summary string) error {
	s.announce("plan")
	if _, err := s.terraform.Plan(ctx); err == nil || !strings.Contains(err.Error(), summary) {
		return fmt.Errorf("the plan is not refused with %q: %w", summary, err)
	}
	return nil
}

// applyPlan does what the plan has shown.
func (s *stage) applyPlan(ctx context.Context) error {
	s.announce("apply")
	return s.terraform.Apply(ctx, tfexec.DirOrPlan(planFile))
}

// expectNoChanges plans, and fails unless the plan is empty.
func (s *stage) expectNoChanges(ctx context.Context) error {
	s.announce("plan")
	changes, err := s.terraform.Plan(ctx)
	if err == nil && changes {
		return errors.New("the plan is not empty")
	}
	return err
}

// bare returns a command of Terraform for what terraform-exec does not do.
func (s *stage) bare(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, s.terraform.ExecPath(), args...)
	command.Dir = s.terraform.WorkingDir()
	for name, value := range s.env {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

// expectQuery asks what there is, and fails unless the answer has these words.
func (s *stage) expectQuery(ctx context.Context, want ...string) error {
	s.announce("query")
	var answer, errs bytes.Buffer
	query := s.bare(ctx, "query", "-no-color")
	query.Stdout, query.Stderr = io.MultiWriter(&condenser{to: s.out}, &answer), &errs
	if err := query.Run(); err != nil {
		return fmt.Errorf("query: %w\n%s", err, errs.String())
	}
	for _, words := range want {
		if !strings.Contains(answer.String(), words) {
			return fmt.Errorf("the query does not tell of %s", words)
		}
	}
	return nil
}

// expect says who is in the role, and fails unless it is exactly these people, in alphabetical order.
func (s *stage) expect(role string, names ...string) error {
	want := make([]string, 0, len(names))
	for _, name := range names {
		want = append(want, name+"@example.com")
	}
	got := s.hog.in(role)
	if !slices.Equal(got, want) {
		return fmt.Errorf("in %s are %v, and not %v", role, got, want)
	}
	fmt.Fprintf(s.out, "✓ %s: %s\n", role, strings.Join(got, ", "))
	return nil
}

// report prints who is in which role at the end, and what the story cost in requests.
func (s *stage) report(before map[string]string) {
	fmt.Fprintf(s.out, "\n%s\nAll of it was as told. In the end PostHog holds:\n\n", strings.Repeat("━", width))
	table := tabwriter.NewWriter(s.out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(table, "  Role\tBefore\tNow\n")
	for _, r := range s.hog.roles {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", r.name, before[r.name], s.hog.list(r))
	}
	_ = table.Flush()
	fmt.Fprintf(table, "\n  Requests to PostHog\tAll\tReads\tAdds\tRemoves\n")
	for i, scene := range s.played {
		fmt.Fprintf(table, "  %d. %s\t%d\t%d\t%d\t%d\n", i+1, scene.title, scene.requests, scene.reads, scene.adds, scene.del)
	}
	_ = table.Flush()
}
