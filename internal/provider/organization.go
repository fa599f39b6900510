package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

// organizationOr returns the organization that a resource names, or else the provider's, as it is written.
func (c *configured) organizationOr(own types.String) types.String {
	if !own.IsNull() || c == nil {
		return own
	}
	return c.organization
}

// organizationFor returns the organization that a resource names, or else the provider's: as it is written, and its UUID.
// ok is false when there is none, or when it cannot be found out which one it is; diags then say why.
func (c *configured) organizationFor(ctx context.Context, own types.String, diags *diag.Diagnostics) (written types.String, id string, ok bool) {
	written = c.organizationOr(own)
	switch {
	case written.IsNull():
		diags.AddAttributeError(atOrganization, summaryNoOrganization, adviceNoOrganization)
		return written, "", false
	case !c.ready(diags):
		return written, "", false
	case written.IsUnknown():
		diags.AddError(summaryNotKnownYet, "The provider's organization_id will be known only after apply. "+adviceNotKnownYet)
		return written, "", false
	}
	id, ok = c.resolve(ctx, written.ValueString(), diags)
	return written, id, ok
}

// resolve returns the UUID of an organization as somebody wrote it. ok is false when that fails; diags then say why.
func (c *configured) resolve(ctx context.Context, written string, diags *diag.Diagnostics) (id string, ok bool) {
	id, err := c.rosters.Organization(ctx, written)
	if err != nil {
		about := subject{name: "organization " + written, organization: atOrganization}
		diags.Append(c.unable("find organization", fmt.Sprintf("find out which organization %q is", written), about, err))
		return "", false
	}
	return id, true
}

// settle makes sure that a record says which organization a resource is in: the one that state has written, should it have
// been made by an older version or by another provider. It reports whether the record does; diags say why not.
func (c *configured) settle(ctx context.Context, own *record, written types.String, diags *diag.Diagnostics) bool {
	if own.OrganizationID == "" {
		_, own.OrganizationID, _ = c.organizationFor(ctx, written, diags)
	}
	return own.OrganizationID != ""
}

var atOrganization = path.Root("organization_id")

// organizationOfResource is the attribute by which a resource names its organization. What the resource is, is said in a word.
func organizationOfResource(what string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "The organization that the role is in: its UUID, its slug, or `@current`. Default: the provider's `organization_id`. " +
			"Another organization moves the " + what + ": the provider adds users there before it removes them here. Another way to write the " +
			"same one changes nothing, and the " + what + " stays in the organization that `@current` meant when it was created.",
		Validators: []validator.String{validators.String("an organization", validators.CheckOrganization)},
	}
}

// organizationOfDataSource is the attribute by which a data source names its organization.
func organizationOfDataSource() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Computed:            true,
		MarkdownDescription: "The organization: its UUID, its slug, or `@current`. Default: the provider's `organization_id`.",
		Validators:          []validator.String{validators.String("an organization", validators.CheckOrganization)},
	}
}

// peopleOf returns who is in an organization, or why that is not known.
func (c *configured) peopleOf(ctx context.Context, organization string) (*roster.OrganizationMembers, diag.Diagnostic) {
	people, err := c.rosters.OrganizationMembers(ctx, organization)
	if err == nil {
		err = people.ListError
	}
	if err != nil {
		return nil, c.cannotListMembers(organization, err)
	}
	return people, nil
}

// cannotListMembers is the error that the members of an organization could not be read.
func (c *configured) cannotListMembers(organization string, err error) diag.Diagnostic {
	name := "the members of organization " + organization
	return c.unable("list members", "list "+name, subject{name: name, organization: atOrganization}, err)
}

// rolesOf returns the roles of an organization, or why they are not known.
func (c *configured) rolesOf(ctx context.Context, organization string) ([]posthog.Role, diag.Diagnostic) {
	roles, err := c.rosters.Roles(ctx, organization)
	if err != nil {
		about := subject{name: "the roles of organization " + organization, organization: atOrganization}
		return nil, c.unable("list roles", "list "+about.name, about, err)
	}
	return roles, nil
}
