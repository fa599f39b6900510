package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// configured is one configuration of the provider, as resources and data sources need it.
type configured struct {
	// rosters is nil while the configuration has unknown values, which unknown then names.
	rosters *roster.Rosters
	unknown []string

	organization  types.String // as it is written; null when there is no default
	adoptExisting bool

	// plans records which memberships the resources of this process declare and release.
	plans ownership.Plan
	// vanished holds what a refresh has found to be gone: a plan warns of it only.
	vanished sync.Map // of posthog.RoleRef, and of gone
	// told holds what has been told at length: of telling, summaries, and summaries with what they are about.
	told sync.Map
	// suggestions counts the unknown emails for which similar ones were looked up.
	suggestions atomic.Int32
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

// ready reports whether PostHog can be asked, and says why not.
func (c *configured) ready(diags *diag.Diagnostics) bool {
	if c.known() {
		return true
	}
	if c != nil {
		diags.AddError(summaryNotKnownYet, c.notKnownYet()+" "+adviceNotKnownYet)
	}
	return false
}

// gone is somebody who is not in a role any more.
type gone struct {
	role  posthog.RoleRef
	email string // in lower case
}

// hasVanished reports whether a refresh in this process has found a role, or somebody in it, to be gone.
func (c *configured) hasVanished(what any) bool {
	_, vanished := c.vanished.Load(what)
	return vanished
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

// duration reads a value that validators.CheckDuration has passed; zero when it is null.
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
