package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

// The attributes that both identities have.
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

// An importID names what to import, as [organization/]role for all members of a role, and with /MEMBER behind it for a membership.
type importID struct {
	organizationID string // as it is written; "" for the provider's
	roleID         string // UUID or name
	member         string // the membership's UUID, the user's UUID, or the user's email; "" for all members
}

// String returns the id in the form in which it was written.
func (id importID) String() string {
	text := id.roleID
	if id.organizationID != "" {
		text = id.organizationID + "/" + text
	}
	if id.member != "" {
		text += "/" + id.member
	}
	return text
}

func (id importID) isEmail() bool { return isEmail(id.member) }

// parseRoleImportID reads an import id of a role. The errors complete a sentence that begins with the id.
func parseRoleImportID(text string) (importID, error) {
	id := importID{roleID: text}
	if organization, role, found := strings.Cut(text, "/"); found {
		id = importID{organizationID: organization, roleID: role}
		if organization == "" {
			return importID{}, errors.New("it begins with a slash")
		}
	}
	if strings.Contains(id.roleID, "/") {
		return importID{}, errors.New("it has more than two parts")
	}
	return id.checked(text)
}

// parseImportID reads an import id of a membership. An email may hold a slash, so the second part is a role only if it looks like one.
// The errors complete a sentence that begins with the id.
func parseImportID(text string) (importID, error) {
	first, rest, found := strings.Cut(text, "/")
	if !found && text != "" {
		return importID{}, errors.New("it has one part where two or three are needed")
	}
	id := importID{roleID: first, member: rest}
	if second, member, more := strings.Cut(rest, "/"); more && (!isEmail(second) || isEmail(member)) {
		id = importID{organizationID: first, roleID: second, member: member}
	}
	id, err := id.checked(text)
	switch right, isUUID := validators.NormalizeUUID(id.member); {
	case err != nil:
	case isUUID && right != id.member:
		err = fmt.Errorf("the member in it must be in lower case with hyphens: write %q instead of %q", right, id.member)
	case !isUUID && !id.isEmail():
		err = fmt.Errorf("the member in it, %q, is neither a UUID nor an email address", id.member)
	case strings.ContainsAny(id.member, " \t\r\n"):
		err = fmt.Errorf("the member in it, %q, has spaces in it", id.member)
	}
	if err != nil {
		return importID{}, err
	}
	return id, nil
}

// checked returns the id, or an error about its organization, its role or the text as a whole.
func (id importID) checked(text string) (importID, error) {
	switch right, ok := validators.NormalizeUUID(id.roleID); {
	case text == "":
		return importID{}, errors.New("it is empty")
	case text != strings.TrimSpace(text):
		return importID{}, errors.New("it has spaces around it")
	case id.roleID == "":
		return importID{}, errors.New("it names no role")
	case ok && right != id.roleID:
		return importID{}, fmt.Errorf("the role_id in it must be in lower case with hyphens: write %q instead of %q", right, id.roleID)
	}
	if id.organizationID != "" {
		if err := validators.CheckOrganization(id.organizationID); err != nil {
			return importID{}, fmt.Errorf("the organization_id in it %w", err)
		}
	}
	return id, nil
}

// membersOf returns the members of a role that the id names: none, one, or all users whose emails differ in case only.
func (id importID) membersOf(role *roster.Roster) []posthog.Membership {
	var found []posthog.Membership
	for _, member := range role.Members {
		if member.ID == id.member || member.User.UUID == id.member || id.isEmail() && strings.EqualFold(member.User.Email, id.member) {
			found = append(found, member)
		}
	}
	return preferExact(found, id.member, func(m posthog.Membership) string { return m.User.Email })
}

