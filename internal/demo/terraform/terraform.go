// Package terraform finds the Terraform that the demo, the benchmark and the rehearsal of a release run, tells what it has, and
// what it is to find in its environment.
package terraform

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hc-install/checkpoint"
	"github.com/hashicorp/hc-install/product"
)

// pathVariable chooses the command, Terraform's or OpenTofu's, as it does for the acceptance tests.
const pathVariable = "TF_ACC_TERRAFORM_PATH"

// Find returns the path of a Terraform command: the one that TF_ACC_TERRAFORM_PATH names, else terraform or tofu from the
// PATH, else the latest Terraform, which it downloads into the folder. The folder is the caller's to remove.
func Find(ctx context.Context, folder string) (string, error) {
	if named := os.Getenv(pathVariable); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("%s: %w", pathVariable, err)
		}
		return filepath.Abs(path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}

	latest := &checkpoint.LatestVersion{Product: product.Terraform, InstallDir: folder}
	path, err := latest.Install(ctx)
	if err != nil {
		return "", fmt.Errorf("there is neither terraform nor tofu on the PATH, and Terraform could not be downloaded: %w", err)
	}
	return path, nil
}

// Name returns what the command is called, terraform or tofu.
func Name(path string) string { return strings.TrimSuffix(filepath.Base(path), ".exe") }

// Queries reports whether the command has the subcommand query, as Terraform has it since 1.14.
func Queries(ctx context.Context, path string) bool {
	help := exec.CommandContext(ctx, path, "query", "-help")
	help.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	return help.Run() == nil
}

// Environment returns the caller's variables as os.Environ does, but for those that tell Terraform or the provider what to do.
func Environment() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "TF_") || strings.HasPrefix(pair, "POSTHOG_")
	})
}

// MirrorConfig returns a CLI configuration with which Terraform takes providers from a folder, and from nowhere else.
func MirrorConfig(folder string) []byte {
	return fmt.Appendf(nil, "disable_checkpoint = true\n\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n",
		filepath.ToSlash(folder))
}
