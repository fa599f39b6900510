package docstest

import (
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/provider"
)

func TestMain(m *testing.M) {
	acctest.Main(m, map[string]func() error{
		acctest.PluginName: func() error { return acctest.ServeProvider(provider.New("test")) },
		jqName:             runJQ,
	})
}
