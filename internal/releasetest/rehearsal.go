package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// rehearsal is a folder with a configuration, the Terraform that works in it, and the PostHog it is for.
type rehearsal struct {
	command string
	folder  string
	env     []string
	hog     *fakeposthog.Server
	role    string
	user    fakeposthog.User
}

// rehearse does with the provider in the zip what a team does with a release.
func rehearse(ctx context.Context, b built, s system, command, temporary string) error {
	hog := fakeposthog.New()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	defer func() { _ = hog.Close() }()
	installed, err := newMirror(b, s, temporary)
	if err != nil {
		return err
	}
	r, err := newRehearsal(b.version, command, filepath.Join(temporary, "team"), installed.cliConfig, hog)
	if err != nil {
		return err
	}

	for _, step := range []func() error{
		func() error { return r.initialize(ctx, b, s) },
		func() error { return r.apply(ctx) },
		func() error { return r.initializeAgain(ctx) },
		func() error { return r.plan(ctx) },
		func() error { return r.destroy(ctx) },
		func() error { return r.refuse(ctx, installed) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func newRehearsal(version, command, folder, cliConfig string, hog *fakeposthog.Server) (*rehearsal, error) {
	r := &rehearsal{command: command, folder: folder, hog: hog, role: hog.Role(0), user: hog.User(0)}
	r.env = append(terraformbin.Environment(),
		"TF_CLI_CONFIG_FILE="+cliConfig,
		"TF_IN_AUTOMATION=1",
		"TMPDIR="+filepath.Dir(folder), // for the sockets between Terraform and the provider
		"POSTHOG_HOST="+hog.URL,
		"POSTHOG_PERSONAL_API_KEY="+hog.Key,
		"POSTHOG_ORGANIZATION_ID="+hog.OrganizationID,
	)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	// Only a constraint that names it lets a snapshot in, because its version is a prerelease.
	configuration := fmt.Sprintf(`terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = %q
    }
  }
}

provider "posthog" {}

resource "posthog_role_membership" "example" {
  role_id    = %q
  user_email = %q
}
`, version, r.role, r.user.Email)
	return r, os.WriteFile(filepath.Join(folder, "main.tf"), []byte(configuration), 0o600)
}

// run runs Terraform. What it printed is in the error, when there is one.
func (r *rehearsal) run(ctx context.Context, args ...string) error {
	fmt.Printf("$ %s %s\n", filepath.Base(r.command), strings.Join(args, " "))
	command := exec.CommandContext(ctx, r.command, append(args, "-no-color")...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.Dir, command.Env = r.folder, r.env
	if printed, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", args[0], err, printed)
	}
	return nil
}

// initialize installs the provider, and fails unless it is the one in the zip and the lock file says so.
func (r *rehearsal) initialize(ctx context.Context, b built, s system) error {
	if err := r.run(ctx, "init"); err != nil {
		return err
	}
	lock, err := os.ReadFile(filepath.Join(r.folder, lockFile))
	if err != nil {
		return err
	}
	for _, want := range []string{`version\s+= "` + regexp.QuoteMeta(b.version) + `"`, `"h1:[^"]+"`} {
		if !regexp.MustCompile(want).Match(lock) {
			return fmt.Errorf("the lock file has nothing like %s:\n%s", want, lock)
		}
	}

	released, err := b.checkZip(s)
	if err != nil {
		return err
	}
	installed, err := filepath.Glob(filepath.Join(r.folder, ".terraform", "providers", "*", "*", "*", "*", "*", b.binaryName(s)))
	if err != nil {
		return err
	}
	if len(installed) != 1 {
		return fmt.Errorf("installed are %q, and not one provider", installed)
	}
	binary, err := os.ReadFile(installed[0])
	if err == nil && !bytes.Equal(binary, released) {
		err = errors.New("the provider that was installed is not the one in the zip")
	}
	return err
}

const lockFile = ".terraform.lock.hcl"

func (r *rehearsal) apply(ctx context.Context) error {
	if err := r.run(ctx, "apply", "-auto-approve"); err != nil {
		return err
	}
	if !r.hog.IsMember(r.role, r.user.UUID) {
		return errors.New("after apply the user is not in the role")
	}
	return nil
}

// initializeAgain installs the provider as a colleague does, or a pipeline, who has the lock file and nothing else.
func (r *rehearsal) initializeAgain(ctx context.Context) error {
	if err := os.RemoveAll(filepath.Join(r.folder, ".terraform")); err != nil {
		return err
	}
	return r.run(ctx, "init", "-lockfile=readonly")
}

func (r *rehearsal) plan(ctx context.Context) error {
	if err := r.run(ctx, "plan", "-detailed-exitcode"); err != nil {
		return fmt.Errorf("the plan after apply is not empty: %w", err)
	}
	return nil
}

func (r *rehearsal) destroy(ctx context.Context) error {
	if err := r.run(ctx, "destroy", "-auto-approve"); err != nil {
		return err
	}
	if r.hog.IsMember(r.role, r.user.UUID) {
		return errors.New("after destroy the user is still in the role")
	}
	return nil
}

// refuse has the zip changed after it was locked, and fails unless Terraform then refuses to install from it.
func (r *rehearsal) refuse(ctx context.Context, m mirror) error {
	if err := m.tamper(); err != nil {
		return err
	}
	fmt.Println("Now somebody tampers with the zip.")
	said := r.initializeAgain(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case said == nil:
		return errors.New("a zip that was tampered with is installed")
	}
	const why = "doesn't match any of the checksums previously recorded in the dependency lock file"
	if words := strings.Join(strings.Fields(strings.NewReplacer("│", " ").Replace(said.Error())), " "); !strings.Contains(words, why) {
		return fmt.Errorf("a zip that was tampered with is refused for another reason: %w", said)
	}
	fmt.Println("It is refused.")
	return nil
}