// importIDOf reads the id or the identity of an import. ok is false if it is invalid; the diagnostics say why.
func importIDOf(ctx context.Context, req resource.ImportStateRequest, parse func(string) (importID, error), advice string, diags *diag.Diagnostics) (id importID, ok bool) {
	if req.ID != "" || req.Identity == nil || req.Identity.Raw.IsNull() { // An import with neither has the empty id.
		id, err := parse(req.ID)
		if err != nil {
			diags.AddError(summaryBadImportID, fmt.Sprintf("%q cannot be imported: %s.\n\n%s", req.ID, err, advice))
		}
		return id, err == nil
	}
	for _, part := range []struct {
		name  string
		value *string
		check func(string) error
	}{{"organization_id", &id.organizationID, validators.CheckOrganization}, {"role_id", &id.roleID, validators.CheckUUID}, {"user_uuid", &id.member, validators.CheckUUID}} {
		var value types.String
		if _, there := req.Identity.Schema.GetAttributes()[part.name]; !there {
			continue
		}
		diags.Append(req.Identity.GetAttribute(ctx, path.Root(part.name), &value)...)
		if *part.value = value.ValueString(); value.IsNull() {
			continue
		}
		if err := part.check(value.ValueString()); err != nil {
			diags.AddAttributeError(path.Root(part.name), summaryBadImportIdentity, fmt.Sprintf("%s %s.", part.name, err))
		}
	}
	return id, !diags.HasError()
}

// An importedRole is the role that an import is about. It may not exist.
type importedRole struct {
	organization types.String // as it is written
	ref          posthog.RoleRef
	role         *roster.Roster
}

// importRole reads the role that an import id names by UUID or name. ok is false if that fails; the diagnostics say why.
func (c *configured) importRole(ctx context.Context, id importID, action string, diags *diag.Diagnostics) (in importedRole, ok bool) {
	written := c.organizationOr(types.StringNull())
	if id.organizationID != "" {
		written = types.StringValue(id.organizationID)
	}
	if written.IsNull() {
		diags.AddError(summaryNoOrganization, adviceNoOrganizationToImport)
		return in, false
	}
	written, organization, ok := c.organizationFor(ctx, written, diags)
	if !ok {
		return in, false
	}
	if !posthog.IsUUID(id.roleID) {
		roles, failure := c.rolesOf(ctx, organization)
		var named posthog.Role
		if failure == nil {
			named, failure = roleByName(roles, organization, id.roleID, path.Empty())
		}
		if failure != nil {
			diags.Append(failure)
			return in, false
		}
		id.roleID = named.ID
	}
	ref := posthog.RoleRef{OrganizationID: organization, ID: id.roleID}
	role, err := c.rosters.Roster(ctx, ref)
	if err != nil {
		// An import has no attributes to attach an error to.
		diags.Append(c.unable(action, "read who is in "+named(ref), subject{name: named(ref)}, err))
		return in, false
	}
	if !role.Exists {
		diags.AddError(summaryNoSuchRole, fmt.Sprintf("There is nothing to import: %s does not exist. %s", named(ref), adviceNoSuchRole))
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

// ImportState finds the membership that an import id or an identity names, and puts it into state.
func (r *roleMembershipResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := importIDOf(ctx, req, parseImportID, adviceImportID, &resp.Diagnostics)
	if !ok {
		return
	}
	in, ok := r.importRole(ctx, id, "import membership", &resp.Diagnostics)
	if !ok {
		return
	}
	found := id.membersOf(in.role)
	switch name := nameOf(in.role, in.ref); len(found) {
	case 1:
		model := modelOf(in.organization, in.role.Name, found[0])
		in.put(ctx, model, model.identity(in.ref.OrganizationID), resp)
	case 0:
		resp.Diagnostics.AddError(summaryNotAMember, fmt.Sprintf("%s has %s, and none of them is %q. %s",
			capital(name), counted(len(in.role.Members), "member"), id.member, adviceNotAMember))
	default:
		resp.Diagnostics.AddError(summaryAmbiguousImport, fmt.Sprintf("%q is the email of %d members of %s:\n\n%s\n\n%s",
			id.member, len(found), name, membersListed(found), adviceAmbiguousImport))
	}
}

// ImportState finds the role that an import id or an identity names, and puts all its members into state.
func (r *roleMembersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := importIDOf(ctx, req, parseRoleImportID, adviceRoleImportID, &resp.Diagnostics)
	if !ok {
		return
	}
	in, ok := r.importRole(ctx, id, "import role", &resp.Diagnostics)
	if !ok {
		return
	}
	if failure := r.blind(ctx, in.ref.OrganizationID, theRoleOf(in.ref)); failure != nil {
		resp.Diagnostics.AddError(failure.Summary(), failure.Detail())
	} else {
		model := wholeRole(in.organization, in.role)
		in.put(ctx, model, model.identity(in.ref.OrganizationID), resp)
	}
}
