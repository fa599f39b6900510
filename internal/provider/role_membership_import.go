package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// ImportState finds the membership that an import id or an identity names, and puts all of it into state.
func (r *roleMembershipResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := r.importRequest(ctx, req, &resp.Diagnostics)
	if !ok {
		return
	}
	in, ok := r.roleOfImport(ctx, id, "import membership", &resp.Diagnostics)
	if !ok {
		return
	}
	found := id.among(in.role.Members)
	if len(found) != 1 {
		resp.Diagnostics.Append(notOne(id, in.ref, in.role, found))
		return
	}
	model := modelOf(in.organization, in.role.Name, found[0])
	in.put(ctx, model, model.identity(in.ref.OrganizationID), resp)
}

// An importedRole is the role that an import is about.
type importedRole struct {
	organization types.String // as it is written
	ref          posthog.RoleRef
	role         *roster.Roster
}

// roleOfImport reads the role that an import id names, which may not exist. ok is false when that fails; the diagnostics say
// why, and what could not be done.
func (c *configured) roleOfImport(ctx context.Context, id importID, action string, diags *diag.Diagnostics) (in importedRole, ok bool) {
	written, organization, ok := c.organizationFor(ctx, id.organization(), diags)
	if !ok {
		return in, false
	}
	ref, failure := c.roleToImport(ctx, organization, id.roleID)
	if failure != nil {
		diags.Append(failure)
		return in, false
	}
	role, err := c.rosters.Roster(ctx, ref)
	if err != nil {
		// An import has no attributes to blame.
		diags.Append(c.unable(action, "read who is in "+named(ref), subject{name: named(ref)}, err))
		return in, false
	}
	return importedRole{written, ref, role}, true
}

// put puts what is imported into state.
func (in importedRole) put(ctx context.Context, model, identity any, resp *resource.ImportStateResponse) {
	own, diags := recordIn(ctx, resp.Private)
	own.OrganizationID = in.ref.OrganizationID
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
	resp.Diagnostics.Append(own.keepIn(ctx, resp.Private)...)
}

// roleToImport returns the role that an import id names by its UUID or its name.
func (c *configured) roleToImport(ctx context.Context, organization, written string) (posthog.RoleRef, diag.Diagnostic) {
	ref := posthog.RoleRef{OrganizationID: organization, ID: written}
	if posthog.IsUUID(written) {
		return ref, nil
	}
	roles, failure := c.rolesOf(ctx, organization)
	if failure != nil {
		return ref, failure
	}
	role, failure := roleByName(roles, organization, written, path.Empty())
	ref.ID = role.ID
	return ref, failure
}

// importRequest returns what is to be imported.
func (r *roleMembershipResource) importRequest(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics,
) (id importID, ok bool) {
	if hasImportID(req) {
		parsed, err := parseImportID(req.ID)
		if err != nil {
			diags.AddError(summaryBadImportID, fmt.Sprintf("%q cannot be imported: %s.\n\n%s", req.ID, err, adviceImportID))
			return id, false
		}
		id = parsed
	} else {
		var identity roleMembershipIdentity
		diags.Append(req.Identity.Get(ctx, &identity)...)
		if diags.HasError() || !identity.check(diags) {
			return id, false
		}
		id = importID{identity.OrganizationID.ValueString(), identity.RoleID.ValueString(), identity.UserUUID.ValueString()}
	}
	return id, r.hasOrganization(id, diags)
}

// hasImportID reports whether an import is by id and not by identity. An import with neither has the empty id.
func hasImportID(req resource.ImportStateRequest) bool {
	return req.ID != "" || req.Identity == nil || req.Identity.Raw.IsNull()
}

// hasOrganization reports whether an import id or the provider names an organization.
func (c *configured) hasOrganization(id importID, diags *diag.Diagnostics) bool {
	if id.organizationID == "" && c.organizationOr(types.StringNull()).IsNull() {
		diags.AddError(summaryNoOrganization, adviceNoOrganizationToImport)
		return false
	}
	return true
}

// check reports what is wrong with an identity that somebody wrote.
func (i roleMembershipIdentity) check(diags *diag.Diagnostics) bool {
	return checkIdentity(diags,
		identityPart{"organization_id", i.OrganizationID, checkOrganization},
		identityPart{"role_id", i.RoleID, checkUUID},
		identityPart{"user_uuid", i.UserUUID, checkUUID})
}

// notOne says that an import id names nobody, or more than one.
func notOne(id importID, ref posthog.RoleRef, role *roster.Roster, found []posthog.Membership) diag.Diagnostic {
	if len(found) > 1 {
		var people []string
		for _, membership := range found {
			people = append(people, "  "+member(membership))
		}
		return diag.NewErrorDiagnostic(summaryAmbiguousImport, fmt.Sprintf("%q is the email of %d members of %s:\n\n%s\n\n%s",
			id.member, len(found), named(ref), strings.Join(people, "\n"), adviceAmbiguousImport))
	}
	if !role.Exists {
		return diag.NewErrorDiagnostic(summaryNoSuchRole, fmt.Sprintf("There is nobody to import: %s does not exist. %s", named(ref), adviceNoSuchRole))
	}

	what := "no member whose membership or user has the UUID " + id.member
	if id.isEmail() {
		what = "no member with the email " + id.member
	}
	if len(role.Members) == 0 {
		what += "; nobody is in it"
	} else {
		what += fmt.Sprintf(" among its %d", len(role.Members))
	}
	return diag.NewErrorDiagnostic(summaryNotAMember, fmt.Sprintf("%s has %s. %s", capital(named(ref)), what, adviceNotAMember))
}
