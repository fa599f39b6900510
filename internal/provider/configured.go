package provider

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// The environment variables that stand in for attributes of the provider. The configuration comes first.
const (
	envHost           = "POSTHOG_HOST"
	envAPIKey         = "POSTHOG_PERSONAL_API_KEY"
	envAPIKeyAlias    = "POSTHOG_API_KEY"
	envOrganizationID = "POSTHOG_ORGANIZATION_ID"
)

// configured is one configuration of the provider, as resources and data sources need it.
type configured struct {
	// rosters and client are nil while the configuration has unknown values, which unknown then names.
	rosters *roster.Rosters
	client  *posthog.Client
	unknown []string

	organization  types.String // null when there is no default
	adoptExisting bool

	// managed holds the memberships that Terraform was seen to manage, so that planning to make one of them anew does
	// not warn that it is there.
	managed sync.Map
	// created holds the memberships that resources have created, or are creating: each may be declared once.
	created sync.Map
}

// configuredFrom returns what Configure of the provider made; nil before that, as when a configuration is validated.
func configuredFrom(data any, diags *diag.Diagnostics) *configured {
	if data == nil {
		return nil
	}
	made, ok := data.(*configured)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("This is a bug in the provider: it got %T. Please report it.", data))
	}
	return made
}

// known reports whether PostHog can be asked.
func (c *configured) known() bool { return c != nil && c.rosters != nil }

// organizationOr returns the organization that a resource names, or else the provider's.
func (c *configured) organizationOr(own types.String) types.String {
	if !own.IsNull() || c == nil {
		return own
	}
	return c.organization
}

// fromEnvironment returns the value of an attribute, or of the first of the environment variables that is set. A value
// from the environment is checked here: Terraform has only had the configuration's validated.
func fromEnvironment(
	value types.String, at path.Path, check func(string) error, diags *diag.Diagnostics, variables ...string,
) types.String {
	if !value.IsNull() {
		return value
	}
	for _, variable := range variables {
		set := os.Getenv(variable)
		if set == "" {
			continue
		}
		if err := check(set); err != nil {
			diags.AddAttributeError(at, summaryBadProviderValue, fmt.Sprintf(
				"The environment variable %s, which stands in for %s, %s.", variable, at, err))
		}
		return types.StringValue(set)
	}
	return types.StringNull()
}

func unknownAttributes(values map[string]interface{ IsUnknown() bool }) []string {
	var names []string
	for name, value := range values {
		if value.IsUnknown() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// notKnownYet says which of the provider's attributes are missing to ask PostHog.
func (c *configured) notKnownYet() string {
	return fmt.Sprintf("The provider's %s will be known only after apply.", strings.Join(c.unknown, " and "))
}

// duration reads a value that checkDuration has passed; zero when it is null.
func duration(value types.String) time.Duration {
	parsed, _ := time.ParseDuration(value.ValueString())
	return parsed
}

// logger writes to Terraform's log.
type logger struct{}

func (logger) Debug(ctx context.Context, message string, fields map[string]any) {
	tflog.Debug(ctx, message, fields)
}

func (logger) Warn(ctx context.Context, message string, fields map[string]any) {
	tflog.Warn(ctx, message, fields)
}
