package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

const (
	module = "github.com/posthog-rbac/terraform-provider-posthog"

	// builtVersion is the version of the provider that is built here. Terraform needs a version to install it.
	builtVersion = "0.1.0"
)

// workshop is a temporary folder with the built provider, and with a configuration that installs it from there.
type workshop struct {
	folder    string
	source    string // the root of this repository
	cliConfig string // for TF_CLI_CONFIG_FILE
}

// openWorkshop creates the folder and builds the provider. The caller closes the workshop.
func openWorkshop(ctx context.Context, out io.Writer) (_ *workshop, err error) {
	source, err := goCommand(ctx, "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "posthog-demo-")
	if err != nil {
		return nil, err
	}
	shop := &workshop{folder: folder, source: source, cliConfig: filepath.Join(folder, "terraformrc")}
	defer func() {
		if err != nil {
			shop.close()
		}
	}()

	// A filesystem mirror instead of dev_overrides, because terraform init works with a mirror.
	mirror := filepath.Join(folder, "providers")
	binary := filepath.Join(mirror, "registry.terraform.io", "posthog-rbac", "posthog", builtVersion,
		runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-posthog_v"+builtVersion)
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	fmt.Fprintln(out, "Building the provider …")
	if _, err := goCommand(ctx, "build", "-C", source, "-ldflags", "-X main.version="+builtVersion+"-demo", "-o", binary, "."); err != nil {
		return nil, err
	}
	// OpenTofu uses another registry.
	err = os.CopyFS(filepath.Join(mirror, "registry.opentofu.org"), os.DirFS(filepath.Join(mirror, "registry.terraform.io")))
	if err != nil {
		return nil, err
	}

	return shop, os.WriteFile(shop.cliConfig, terraformbin.MirrorConfig(mirror), 0o600)
}

// close removes the folder.
func (w *workshop) close() {
	if err := os.RemoveAll(w.folder); err != nil {
		fmt.Fprintln(os.Stderr, "Could not remove the temporary folder:", err)
	}
}

// goCommand runs the go command and returns its output.
func goCommand(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}
