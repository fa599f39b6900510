package provider

import (
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The environment variables that stand in for attributes of the provider. The configuration comes first.
const (
	envHost           = "POSTHOG_HOST"
	envAPIKey         = "POSTHOG_PERSONAL_API_KEY"
	envAPIKeyAlias    = "POSTHOG_API_KEY"
	envOrganizationID = "POSTHOG_ORGANIZATION_ID"
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
			diags.AddAttributeError(at, summaryBadProviderValue, fmt.Sprintf(
				"The environment variable %s, which stands in for %s, %s.", variable, at, err))
		}
		return types.StringValue(set)
	}
	return types.StringNull()
}
