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

// fleet is a number of memberships in a number of roles of equal size.
type fleet struct {
	Memberships int  `json:"memberships"`
	Roles       int  `json:"roles"`
	RoleMembers bool `json:"role_members,omitempty"` // posthog_role_members manages them
	UUIDs       bool `json:"uuids,omitempty"`        // the configuration has UUIDs instead of the names of roles and users
}

// fleets returns the fleets of a provider with at most this number of memberships. Another provider has UUIDs and no posthog_role_members.
func fleets(provider string, largest int) []fleet {
	var all []fleet
	for _, roles := range []int{1, 5, 10} {
		all = append(all, fleet{Memberships: 100 * roles, Roles: roles, UUIDs: provider != source})
	}
	if provider == source {
		all = append(all, fleet{Memberships: 1000, Roles: 10, UUIDs: true})
		for _, roles := range []int{1, 10, 100} {
			all = append(all, fleet{Memberships: 100 * roles, Roles: roles, RoleMembers: true})
		}
		all = append(all, fleet{Memberships: 10000, Roles: 1, RoleMembers: true})
	}
	return slices.DeleteFunc(all, func(f fleet) bool { return f.Memberships > largest })
}

func (f fleet) String() string {
	switch {
	case f.RoleMembers && f.Roles == 1:
		return fmt.Sprintf("role members: one role of %d", f.Memberships)
	case f.RoleMembers:
		return fmt.Sprintf("role members: %d roles of %d", f.Roles, f.Memberships/f.Roles)
	case f.Roles == 1:
		return fmt.Sprintf("%d memberships in one role", f.Memberships)
	case f.UUIDs:
		return fmt.Sprintf("%d memberships in %d roles, by UUID", f.Memberships, f.Roles)
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
	State    int     `json:"state,omitempty"`      // bytes of the state for each membership, after an apply
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
		if step == stepLimited && (f.Memberships != 1000 || f.RoleMembers) {
			continue // Smaller fleets do not reach the limit.
		}
		if step == stepDestroy && f.Memberships > 1000 {
			continue // It takes as long as the apply.
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
  role_name  = each.value.role
  user_email = each.value.user
}
`

	roleMembers = `
resource "posthog_role_members" "team" {
  for_each  = toset(local.roles)
  role_name = each.value
  users     = local.users
}
`
)

// writeConfiguration writes the configurations of Terraform's command and of the fleet.
func (w *workplace) writeConfiguration() error {
	var roles, users []string
	names := w.hog.RoleNames("")
	for i := range w.fleet.Roles {
		roles = append(roles, names[w.hog.Role(i)])
	}
	for i := range w.fleet.Memberships / w.fleet.Roles {
		users = append(users, w.hog.User(i).Email)
	}
	resources := memberships
	if w.fleet.RoleMembers {
		resources = roleMembers
	}
	if w.fleet.UUIDs {
		resources = strings.NewReplacer("role_name ", "role_id ", "user_email", "user_uuid").Replace(resources)
		for i := range roles {
			roles[i] = w.hog.Role(i)
		}
		for i := range users {
			users[i] = w.hog.User(i).UUID
		}
	}
	overrides := fmt.Sprintf(cliConfiguration, w.contender.source, filepath.Dir(w.contender.binary))
	main := fmt.Sprintf(configuration+resources, w.contender.source, w.hog.OrganizationID, strings.Join(roles, `", "`), strings.Join(users, `", "`))
	return errors.Join(
		os.WriteFile(filepath.Join(w.folder, "terraformrc"), []byte(overrides), 0o600),
		os.WriteFile(filepath.Join(w.folder, "main.tf"), []byte(main), 0o600))
}

// median runs a step and returns its result. It repeats plans for up to half a minute and returns the median.
func (w *workplace) median(ctx context.Context, step string) (result, error) {
	times := 1
	if step == stepAlone || step == stepPlan {
		times = plans
	}
	var runs []result
	for start := time.Now(); len(runs) == 0 || len(runs) < times && time.Since(start) < time.Minute/2; {
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
	if state, err := os.ReadFile(filepath.Join(w.folder, "terraform.tfstate")); err == nil && step == stepApply {
		measured.State = len(state) / w.fleet.Memberships
	}
	if err != nil {
		_, printed, _ := strings.Cut(stderr.String(), "Error: ")
		summary, _, _ := strings.Cut(printed, "\n")
		measured.Failure = "fails: " + summary
	}
	return measured, ctx.Err()
}
