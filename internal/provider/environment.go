package provider

import (
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// The environment variables that stand in for attributes of the provider. The configuration comes first.
const (
	envHost           = "POSTHOG_HOST"
	envAPIKey         = "POSTHOG_PERSONAL_API_KEY"
	envAPIKeyAlias    = "POSTHOG_API_KEY"
	envOrganizationID = "POSTHOG_ORGANIZATION_ID"
	envCACertFile     = "POSTHOG_CA_CERT_FILE"
)

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
			diags.AddAttributeError(at, summaryBadProviderValue, fmt.Sprintf("%s %s.", standsIn(variable, at), err))
		}
		return types.StringValue(set)
	}
	return types.StringNull()
}

// standsIn begins a sentence about a value that comes from the environment.
func standsIn(variable string, at path.Path) string {
	return fmt.Sprintf("The environment variable %s, which stands in for %s,", variable, at)
}

// unusableCACertFile says what is wrong with the file of trusted authorities, and who named it.
func unusableCACertFile(configured types.String, unusable *posthog.CACertFileError) diag.Diagnostic {
	at, named := path.Root("ca_cert_file"), "ca_cert_file"
	if configured.IsNull() {
		named = standsIn(envCACertFile, at)
	}
	return diag.NewAttributeErrorDiagnostic(at, summaryBadCACertFile,
		fmt.Sprintf("%s names %s, which %s.\n\n%s", named, unusable.Path, unusable.Problem, adviceCACertFile))
}
