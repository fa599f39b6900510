package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// organizationOfResource is the attribute by which a resource names its organization. What the resource is, is said in a word.
func organizationOfResource(what string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "The organization that the role is in: its UUID, its slug, or `@current`. Default: the provider's `organization_id`. " +
			"Another organization moves the " + what + ": the provider adds users there before it removes them here. Another way to write the " +
			"same one changes nothing, and the " + what + " stays in the organization that `@current` meant when it was created.",
		Validators: []validator.String{checked("an organization", checkOrganization)},
	}
}
