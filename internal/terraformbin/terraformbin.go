// Package terraformbin finds or downloads a Terraform or OpenTofu command, and prepares its environment.
package terraformbin

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

// pathVariable is the environment variable with the command's path. The acceptance tests read it, too.
const pathVariable = "TF_ACC_TERRAFORM_PATH"

// Find returns the path of a Terraform or OpenTofu command. It uses TF_ACC_TERRAFORM_PATH, then terraform or tofu from the
// PATH. Without any of them, it downloads the latest Terraform into the folder. The caller removes the folder.
func Find(ctx context.Context, folder string) (string, error) {
	if configured := os.Getenv(pathVariable); configured != "" {
		path, err := exec.LookPath(configured)
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
		return "", fmt.Errorf("neither terraform nor tofu is on the PATH, and downloading Terraform failed: %w", err)
	}
	return path, nil
}

// Name returns "terraform" or "tofu".
func Name(path string) string { return strings.TrimSuffix(filepath.Base(path), ".exe") }

// HasQuery reports whether the command has the subcommand query. Terraform has it since 1.14.
func HasQuery(ctx context.Context, path string) bool {
	help := exec.CommandContext(ctx, path, "query", "-help")
	help.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	return help.Run() == nil
}

// Environment returns the environment of this process without the variables that configure Terraform or the provider.
func Environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "POSTHOG_")
	})
}

// MirrorConfig returns a CLI configuration that installs every provider from the folder.
func MirrorConfig(folder string) []byte {
	return fmt.Appendf(nil, "disable_checkpoint = true\n\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n",
		filepath.ToSlash(folder))
}
