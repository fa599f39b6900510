package diagnostics

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// NoAPIKey is the error that neither the configuration nor the environment has an API key.
func NoAPIKey() diag.Diagnostic {
	return newError(path.Root("api_key"), "No API key",
		"Set the environment variable POSTHOG_PERSONAL_API_KEY (or POSTHOG_API_KEY), or api_key in the provider block. Create a personal API "+
			"key in PostHog under Settings, Personal API keys. It needs the scopes organization:write, to change memberships, and "+
			"organization_member:read, to find users by email. A key that only reads needs organization:read instead of organization:write.")
}

// InvalidEnvironment is the error that an environment variable, which is used because an attribute of the provider is not set, has an
// invalid value. problem completes a sentence.
func InvalidEnvironment(attribute path.Path, variable string, problem error) diag.Diagnostic {
	return newError(attribute, "Invalid provider configuration", "%s %s.", environmentLabel(variable, attribute.String()), problem)
}

func environmentLabel(variable, attribute string) string {
	return fmt.Sprintf("The environment variable %s, which is used because %s is not set,", variable, attribute)
}

// UnusableCACertFile is the error that a file has no usable certificates. variable is the environment variable that names the file, or ""
// if the configuration names it.
func UnusableCACertFile(variable string, unusable *posthog.CACertFileError) diag.Diagnostic {
	source := "ca_cert_file"
	if variable != "" {
		source = environmentLabel(variable, source)
	}
	return newError(path.Root("ca_cert_file"), "Unusable ca_cert_file", "%s names %s, which %s.\n\n"+
		"The file must be in PEM format (-----BEGIN CERTIFICATE-----). It must have the certificates of the authorities that signed your "+
		"servers' certificates, or a server's own self-signed certificate. A relative path starts at the directory in which Terraform runs. For a file "+
		"beside the configuration, write \"${path.module}/ca.pem\". For a file in the home directory, write pathexpand(\"~/ca.pem\").",
		source, unusable.Path, unusable.Problem)
}

// InvalidProviderConfiguration is the error that a client cannot be made from the configuration.
func InvalidProviderConfiguration(err error) diag.Diagnostic {
	return newError(path.Empty(), "Invalid provider configuration", "The provider cannot be configured: %s.", err)
}

// KeySentUnencrypted warns that the API key is sent by plain http.
func KeySentUnencrypted(host string) diag.Diagnostic {
	return newWarning(path.Root("host"), "API key sent unencrypted",
		"The API key is sent to %s unencrypted, so that others on the network can read it. Use https:// as soon as the server offers it.", host)
}

// UnexpectedProviderData is the error that the framework passed provider data of another type.
func UnexpectedProviderData(data any) diag.Diagnostic {
	return newError(path.Empty(), "Unexpected provider data", "This is a bug in the provider: it received %T. Please report it.", data)
}

// ProviderUnknown is the error that a request needs attributes of the provider that are not known until apply.
func ProviderUnknown(attributes ...string) diag.Diagnostic {
	return newError(path.Empty(), "Provider configuration not known yet", "%s Apply what it depends on first (terraform apply -target=…), or use a "+
		"value that is known at plan time, such as a variable.", unknownSentence(attributes))
}

// NotRefreshed warns that state was not compared with PostHog, because attributes of the provider are not known until apply.
func NotRefreshed(attributes ...string) diag.Diagnostic {
	return newWarning(path.Empty(), "Membership not refreshed", "%s %s", unknownSentence(attributes), stateKept)
}

const stateKept = "The state is kept as it is. The next plan compares it with PostHog."

func unknownSentence(attributes []string) string {
	return fmt.Sprintf("The provider's %s will be known only after apply.", strings.Join(attributes, " and "))
}

// NoOrganization is the error that neither a resource nor the provider names an organization.
func NoOrganization() diag.Diagnostic {
	return newError(OrganizationPath, "No organization",
		"Set organization_id here or in the provider block, or the environment variable POSTHOG_ORGANIZATION_ID. The organization's UUID is in "+
			"PostHog under Settings, Organization. You can also write its slug, or \"@current\" for the organization that the key's owner last opened.")
}

// NoOrganizationToImport is the error that neither an import id nor the provider names an organization.
func NoOrganizationToImport() diag.Diagnostic {
	return newError(path.Empty(), "No organization", "Put the organization's UUID before the import id (organization_id/…). Or set organization_id in "+
		"the provider block, or the environment variable POSTHOG_ORGANIZATION_ID.")
}
