package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

// testBackoff makes retries quick. Only the waits are shorter than in a release, not their number.
const testBackoff = 5 * time.Millisecond

// pluginName is what Terraform runs when a test needs the provider in a process of its own: a link to the test binary.
const pluginName = "terraform-provider-posthog"

func newTestProvider() provider.Provider {
	return &posthogProvider{version: "test", backoff: testBackoff}
}

func newServer() tfprotov6.ProviderServer { return tfserver.New(newTestProvider()) }

// factories serve the provider within the test's process, for package resource of terraform-plugin-testing.
func factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"posthog": func() (tfprotov6.ProviderServer, error) { return newServer(), nil },
	}
}

func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case pluginName, pluginName + "_v0.1.0":
		if path := os.Getenv(callsFile); path != "" {
			if err := serveRecorded(path); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
		servePlugin(newTestProvider)
		return
	case pluginName + "_v" + vendorVersion:
		servePlugin(newVendorsProvider)
		return
	case jqName:
		table, err := jq(os.Args[1:])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Print(table)
		return
	}
	os.Exit(run(m))
}

func servePlugin(instance func() provider.Provider) {
	if err := tfserver.Serve(Address, instance, false); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run keeps the caller's environment out of the tests.
func run(m *testing.M) int {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !againstRealPostHog() && strings.HasPrefix(name, "POSTHOG_") || strings.HasPrefix(name, "TF_VAR_") || strings.HasPrefix(name, "TF_LOG") {
			os.Unsetenv(name)
		}
	}
	directory, err := os.MkdirTemp("", "posthog-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(directory)
	// OpenTofu fails when this names a file that is not there.
	empty := filepath.Join(directory, "terraformrc")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	os.Setenv("TF_CLI_CONFIG_FILE", empty)
	built = directory
	return m.Run()
}
