// Package provider is the Terraform side: schemas, plans, state and messages.
package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

// Address is where Terraform's configurations find this provider.
const Address = "registry.terraform.io/posthog-rbac/posthog"

var _ provider.ProviderWithListResources = (*posthogProvider)(nil)

type posthogProvider struct {
	version string
	backoff time.Duration
	data    *providerData // of the last Configure; nil before
}

// Serve serves the provider to the Terraform that started this process, until Terraform ends it. With debug it prints TF_REATTACH_PROVIDERS
// and waits for Terraform. The errors are those of listening.
func Serve(version string, debug bool) error { return tfserver.Serve(Address, New(version), debug) }

// New returns the factory of the provider. PostHog and Terraform receive the version.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &posthogProvider{version: version} }
}

type providerModel struct {
	Host           types.String `tfsdk:"host"`
	APIKey         types.String `tfsdk:"api_key"`
	OrganizationID types.String `tfsdk:"organization_id"`
	CACertFile     types.String `tfsdk:"ca_cert_file"`
	AdoptExisting  types.Bool   `tfsdk:"adopt_existing"`
	RequestTimeout types.String `tfsdk:"request_timeout"`
	RetryTimeout   types.String `tfsdk:"retry_timeout"`
}

func (p *posthogProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "posthog"
	resp.Version = p.version
}

func (p *posthogProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages [PostHog](https://posthog.com) roles and their members.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Address of PostHog: `https://us.posthog.com`, `https://eu.posthog.com`, or your own server. "+
					"Can be set with `%s` instead. Default: `%s`.", envHost, posthog.DefaultHost),
				Validators: []validator.String{validators.String("a host", validators.CheckHost)},
			},
			"api_key": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: fmt.Sprintf("Personal API key (`phx_…`) or OAuth access token (`pha_…`). "+
					"Can be set with `%s` or `%s` instead, which keeps the key out of the configuration.", envAPIKey, envAPIKeyAlias),
				Validators: []validator.String{validators.String("an API key", posthog.CheckAPIKey)},
			},
			"organization_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Default organization for all resources and data sources: its UUID, its slug, or `%s` for the one that "+
					"the key's owner last opened in PostHog. Can be set with `%s` instead. Another organization moves the memberships that use the "+
					"default. Another spelling of the same organization changes nothing.", posthog.CurrentOrganization, envOrganizationID),
				Validators: isOrganization,
			},
			"ca_cert_file": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Path of a PEM file with certificates to trust in addition to those of the system, for a server whose "+
					"certificate an authority of your own has signed. A relative path starts at the directory in which Terraform runs. Can be set "+
					"with `%s` instead.", envCACertFile),
				Validators: []validator.String{validators.String("a path", validators.CheckPath)},
			},
			"adopt_existing": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether a create adopts a membership or role that exists already, with a warning, instead of failing. A destroy " +
					"removes the user from the role or deletes the role, also after an adoption. Default: `false`.",
			},
			"request_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Maximum duration of one attempt of a request, such as `30s` or `1m30s`. Default: `%s`.",
					diagnostics.DurationText(posthog.DefaultRequestTimeout)),
				Validators: []validator.String{validators.String("a duration", validators.CheckDuration)},
			},
			"retry_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Maximum duration of one operation with all its attempts and waits, such as `15m`. Each write of "+
					"`posthog_role_members` is one operation, and the waits between its writes do not count. Default: `%s`.", diagnostics.DurationText(posthog.DefaultRetryTimeout)),
				Validators: []validator.String{validators.String("a duration", validators.CheckDuration)},
			},
		},
	}
}

