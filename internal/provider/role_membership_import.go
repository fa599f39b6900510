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
)

// ImportState finds the membership that an import id or an identity names, and puts all of it into state.
func (r *roleMembershipResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := r.importRequest(ctx, req, &resp.Diagnostics)
	if !ok {
		return
	}
	role := posthog.RoleRef{OrganizationID: id.organizationID, ID: id.roleID}
	members, err := r.rosters.Members(ctx, role)
	if err != nil {
		resp.Diagnostics.Append(unable("import membership", "read who is in "+named(role), role, err))
		return
	}
	found := id.among(members)
	if len(found) != 1 {
		resp.Diagnostics.Append(r.notOne(ctx, id, role, members, found))
		return
	}
	model := modelOf(role, found[0])
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
}

// importRequest returns what is to be imported, with the organization filled in.
func (r *roleMembershipResource) importRequest(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics,
) (id importID, ok bool) {
	if !r.ready(diags) {
		return id, false
	}
	if req.ID != "" {
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

	if id.organizationID == "" {
		organization := r.organizationOr(types.StringNull())
		if organization.IsNull() || organization.IsUnknown() {
			diags.AddError(summaryNoOrganization, adviceNoOrganizationToImport)
			return id, false
		}
		id.organizationID = organization.ValueString()
	}
	return id, true
}

// check reports what is wrong with an identity that somebody wrote.
func (i roleMembershipIdentity) check(diags *diag.Diagnostics) bool {
	for _, part := range []struct {
		name  string
		value types.String
		check func(string) error
	}{
		{"organization_id", i.OrganizationID, checkOrganization},
		{"role_id", i.RoleID, checkUUID},
		{"user_uuid", i.UserUUID, checkUUID},
	} {
		if part.value.IsNull() {
			continue
		}
		if err := part.check(part.value.ValueString()); err != nil {
			diags.AddAttributeError(path.Root(part.name), summaryBadImportIdentity, fmt.Sprintf("%s %s.", part.name, err))
		}
	}
	return !diags.HasError()
}

// notOne says that an import id names nobody, or more than one.
func (r *roleMembershipResource) notOne(
	ctx context.Context, id importID, role posthog.RoleRef, members, found []posthog.Membership,
) diag.Diagnostic {
	if len(found) > 1 {
		var people []string
		for _, member := range found {
			people = append(people, "  "+person(member))
		}
		return diag.NewErrorDiagnostic(summaryAmbiguousImport, fmt.Sprintf("%q is the email of %d members of %s:\n\n%s\n\n%s",
			id.member, len(found), named(role), strings.Join(people, "\n"), adviceAmbiguousImport))
	}

	what := "no member whose membership or user has the UUID " + id.member
	if id.isEmail() {
		what = "no member with the email " + id.member
	}
	advice := adviceNotAMember
	if len(members) == 0 {
		there, err := r.rosters.Exists(ctx, role)
		switch {
		case err == nil && !there:
			return diag.NewErrorDiagnostic(summaryNoSuchRole, fmt.Sprintf("There is nobody to import: %s does not exist. %s", named(role), adviceNoSuchRole))
		case err == nil:
			what += "; nobody is in it"
		}
	} else {
		what += fmt.Sprintf(" among its %d", len(members))
	}
	return diag.NewErrorDiagnostic(summaryNotAMember, fmt.Sprintf("%s has %s. %s", capital(named(role)), what, advice))
}
