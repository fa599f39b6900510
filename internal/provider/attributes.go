package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

var (
	isOrganization = []validator.String{validators.String("an organization", validators.CheckOrganization)}
	isUUID         = []validator.String{validators.String("a UUID", validators.CheckUUID)}
	isRoleID       = []validator.String{validators.String("a UUID", validators.CheckRoleID), validators.OneOf("role_id", "role_name")}
	isUserUUID     = []validator.String{validators.String("a UUID", validators.CheckUserUUID), validators.OneOf("user_uuid", "user_email")}
	isRoleName     = []validator.String{validators.String("the name of a role", validators.CheckRoleName)}
	isEmailAddress = []validator.String{validators.String("an email address", validators.CheckEmail)}
)

const (
	organizationDescription = "The organization: its UUID, its slug, or `@current`. Default: the provider's `organization_id`."
	everyRoleDescription    = "UUID of the role. Default: every role of the organization, ordered by name."
)

// resourceOrganization returns organization_id of a resource. noun is the resource in a word.
func resourceOrganization(noun string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "The role's organization: its UUID, its slug, or `@current`. Default: the provider's `organization_id`. A " +
			"change moves the " + noun + ": the provider adds users in the new organization before it removes them from the old one. Another " +
			"spelling of the same organization changes nothing. The " + noun + " stays in the organization that `@current` meant when it was created.",
		Validators: isOrganization,
	}
}

// resourceRoleID returns role_id of a resource.
func resourceRoleID() resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "UUID of the role. `role_id` or `role_name` is needed. If both are set, they must name the same role. A change moves the " +
			"users: the provider adds them to the new role, and then removes them from the old role.",
		Validators: isRoleID,
	}
}

// resourceRoleName returns role_name of a resource.
func resourceRoleName() resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "Name of the role, instead of `role_id`. Case does not matter. A change from `role_id` to the name of the same role changes " +
			"nothing. For a role that the same configuration creates, use `role_id`.",
		Validators: isRoleName,
	}
}

// dataSourceOrganization returns organization_id of a data source.
func dataSourceOrganization() datasourceschema.StringAttribute {
	return datasourceschema.StringAttribute{
		Optional: true, Computed: true, MarkdownDescription: organizationDescription, Validators: isOrganization,
	}
}

// listAttributes returns the attributes of a list resource.
func listAttributes() map[string]listschema.Attribute {
	return map[string]listschema.Attribute{
		"organization_id": listschema.StringAttribute{Optional: true, MarkdownDescription: organizationDescription, Validators: isOrganization},
		"role_id":         listschema.StringAttribute{Optional: true, MarkdownDescription: everyRoleDescription, Validators: isUUID},
	}
}

// The attributes that both identities have.
var (
	organizationIdentity = identityschema.StringAttribute{
		OptionalForImport: true,
		Description:       "UUID of the organization. An import accepts its slug or @current, too. Default: the provider's organization_id.",
	}
	roleIdentity = identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the role."}
)

// normalizeUUIDs rewrites values that are UUIDs in PostHog's spelling. Other providers may have left them in upper case.
func normalizeUUIDs(values ...*types.String) {
	for _, value := range values {
		if normalized, ok := validators.NormalizeUUID(value.ValueString()); ok {
			*value = types.StringValue(normalized)
		}
	}
}

// keepPlanned sets a value to its planned one, unless that is unknown.
func keepPlanned[T interface{ IsUnknown() bool }](value *T, planned T) {
	if !planned.IsUnknown() {
		*value = planned
	}
}

// mapTexts returns the elements of a map of strings. An unknown element is "".
func mapTexts(value types.Map) map[string]string {
	elements := value.Elements()
	texts := make(map[string]string, len(elements))
	for key, element := range elements {
		texts[key] = element.(types.String).ValueString() //nolint:forcetypeassert // The schema has no other type.
	}
	return texts
}

// mapValue returns a map of strings as a value.
func mapValue(texts map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(texts))
	for key, text := range texts {
		elements[key] = types.StringValue(text)
	}
	return types.MapValueMust(types.StringType, elements)
}

// listEntries returns the elements of a list of strings.
func listEntries(list types.List) []types.String {
	elements := list.Elements()
	entries := make([]types.String, len(elements))
	for i, element := range elements {
		entries[i] = element.(types.String) //nolint:forcetypeassert // The schema has no other type.
	}
	return entries
}

// timeValue returns a time, or null if it is missing or invalid: these times are only for information.
func timeValue(text *string) timetypes.RFC3339 {
	if text == nil {
		return timetypes.NewRFC3339Null()
	}
	value, diags := timetypes.NewRFC3339Value(*text)
	if diags.HasError() {
		return timetypes.NewRFC3339Null()
	}
	return value
}
