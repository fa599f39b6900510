package provider

import (
	"os"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

// testBackoff makes retries quick. Only the waits are shorter than in a release, not their number.
const testBackoff = 5 * time.Millisecond

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
	acctest.Main(m, map[string]func() error{acctest.PluginName: func() error {
		if path := os.Getenv(callsFile); path != "" {
			return serveRecorded(path)
		}
		return acctest.ServeProvider(newTestProvider)
	}})
}
