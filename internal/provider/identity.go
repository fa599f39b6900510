package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What identities are made of.
var (
	identityOfOrganization = identityschema.StringAttribute{
		OptionalForImport: true,
		Description:       "UUID of the organization. For an import, its slug or @current will do too. Default: the provider's organization_id.",
	}
	identityOfRole = identityschema.StringAttribute{
		RequiredForImport: true,
		Description:       "UUID of the role.",
	}
)

// An identityPart is an attribute of an identity that somebody wrote.
type identityPart struct {
	name  string
	value types.String
	check func(string) error
}

// checkIdentity reports what is wrong with an identity, and whether nothing is.
func checkIdentity(diags *diag.Diagnostics, parts ...identityPart) bool {
	for _, part := range parts {
		if part.value.IsNull() {
			continue
		}
		if err := part.check(part.value.ValueString()); err != nil {
			diags.AddAttributeError(path.Root(part.name), summaryBadImportIdentity, fmt.Sprintf("%s %s.", part.name, err))
		}
	}
	return !diags.HasError()
}
