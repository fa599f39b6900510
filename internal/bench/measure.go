package main

import (
	"bytes"
	"cmp"
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

// fleet is a number of memberships in a number of roles of equal size. Whole means that posthog_role_members manages them.
type fleet struct {
	Memberships int  `json:"memberships"`
	Roles       int  `json:"roles"`
	Whole       bool `json:"whole"`
}

// fleets returns the fleets with at most this number of memberships.
func fleets(largest int) []fleet {
	var all []fleet
	for _, roles := range []int{1, 2, 5, 10} {
		all = append(all, fleet{Memberships: 100 * roles, Roles: roles})
	}
	for _, roles := range []int{1, 2, 5, 10, 20, 50, 100} {
		all = append(all, fleet{Memberships: 100 * roles, Roles: roles, Whole: true})
	}
	all = append(all, fleet{Memberships: 10000, Roles: 1, Whole: true})
	return slices.DeleteFunc(all, func(f fleet) bool { return f.Memberships > largest })
}

func (f fleet) String() string {
	switch {
	case f.Whole && f.Roles == 1:
		return fmt.Sprintf("a whole role of %d", f.Memberships)
	case f.Whole:
		return fmt.Sprintf("%d whole roles of %d", f.Roles, f.Memberships/f.Roles)
	case f.Roles == 1:
		return fmt.Sprintf("%d memberships in one role", f.Memberships)
	}
	return fmt.Sprintf("%d memberships in %d roles", f.Memberships, f.Roles)
}

// The steps that are measured.
const (
	stepApply   = "apply"
	stepAlone   = "plan -refresh=false"
	stepPlan    = "plan"
	stepLimited = "plan, 480 requests a minute"
	stepDestroy = "destroy"
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

// measure measures the steps of a fleet. It stops if the apply fails.
func measure(ctx context.Context, terraform string, c contender, f fleet) ([]result, error) {
	folder, err := os.MkdirTemp("", "posthog-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	hog := fakeposthog.New(fakeposthog.Latency(latency), fakeposthog.Roles(f.Roles), fakeposthog.Users(f.Memberships/f.Roles))
	defer func() { _ = hog.Close() }()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		return nil, err
	}
	w := &workplace{terraform: terraform, contender: c, fleet: f, folder: folder, hog: hog}
	if err := w.writeConfiguration(); err != nil {
		return nil, err
	}

	var results []result
	for _, step := range []string{stepApply, stepAlone, stepPlan, stepLimited, stepDestroy} {
		if step == stepLimited && (f.Memberships != 1000 || f.Whole) {
			continue // Smaller fleets do not reach the limit.
		}
		measured, err := w.median(ctx, step)
		results = append(results, measured)
		if err != nil || step == stepApply && measured.Failure != "" {
			return results, err
		}
	}
	return results, nil
}

// workplace is a folder with the configuration of a fleet, and its PostHog in memory.
type workplace struct {
	terraform string
	contender contender
	fleet     fleet
	folder    string
	hog       *fakeposthog.Server
}

const (
	cliConfiguration = `disable_checkpoint = true
provider_installation {
  dev_overrides {
    %q = %q
  }
}
`

	configuration = `terraform {
  required_providers {
    posthog = { source = %q }
  }
}
provider "posthog" {
  organization_id = %q
}
locals {
  roles = ["%s"]
  users = ["%s"]
}
`

	// One resource block for all memberships, as in examples/single-memberships.
	memberships = `
resource "posthog_role_membership" "team" {
  for_each = merge([
    for role in local.roles : { for user in local.users : "${role}/${user}" => { role = role, user = user } }
  ]...)
  role_id   = each.value.role
  user_uuid = each.value.user
}
`

	roleMembers = `
resource "posthog_role_members" "team" {
  for_each = toset(local.roles)
  role_id  = each.value
  users    = local.users
}
`
)

// writeConfiguration writes the configurations of Terraform's command and of the fleet. posthog_role_members uses emails.
func (w *workplace) writeConfiguration() error {
	var roles, users []string
	for i := range w.fleet.Roles {
		roles = append(roles, w.hog.Role(i))
	}
	resources := memberships
	if w.fleet.Whole {
		resources = roleMembers
	}
	for i := range w.fleet.Memberships / w.fleet.Roles {
		user := w.hog.User(i)
		if w.fleet.Whole {
			users = append(users, user.Email)
		} else {
			users = append(users, user.UUID)
		}
	}
	overrides := fmt.Sprintf(cliConfiguration, w.contender.source, filepath.Dir(w.contender.binary))
	main := fmt.Sprintf(configuration+resources, w.contender.source, w.hog.OrganizationID, strings.Join(roles, `", "`), strings.Join(users, `", "`))
	return errors.Join(
		os.WriteFile(filepath.Join(w.folder, "terraformrc"), []byte(overrides), 0o600),
		os.WriteFile(filepath.Join(w.folder, "main.tf"), []byte(main), 0o600))
}

// median runs a step and returns its result. It repeats plans for up to a minute and returns the median.
func (w *workplace) median(ctx context.Context, step string) (result, error) {
	times := 1
	if step == stepAlone || step == stepPlan {
		times = plans
	}
	var runs []result
	for start := time.Now(); len(runs) == 0 || len(runs) < times && time.Since(start) < time.Minute; {
		measured, err := w.run(ctx, step)
		if err != nil || measured.Failure != "" {
			return measured, err
		}
		runs = append(runs, measured)
	}
	slices.SortFunc(runs, func(a, b result) int { return cmp.Compare(a.Seconds, b.Seconds) })
	return runs[len(runs)/2], nil
}

// run runs Terraform once and measures it. A failure of Terraform is a result, not an error.
func (w *workplace) run(ctx context.Context, step string) (result, error) {
	arguments, key := strings.Fields(step), w.hog.Key
	if step == stepLimited {
		arguments = []string{"plan"}
		key = w.hog.AddKey(fakeposthog.Key{Requests: 480, Per: time.Minute})
	}
	w.hog.ForgetRequests()
	command := exec.CommandContext(ctx, w.terraform, arguments...)
	command.Dir = w.folder
	command.Env = append(terraformbin.Environment(), "TF_CLI_CONFIG_FILE="+filepath.Join(w.folder, "terraformrc"),
		"POSTHOG_HOST="+w.hog.URL, "POSTHOG_API_KEY="+key,
		"TF_IN_AUTOMATION=1", "TF_INPUT=0", "TF_CLI_ARGS=-no-color", "TF_CLI_ARGS_apply=-auto-approve", "TF_CLI_ARGS_destroy=-auto-approve")
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
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
	if err != nil {
		_, printed, _ := strings.Cut(stderr.String(), "Error: ")
		summary, _, _ := strings.Cut(printed, "\n")
		measured.Failure = "fails: " + summary
	}
	return measured, ctx.Err()
}
