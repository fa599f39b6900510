// Package provider is the Terraform side: schemas, plans, state and messages.
package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
	made    *configured // by the last Configure; nil before
}

// Serve serves the provider of a version to the Terraform that started this process, until Terraform ends it. With debug it waits for a
// Terraform that is told where to find it instead. The errors are those of listening.
func Serve(version string, debug bool) error { return tfserver.Serve(Address, New(version), debug) }

// New returns what makes the provider. version is told to PostHog and to Terraform.
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
		MarkdownDescription: "Manages who is in which [PostHog](https://posthog.com) role.",
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
					"Can be set with `%s` or `%s` instead, which is the better place for a secret.", envAPIKey, envAPIKeyAlias),
				Validators: []validator.String{validators.String("an API key", posthog.CheckAPIKey)},
			},
			"organization_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("The organization that everything is in which names no other: its UUID, its slug, or `%s` for "+
					"the one that the key's owner last opened in PostHog. Can be set with `%s` instead. When it is another organization, "+
					"memberships that relied on it move there; another way to write the same one changes nothing.",
					posthog.CurrentOrganization, envOrganizationID),
				Validators: []validator.String{validators.String("an organization", validators.CheckOrganization)},
			},
			"ca_cert_file": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Path of a PEM file with the certificates of authorities that are trusted besides the system's, "+
					"for a server whose certificate is signed by an authority of your own. A relative path starts at the directory that "+
					"Terraform works in. Can be set with `%s` instead.", envCACertFile),
				Validators: []validator.String{validators.String("a path", validators.CheckPath)},
			},
			"adopt_existing": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to take over a membership that is already there when it should be created, with a warning, " +
					"instead of failing. A membership that was taken over is removed by a destroy like any other. Default: `false`.",
			},
			"request_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("How long one attempt of a request may take, such as `30s` or `1m30s`. Default: `%s`.",
					durationText(posthog.DefaultRequestTimeout)),
				Validators: []validator.String{validators.String("a duration", validators.CheckDuration)},
			},
			"retry_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("How long one operation may take with all its attempts and waits, those that PostHog's rate "+
					"limit asks for among them, such as `15m`; in a whole role, one write of it. Default: `%s`.", durationText(posthog.DefaultRetryTimeout)),
				Validators: []validator.String{validators.String("a duration", validators.CheckDuration)},
			},
		},
	}
}

// Configure makes the client. It asks PostHog nothing.
func (p *posthogProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	made := &configured{adoptExisting: config.AdoptExisting.ValueBool()}
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData, p.made = made, made, made, made

	made.organization = fromEnvironment(config.OrganizationID, path.Root("organization_id"), validators.CheckOrganization, &resp.Diagnostics, envOrganizationID)
	host := fromEnvironment(config.Host, path.Root("host"), validators.CheckHost, &resp.Diagnostics, envHost)
	key := fromEnvironment(config.APIKey, path.Root("api_key"), posthog.CheckAPIKey, &resp.Diagnostics, envAPIKey, envAPIKeyAlias)
	authorities := fromEnvironment(config.CACertFile, path.Root("ca_cert_file"), validators.CheckPath, &resp.Diagnostics, envCACertFile)
	if key.IsNull() && !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddAttributeError(path.Root("api_key"), summaryNoAPIKey, adviceNoAPIKey)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	made.unknown = unknownAttributes(map[string]interface{ IsUnknown() bool }{
		"host": host, "api_key": key, "ca_cert_file": authorities, "adopt_existing": config.AdoptExisting,
		"request_timeout": config.RequestTimeout, "retry_timeout": config.RetryTimeout,
	})
	if len(made.unknown) > 0 {
		if req.ClientCapabilities.DeferralAllowed {
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		}
		return
	}

	client, err := posthog.New(posthog.Config{
		Host:           host.ValueString(),
		APIKey:         key.ValueString(),
		CACertFile:     authorities.ValueString(),
		UserAgent:      userAgent(p.version, req.TerraformVersion),
		RequestTimeout: duration(config.RequestTimeout),
		RetryTimeout:   duration(config.RetryTimeout),
		Backoff:        p.backoff,
		Logger:         logger{},
	})
	if unusable, ok := errors.AsType[*posthog.CACertFileError](err); ok {
		resp.Diagnostics.Append(unusableCACertFile(config.CACertFile, unusable))
		return
	}
	if err != nil {
		resp.Diagnostics.AddError(summaryBadProviderValue, fmt.Sprintf("The provider cannot be configured: %s.", err))
		return
	}
	if base, err := posthog.ParseHost(client.Host()); err == nil && posthog.SendsKeyUnencrypted(base) {
		resp.Diagnostics.AddAttributeWarning(path.Root("host"), summaryPlainHTTP, fmt.Sprintf(
			"The API key goes to %s unencrypted, so that everybody on the way can read it. %s", client.Host(), advicePlainHTTP))
	}
	made.rosters = roster.New(client, &made.plans)
}

func (p *posthogProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newRoleMembershipResource, newRoleMembersResource}
}

func (p *posthogProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newOrganizationMembersDataSource, newRoleDataSource, newRoleMembershipsDataSource, newRolesDataSource, newUserDataSource,
	}
}

func (p *posthogProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newRoleMembershipList, newRoleMembersList}
}

func userAgent(version, terraformVersion string) string {
	return fmt.Sprintf("terraform-provider-posthog/%s Terraform/%s (+https://registry.terraform.io/providers/posthog-rbac/posthog)",
		version, terraformVersion)
}
