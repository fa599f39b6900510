package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// result is the measurement of one step.
type result struct {
	Fleet    fleet   `json:"fleet"`
	Step     string  `json:"step"`
	Seconds  float64 `json:"seconds"`
	Requests int     `json:"requests"`
	Refused  int     `json:"refused,omitempty"`
	Memory   int     `json:"memory_kib,omitempty"` // peak of the provider's process; 0 if unknown
	Failure  string  `json:"failure,omitempty"`    // error of Terraform
}

// Steps that have a role in the tables.
const (
	stepPlan    = "plan"
	stepAlone   = "plan -refresh=false"
	stepLimited = "plan, 480 requests a minute"
)

// workplace is a folder with a configuration, and its PostHog in memory.
type workplace struct {
	bench     bench
	contender contender
	fleet     fleet
	folder    string
	hog       *fakeposthog.Server
	env       []string
}

func (b bench) open(c contender, f fleet, options ...fakeposthog.Option) (*workplace, error) {
	users := f.Memberships / f.Roles
	hog := fakeposthog.New(append(options, fakeposthog.Roles(f.Roles), fakeposthog.Users(users))...)
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(b.folder, "work-")
	if err != nil {
		return nil, err
	}
	w := &workplace{bench: b, contender: c, fleet: f, folder: folder, hog: hog}
	cliConfig := filepath.Join(folder, "terraformrc")
	overrides := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n    %q = %q\n  }\n}\n", c.source, filepath.Dir(c.binary))
	for name, content := range map[string]string{cliConfig: overrides, filepath.Join(folder, "main.tf"): w.configuration()} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	w.env = append(terraformbin.Environment(), "TF_CLI_CONFIG_FILE="+cliConfig, "TF_IN_AUTOMATION=1")
	return w, nil
}

func (w *workplace) close() { _ = w.hog.Close() }

// configuration returns one resource block for all memberships, as in examples/single-memberships. Terraform's own time then is
// quadratic; with a block for each role (apart) it is not. A posthog_role_members block for each role uses emails.
func (w *workplace) configuration() string {
	users := w.fleet.Memberships / w.fleet.Roles
	var ids []string
	for i := range users {
		id := w.hog.User(i).UUID
		if w.fleet.Whole {
			id = w.hog.User(i).Email
		}
		ids = append(ids, fmt.Sprintf("%q", id))
	}
	var text strings.Builder
	fmt.Fprintf(&text, `terraform {
  required_providers {
    posthog = { source = %q }
  }
}
provider "posthog" {
  host            = %q
  api_key         = %q
  organization_id = %q
}
locals {
  users = [%s]
}
`, w.contender.source, w.hog.URL, w.hog.Key, w.hog.OrganizationID, strings.Join(ids, ", "))
	if w.fleet.Whole {
		for role := range w.fleet.Roles {
			fmt.Fprintf(&text, "\nresource \"posthog_role_members\" \"role%d\" {\n  role_id = %q\n  users   = local.users\n}\n", role, w.hog.Role(role))
		}
		return text.String()
	}
	if w.bench.apart {
		for role := range w.fleet.Roles {
			fmt.Fprintf(&text, `
resource "posthog_role_membership" "role%d" {
  count     = length(local.users)
  role_id   = %q
  user_uuid = local.users[count.index]
}
`, role, w.hog.Role(role))
		}
		return text.String()
	}
	text.WriteString("locals {\n  team = {\n")
	for role := range w.fleet.Roles {
		fmt.Fprintf(&text, "    role%d = { role_id = %q, members = local.users }\n", role, w.hog.Role(role))
	}
	text.WriteString(`  }
  memberships = merge([
    for name, role in local.team : {
      for user in role.members : "${name}/${user}" => { role_id = role.role_id, user_uuid = user }
    }
  ]...)
}
resource "posthog_role_membership" "team" {
  for_each  = local.memberships
  role_id   = each.value.role_id
  user_uuid = each.value.user_uuid
}
`)
	return text.String()
}