// Configure creates the client. It sends no request.
func (p *posthogProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	diags := &resp.Diagnostics
	diags.Append(req.Config.Get(ctx, &config)...)
	if diags.HasError() {
		return
	}
	data := &providerData{adoptExisting: config.AdoptExisting.ValueBool()}
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData, p.data = data, data, data, data

	data.organization = orEnvironment(config.OrganizationID, diagnostics.OrganizationPath, validators.CheckOrganization, diags, envOrganizationID)
	host := orEnvironment(config.Host, path.Root("host"), validators.CheckHost, diags, envHost)
	key := orEnvironment(config.APIKey, path.Root("api_key"), posthog.CheckAPIKey, diags, envAPIKey, envAPIKeyAlias)
	caCertFile := orEnvironment(config.CACertFile, path.Root("ca_cert_file"), validators.CheckPath, diags, envCACertFile)
	if key.IsNull() && !diags.HasError() {
		diags.Append(diagnostics.NoAPIKey())
	}
	if diags.HasError() {
		return
	}
	data.unknown = unknownAttributes(map[string]interface{ IsUnknown() bool }{
		"host": host, "api_key": key, "ca_cert_file": caCertFile, "adopt_existing": config.AdoptExisting,
		"request_timeout": config.RequestTimeout, "retry_timeout": config.RetryTimeout,
	})
	if len(data.unknown) > 0 {
		if req.ClientCapabilities.DeferralAllowed {
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		}
		return
	}
	client, err := posthog.New(posthog.Config{
		Host:           host.ValueString(),
		APIKey:         key.ValueString(),
		CACertFile:     caCertFile.ValueString(),
		UserAgent:      userAgent(p.version, req.TerraformVersion),
		RequestTimeout: parsedDuration(config.RequestTimeout),
		RetryTimeout:   parsedDuration(config.RetryTimeout),
		Backoff:        p.backoff,
		Logger:         logger{},
	})
	if unusable, ok := errors.AsType[*posthog.CACertFileError](err); ok {
		variable := ""
		if config.CACertFile.IsNull() {
			variable = envCACertFile
		}
		diags.Append(diagnostics.UnusableCACertFile(variable, unusable))
		return
	}
	if err != nil {
		diags.Append(diagnostics.InvalidProviderConfiguration(err))
		return
	}
	if base, err := posthog.ParseHost(client.Host()); err == nil && posthog.SendsKeyUnencrypted(base) {
		diags.Append(diagnostics.KeySentUnencrypted(client.Host()))
	}
	data.rosters = roster.New(client, &data.plans)
}

// The environment variables that replace attributes of the provider. The configuration comes first.
const (
	envHost           = "POSTHOG_HOST"
	envAPIKey         = "POSTHOG_PERSONAL_API_KEY"
	envAPIKeyAlias    = "POSTHOG_API_KEY"
	envOrganizationID = "POSTHOG_ORGANIZATION_ID"
	envCACertFile     = "POSTHOG_CA_CERT_FILE"
)

// orEnvironment returns the value of an attribute or, if it is null, of the first environment variable that is set. It checks the variable's
// value, because Terraform validates only the configuration. Then diags get the error.
func orEnvironment(
	value types.String, attribute path.Path, check func(string) error, diags *diag.Diagnostics, variables ...string,
) types.String {
	if !value.IsNull() {
		return value
	}
	for _, variable := range variables {
		text := os.Getenv(variable)
		if text == "" {
			continue
		}
		if err := check(text); err != nil {
			diags.Append(diagnostics.InvalidEnvironment(attribute, variable, err))
		}
		return types.StringValue(text)
	}
	return types.StringNull()
}

func (p *posthogProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newRoleMembershipResource, newRoleMembersResource, newRoleResource}
}

func (p *posthogProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newOrganizationMembersDataSource, newRoleDataSource, newRoleMembershipsDataSource, newRolesDataSource, newUserDataSource,
	}
}

func (p *posthogProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newRoleMembershipList, newRoleMembersList, newRoleList}
}

func userAgent(version, terraformVersion string) string {
	return fmt.Sprintf("terraform-provider-posthog/%s Terraform/%s (+https://registry.terraform.io/providers/posthog-rbac/posthog)",
		version, terraformVersion)
}

// parsedDuration returns a duration that validators.CheckDuration has accepted. It is zero if the value is null.
func parsedDuration(value types.String) time.Duration {
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
