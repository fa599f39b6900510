package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// ImportState finds the role that an import id or an identity names, and puts everybody in it into state.
func (r *roleMembersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := r.importRequest(ctx, req, &resp.Diagnostics)
	if !ok {
		return
	}
	written, organization, ok := r.organizationFor(ctx, id.organization(), &resp.Diagnostics)
	if !ok {
		return
	}
	ref, failure := r.roleToImport(ctx, organization, id.roleID)
	if failure != nil {
		resp.Diagnostics.Append(failure)
		return
	}
	role, err := r.rosters.Roster(ctx, ref)
	switch {
	case err != nil:
		// An import has no attributes to blame.
		resp.Diagnostics.Append(r.unable("import role", "read who is in "+named(ref), subject{name: named(ref)}, err))
		return
	case !role.Exists:
		resp.Diagnostics.AddError(summaryNoSuchRole, fmt.Sprintf("There is nothing to import: %s does not exist. %s", named(ref), adviceNoSuchRole))
		return
	}
	model := wholeRole(written, role)
	own, diags := recordIn(ctx, resp.Private)
	own.OrganizationID = organization
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity(organization))...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

// wholeRole returns the model of a role of an organization, which is written like that.
func wholeRole(organization types.String, role *roster.Roster) roleMembersModel {
	return roleMembersModel{
		OrganizationID: organization,
		RoleID:         types.StringValue(role.ID),
		IgnoredUsers:   types.ListNull(types.StringType),
	}.read(role, nil)
}

// importRequest returns what is to be imported.
func (r *roleMembersResource) importRequest(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics,
) (id importID, ok bool) {
	if req.ID != "" {
		parsed, err := parseRoleImportID(req.ID)
		if err != nil {
			diags.AddError(summaryBadImportID, fmt.Sprintf("%q cannot be imported: %s.\n\n%s", req.ID, err, adviceRoleImportID))
			return id, false
		}
		id = parsed
	} else {
		var identity roleMembersIdentity
		diags.Append(req.Identity.Get(ctx, &identity)...)
		if diags.HasError() || !checkIdentity(diags,
			identityPart{"organization_id", identity.OrganizationID, checkOrganization}, identityPart{"role_id", identity.RoleID, checkUUID}) {
			return id, false
		}
		id = importID{organizationID: identity.OrganizationID.ValueString(), roleID: identity.RoleID.ValueString()}
	}
	if id.organizationID == "" && r.organizationOr(types.StringNull()).IsNull() {
		diags.AddError(summaryNoOrganization, adviceNoOrganizationToImport)
		return id, false
	}
	return id, true
}

// parseRoleImportID reads an import id of a whole role, [organization_id/]role_id. The errors are sentences that say what is
// wrong and with which part.
func parseRoleImportID(text string) (importID, error) {
	organization, role, found := strings.Cut(text, "/")
	if !found {
		organization, role = "", text
	}
	id := importID{organizationID: organization, roleID: role}
	switch {
	case text != strings.TrimSpace(text):
		return importID{}, errSpaces
	case found && organization == "":
		return importID{}, errNoOrganization
	case role == "":
		return importID{}, errNoRole
	case strings.Contains(role, "/"):
		return importID{}, errManyParts
	}
	if found {
		if err := checkOrganization(organization); err != nil {
			return importID{}, fmt.Errorf("the organization_id in it %w", err)
		}
	}
	return id, id.checkRole()
}
