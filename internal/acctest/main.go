package acctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

// IsRealPostHog reports whether “make testacc” runs the tests named TestAcc… against a real PostHog.
func IsRealPostHog() bool { return os.Getenv("POSTHOG_TESTACC") != "" }

// PluginName is the name of the provider's executable. In a workspace it is a link to the test binary.
const PluginName = "terraform-provider-posthog"

// ServeProvider serves a provider to the Terraform process that started this one.
func ServeProvider(newProvider func() provider.Provider) error {
	return tfserver.Serve("registry.terraform.io/posthog-rbac/posthog", newProvider, false)
}

// Main runs the tests of a package and exits. programs maps names of executables to functions: a process that was started under
// one of these names runs the function instead. A workspace starts the test binary as [PluginName].
func Main(m *testing.M, programs map[string]func() error) {
	name := filepath.Base(os.Args[0])
	program := programs[strings.TrimSuffix(name, "_v0.1.0")]
	if name == PluginName+"_v"+VendorVersion {
		program = func() error { return ServeProvider(newVendorProvider) }
	}
	if program == nil {
		os.Exit(runTests(m))
	}
	if err := program(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runTests runs the tests without the caller's settings for PostHog and Terraform.
func runTests(m *testing.M) int {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !IsRealPostHog() && strings.HasPrefix(name, "POSTHOG_") || strings.HasPrefix(name, "TF_VAR_") || strings.HasPrefix(name, "TF_LOG") {
			_ = os.Unsetenv(name)
		}
	}
	directory, err := os.MkdirTemp("", "posthog-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(directory) }()
	// OpenTofu fails if the file does not exist.
	empty := filepath.Join(directory, "terraformrc")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_ = os.Setenv("TF_CLI_CONFIG_FILE", empty)
	buildDirectory = directory
	return m.Run()
}
