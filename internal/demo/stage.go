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
	"text/tabwriter"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/demo/terraform"
)

// planFile is where a plan is kept between looking at it and applying it.
const planFile = "demo.tfplan"

// stage is where the story plays: a folder with a configuration, the Terraform that works in it, and the PostHog.
type stage struct {
	shop      *workshop
	hog       *hogflix
	terraform *tfexec.Terraform
	command   string // terraform or tofu
	version   string
	played    []played
}

// played is a scene that is over.
type played struct {
	title                      string
	requests, reads, adds, del int
}

func newStage(ctx context.Context, shop *workshop, hog *hogflix) (*stage, error) {
	path, err := terraform.Find(ctx, shop.folder)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(shop.folder, "team")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	tf, err := tfexec.NewTerraform(folder, path)
	if err != nil {
		return nil, err
	}
	more := hog.access()
	more["TF_CLI_CONFIG_FILE"] = shop.cliConfig
	more["TMPDIR"] = shop.folder // for the sockets between Terraform and the provider
	if err := tf.SetEnv(environment(more)); err != nil {
		return nil, err
	}
	version, _, err := tf.Version(ctx, true)
	if err != nil {
		return nil, err
	}
	tf.SetStderr(os.Stderr)
	command := strings.TrimSuffix(filepath.Base(path), ".exe")
	s := &stage{shop: shop, hog: hog, terraform: tf, command: command, version: version.String()}
	s.hear()
	return s, nil
}

// hear has what Terraform says printed, in short.
func (s *stage) hear() { s.terraform.SetStdout(&condenser{to: os.Stdout}) }

// scene prints a heading, plays, and counts the requests.
func (s *stage) scene(ctx context.Context, title string, play func(context.Context, *stage) error) error {
	fmt.Printf("\n%s\n%d. %s\n", strings.Repeat("━", 76), len(s.played)+1, title)
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

// say prints what the story tells.
func (s *stage) say(text string) { fmt.Printf("\n▸ %s\n", text) }

// show prints what somebody has written into a file.
func (s *stage) show(name, text string) {
	fmt.Printf("\n  ┌ %s\n  │ %s\n", name, strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  │ "))
}

// announce prints the command that a person would have typed.
func (s *stage) announce(args string) {
	fmt.Printf("\n$ %s %s\n\n", s.command, args)
	s.hear()
}

// A movement is who joins a role, and who leaves it.
type movement struct{ join, leave []string }

// expectPlan makes a plan, shows it, and fails unless these people, and no others, join and leave the roles.
func (s *stage) expectPlan(ctx context.Context, want map[string]movement) error {
	s.announce("plan")
	if _, err := s.terraform.Plan(ctx, tfexec.Out(planFile)); err != nil {
		return err
	}

	s.terraform.SetStdout(io.Discard) // The plan has just been shown to people; this is for the program.
	defer s.hear()
	plan, err := s.terraform.ShowPlanFile(ctx, planFile)
	if err != nil {
		return err
	}
	var told, expected []string
	for _, resource := range plan.ResourceChanges {
		before, after := membersIn(resource.Change.Before), membersIn(resource.Change.After)
		told = append(told, movedIn(resource.Index, after, before, "joins")...)
		told = append(told, movedIn(resource.Index, before, after, "leaves")...)
	}
	for role, people := range want {
		for _, name := range people.join {
			expected = append(expected, fmt.Sprintf("%s joins %s", email(name), role))
		}
		for _, name := range people.leave {
			expected = append(expected, fmt.Sprintf("%s leaves %s", email(name), role))
		}
	}
	slices.Sort(told)
	slices.Sort(expected)
	if !slices.Equal(told, expected) {
		return fmt.Errorf("the plan is %v, and not %v", told, expected)
	}
	return nil
}

// membersIn returns the members of a posthog_role_members as a plan has it.
func membersIn(resource any) map[string]any {
	attributes, _ := resource.(map[string]any)
	members, _ := attributes["members"].(map[string]any)
	return members
}

// movedIn says who is in one map of members of a role and not in the other.
func movedIn(role any, in, notIn map[string]any, how string) (moved []string) {
	for uuid, email := range in {
		if _, both := notIn[uuid]; !both {
			moved = append(moved, fmt.Sprintf("%v %s %v", email, how, role))
		}
	}
	return moved
}

// applyPlan does what plan has shown.
func (s *stage) applyPlan(ctx context.Context) error {
	s.announce("apply")
	return s.terraform.Apply(ctx, tfexec.DirOrPlan(planFile))
}

// expectNoChanges plans, and fails unless the plan is empty, outputs included.
func (s *stage) expectNoChanges(ctx context.Context) error {
	s.announce("plan")
	changes, err := s.terraform.Plan(ctx)
	if err == nil && changes {
		return errors.New("the plan is not empty")
	}
	return err
}

// expect fails unless exactly these people are in the role.
func (s *stage) expect(role string, names ...string) error {
	want := make([]string, 0, len(names))
	for _, name := range names {
		want = append(want, email(name))
	}
	got := s.hog.in(role)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("in %s are %v, and not %v", role, got, want)
	}
	return nil
}

// copyExample lays the files of an example, as they are, into the working folder.
func (s *stage) copyExample(name string) error {
	files, err := filepath.Glob(filepath.Join(s.shop.source, "examples", name, "*.tf"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := s.write(filepath.Base(file), string(text)); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) write(name, text string) error {
	return os.WriteFile(filepath.Join(s.terraform.WorkingDir(), name), []byte(text), 0o600)
}

// report prints who is in which role at the end, and what the story cost in requests.
func (s *stage) report() {
	fmt.Printf("\n%s\nAll of it was as told. In the end PostHog holds:\n\n", strings.Repeat("━", 76))
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	for _, r := range s.hog.roles {
		fmt.Fprintf(table, "  %s\t%s\n", r.name, s.hog.list(r))
	}
	fmt.Fprintf(table, "\n  Step\tRequests\tReads\tAdds\tRemoves\n")
	for i, scene := range s.played {
		fmt.Fprintf(table, "  %d. %s\t%d\t%d\t%d\t%d\n", i+1, scene.title, scene.requests, scene.reads, scene.adds, scene.del)
	}
	_ = table.Flush()
}
