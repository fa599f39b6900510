package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	in, ok := r.roleOfImport(ctx, id, "import role", &resp.Diagnostics)
	switch {
	case !ok:
	case !in.role.Exists:
		resp.Diagnostics.AddError(summaryNoSuchRole, fmt.Sprintf("There is nothing to import: %s does not exist. %s", named(in.ref), adviceNoSuchRole))
	default:
		model := wholeRole(in.organization, in.role)
		in.put(ctx, model, model.identity(in.ref.OrganizationID), resp)
	}
}

// wholeRole returns the model of a role of an organization, which is written like that.
func wholeRole(organization types.String, role *roster.Roster) roleMembersModel {
	users := make([]attr.Value, 0, len(role.Members))
	for _, member := range byEmail(role.Members) {
		users = append(users, types.StringValue(briefly(role, member)))
	}
	return roleMembersModel{
		OrganizationID: organization,
		RoleID:         types.StringValue(role.ID),
		Users:          types.ListValueMust(types.StringType, users),
		IgnoredUsers:   types.ListNull(types.StringType),
	}.read(role, record{})
}

// importRequest returns what is to be imported.
func (r *roleMembersResource) importRequest(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics,
) (id importID, ok bool) {
	if hasImportID(req) {
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
	return id, r.hasOrganization(id, diags)
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
	case text == "":
		return importID{}, errEmpty
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
