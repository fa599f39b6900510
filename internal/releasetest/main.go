// Releasetest installs a release or snapshot with the real Terraform, and uses it against a PostHog in memory.
//
//	go run ./internal/releasetest dist
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

const (
	project = "terraform-provider-posthog"
	systems = 13 // combinations of operating system and architecture
)

// configuration has to name the exact version, because no other constraint matches a prerelease.
const configuration = `terraform {
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
`

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: releasetest FOLDER")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nThe release test failed:", err)
		os.Exit(1)
	}
}

// run checks the files in the folder. Then it installs, uses and reinstalls the provider for this system.
func run(ctx context.Context, folder string) error {
	version, err := checkSums(folder)
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp("", "posthog-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	command, err := terraformbin.Find(ctx, temporary)
	if err != nil {
		return err
	}
	hog := fakeposthog.New()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	defer func() { _ = hog.Close() }()

	zipName := fmt.Sprintf("%s_%s_%s_%s.zip", project, version, runtime.GOOS, runtime.GOARCH)
	content, err := os.ReadFile(filepath.Join(folder, zipName))
	if err != nil {
		return err
	}
	mirror, cliConfig := filepath.Join(temporary, "mirror"), filepath.Join(temporary, "terraformrc")
	if err := os.WriteFile(cliConfig, terraformbin.MirrorConfig(mirror), 0o600); err != nil {
		return err
	}
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		path := filepath.Join(mirror, registry, "posthog-rbac", "posthog", zipName)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
	}

	role, user := hog.Role(0), hog.User(0)
	directory := filepath.Join(temporary, "configuration")
	if err := os.Mkdir(directory, 0o700); err != nil {
		return err
	}
	text := fmt.Appendf(nil, configuration, version, role, user.Email)
	if err := os.WriteFile(filepath.Join(directory, "main.tf"), text, 0o600); err != nil {
		return err
	}
	terraform := func(args ...string) error {
		fmt.Printf("$ %s %s\n", filepath.Base(command), strings.Join(args, " "))
		run := exec.CommandContext(ctx, command, append(args, "-no-color")...)
		run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
		run.Dir = directory
		run.Env = append(terraformbin.Environment(),
			"TF_CLI_CONFIG_FILE="+cliConfig, "TMPDIR="+temporary, // the provider's socket is in TMPDIR
			"POSTHOG_HOST="+hog.URL, "POSTHOG_PERSONAL_API_KEY="+hog.Key, "POSTHOG_ORGANIZATION_ID="+hog.OrganizationID)
		if output, err := run.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", args[0], err, output)
		}
		return nil
	}

	if err := terraform("init"); err != nil {
		return err
	}
	if err := terraform("apply", "-auto-approve"); err != nil {
		return err
	}
	if !hog.IsMember(role, user.UUID) {
		return errors.New("after apply the user is not in the role")
	}
	// Install again, as in a pipeline that has only the lock file.
	if err := os.RemoveAll(filepath.Join(directory, ".terraform")); err != nil {
		return err
	}
	if err := terraform("init", "-lockfile=readonly"); err != nil {
		return err
	}
	if err := terraform("plan", "-detailed-exitcode"); err != nil {
		return fmt.Errorf("the plan after apply is not empty: %w", err)
	}
	if err := terraform("destroy", "-auto-approve"); err != nil {
		return err
	}
	if hog.IsMember(role, user.UUID) {
		return errors.New("after destroy the user is still in the role")
	}
	fmt.Printf("Version %s can be installed and used.\n", version)
	return nil
}

// checkSums returns the version of the release. It fails if a file is missing or its checksum is wrong.
func checkSums(folder string) (version string, err error) {
	found, err := filepath.Glob(filepath.Join(folder, project+"_*_SHA256SUMS"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%s has %d files named %s_*_SHA256SUMS, want 1: %w", folder, len(found), project, err)
	}
	version = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), project+"_"), "_SHA256SUMS")
	sums, err := os.ReadFile(found[0])
	if err != nil {
		return "", err
	}
	files := map[string]int{} // number of files by extension
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		path := filepath.Join(folder, name)
		if name == project+"_"+version+"_manifest.json" {
			path = "terraform-registry-manifest.json" // goreleaser leaves it where it is
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(content)); got != sum {
			return "", fmt.Errorf("the checksum of %s is %s, want %s", name, got, sum)
		}
		files[filepath.Ext(name)]++
	}
	if want := map[string]int{".zip": systems, ".json": systems + 1}; !maps.Equal(files, want) { // SBOMs and the manifest
		return "", fmt.Errorf("%s lists %v files, want %v", found[0], files, want)
	}
	return version, nil
}