// run runs Terraform once and measures it. A failure of Terraform is a result, not an error.
func (w *workplace) run(ctx context.Context, step string, arguments ...string) (result, error) {
	w.hog.ForgetRequests()
	ctx, cancel := context.WithTimeout(ctx, w.bench.patience)
	defer cancel()
	command := exec.CommandContext(ctx, w.bench.terraform, append(arguments, "-no-color")...)
	command.Dir, command.Env = w.folder, w.env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 30 * time.Second
	var stderr bytes.Buffer
	command.Stderr = &stderr

	start := time.Now()
	if err := command.Start(); err != nil {
		return result{}, err
	}
	memory := terraformbin.WatchMemory(command.Process.Pid, filepath.Base(w.contender.binary))
	err := command.Wait()
	measured := result{Fleet: w.fleet, Step: step, Seconds: time.Since(start).Seconds(), Memory: memory()}
	for _, request := range w.hog.Requests() {
		measured.Requests++
		if request.Status == 429 {
			measured.Refused++
		}
	}
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return measured, ctx.Err()
	case ctx.Err() != nil:
		measured.Failure = fmt.Sprintf("not finished after %s", w.bench.patience)
	case err != nil:
		measured.Failure = "fails: " + firstError(stderr.String())
	}
	return measured, nil
}

// firstError returns the summary of the first error that Terraform printed.
func firstError(printed string) string {
	_, after, found := strings.Cut(printed, "Error: ")
	if !found {
		return "without an error message"
	}
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(line)
}

// median runs Terraform several times and returns the median. It stops early if the runs take a tenth of patience.
func (w *workplace) median(ctx context.Context, step string, arguments ...string) (result, error) {
	var runs []result
	start := time.Now()
	for i := range w.bench.plans {
		if i > 0 && time.Since(start) > w.bench.patience/10 {
			break
		}
		measured, err := w.run(ctx, step, arguments...)
		if err != nil || measured.Failure != "" {
			return measured, err
		}
		runs = append(runs, measured)
	}
	return middle(runs), nil
}

func middle(runs []result) result {
	slices.SortFunc(runs, func(a, b result) int { return int((a.Seconds - b.Seconds) * 1e6) })
	return runs[len(runs)/2]
}

// measure measures the apply, the plans and the destroy of a fleet.
func (b bench) measure(ctx context.Context, c contender, f fleet) ([]result, error) {
	w, err := b.open(c, f, fakeposthog.Latency(b.latency))
	if err != nil {
		return nil, err
	}
	defer w.close()

	applied, err := w.run(ctx, "apply", "apply", "-auto-approve", "-input=false")
	if err != nil || applied.Failure != "" {
		return []result{applied}, err
	}
	alone, err := w.median(ctx, stepAlone, "plan", "-refresh=false", "-input=false")
	if err != nil {
		return nil, err
	}
	plan, err := w.median(ctx, stepPlan, "plan", "-input=false")
	if err != nil {
		return nil, err
	}
	destroyed, err := w.run(ctx, "destroy", "destroy", "-auto-approve", "-input=false")
	return []result{applied, alone, plan, destroyed}, err
}

// measureLimited measures the plan of an applied fleet with PostHog's rate limit.
func (b bench) measureLimited(ctx context.Context, c contender, f fleet) (result, error) {
	w, err := b.open(c, f)
	if err != nil {
		return result{}, err
	}
	defer w.close()
	if applied, err := w.run(ctx, "apply", "apply", "-auto-approve", "-input=false"); err != nil || applied.Failure != "" {
		return applied, err
	}
	// No request is in progress, and earlier requests do not count for the limit.
	fakeposthog.Latency(b.latency)(w.hog)
	fakeposthog.RateLimit(480, time.Minute)(w.hog)
	return w.run(ctx, stepLimited, "plan", "-input=false")
}
