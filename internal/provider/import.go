package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

// importID is [organization/]role for all members of a role, and [organization/]role/MEMBER for a membership.
type importID struct {
	organizationID string // as it is written; "" for the provider's default
	roleID         string // UUID or name
	member         string // the membership's UUID, the user's UUID, or the user's email; "" for all members
}

// String returns the id as a user writes it.
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

// explainParts adds the parts of the id to errors, because a slash in a role's name is read as a separator. It adds nothing if the id has no
// slash that may belong to a role's name.
func (id importID) explainParts(failures diag.Diagnostics) diag.Diagnostics {
	if id.organizationID == "" && !strings.Contains(id.member, "/") || posthog.IsUUID(id.roleID) {
		return failures
	}
	for i, failure := range failures {
		failures[i] = diagnostics.WithImportIDParts(failure, id.organizationID, id.roleID, id.member)
	}
	return failures
}

func (id importID) isEmail() bool { return isEmail(id.member) }

// checkSlashes returns the error that an import id begins or ends with a slash.
func checkSlashes(text string) error {
	switch {
	case strings.HasSuffix(text, "/"):
		return errors.New("remove the slash at the end")
	case strings.HasPrefix(text, "/"):
		return errors.New("remove the slash at the beginning")
	}
	return nil
}

// parseRoleImportID parses an import id of role members. The errors complete a sentence that begins with the id.
func parseRoleImportID(text string) (importID, error) {
	if err := checkSlashes(text); err != nil {
		return importID{}, err
	}
	id := importID{roleID: text}
	if organization, role, found := strings.Cut(text, "/"); found {
		id = importID{organizationID: organization, roleID: role}
	}
	if strings.Contains(id.roleID, "/") {
		return importID{}, errors.New("it has more than two parts")
	}
	return id.checked(text)
}

// parseMembershipImportID parses an import id of a membership. An email may have a slash, so that the second part is a role only if it has
// no @, or if an email follows it.
// The errors complete a sentence that begins with the id.
func parseMembershipImportID(text string) (importID, error) {
	if err := checkSlashes(text); err != nil {
		return importID{}, err
	}
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
	case strings.Contains(id.member, "/") && !id.isEmail():
		err = errors.New("it has more than three parts")
	case isUUID && right != id.member:
		err = fmt.Errorf("the member in it must be in lower case with hyphens: write %q instead of %q", right, id.member)
	case !isUUID && !id.isEmail():
		err = fmt.Errorf("the member in it, %q, is neither a UUID nor an email address", id.member)
	case strings.ContainsAny(id.member, " \t\r\n"):
		err = fmt.Errorf("the member in it, %q, has spaces", id.member)
	}
	if err != nil {
		return importID{}, err
	}
	return id, nil
}

// checked returns the id, or an error about its organization, its role or the text as a whole.
func (id importID) checked(text string) (importID, error) {
	right, ok := validators.NormalizeUUID(id.roleID)
	roleErr, memberErr := validators.CheckEnds(id.roleID), validators.CheckEnds(id.member)
	switch {
	case text == "":
		return importID{}, errors.New("it is empty")
	case strings.TrimSpace(id.roleID) == "":
		return importID{}, errors.New("it names no role")
	case roleErr != nil:
		return importID{}, fmt.Errorf("the role in it %w", roleErr)
	case memberErr != nil:
		return importID{}, fmt.Errorf("the member in it %w", memberErr)
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

// readImportID reads the id or the identity of an import. ok is false if it is invalid. Then diags get the error, from invalid for an id.
func readImportID(
	ctx context.Context, req resource.ImportStateRequest, parse func(string) (importID, error), invalid func(string, error) diag.Diagnostic,
	diags *diag.Diagnostics,
) (id importID, ok bool) {
	if req.ID != "" || req.Identity == nil || req.Identity.Raw.IsNull() { // An import with neither has the empty id.
		id, err := parse(req.ID)
		if err != nil {
			diags.Append(invalid(req.ID, err))
		}
		return id, err == nil
	}
	parts := []struct {
		name  string
		value *string
		check func(string) error
	}{
		{"organization_id", &id.organizationID, validators.CheckOrganization},
		{"role_id", &id.roleID, validators.CheckUUID},
		{"id", &id.roleID, validators.CheckUUID},
		{"user_uuid", &id.member, validators.CheckUUID},
	}
	for _, part := range parts {
		var value types.String
		if _, found := req.Identity.Schema.GetAttributes()[part.name]; !found {
			continue
		}
		diags.Append(req.Identity.GetAttribute(ctx, path.Root(part.name), &value)...)
		if value.IsNull() {
			continue
		}
		*part.value = value.ValueString()
		if err := part.check(value.ValueString()); err != nil {
			diags.Append(diagnostics.InvalidImportIdentity(part.name, err))
		}
	}
	return id, !diags.HasError()
}

// importIDOf returns the import id of a membership: by names if these identify it, otherwise by UUIDs. It begins with the organization's
// UUID if the resource has an organization of its own.
func importIDOf(membership posthog.Membership, role *roster.Roster, ref posthog.RoleRef, hasOwnOrganization bool) string {
	id := importID{roleID: role.Name, member: membership.User.Email}
	if hasOwnOrganization {
		id.organizationID = ref.OrganizationID
	}
	if _, err := parseMembershipImportID(id.String()); err != nil || role.Name == "" || strings.Contains(role.Name, "/") {
		id = importID{organizationID: ref.OrganizationID, roleID: membership.RoleID, member: membership.User.UUID}
	}
	return id.String()
}

// importedRole is the role of an import.
type importedRole struct {
	organization organization
	ref          posthog.RoleRef
	role         *roster.Roster
}

// importRole reads the role that an import id names by UUID or name. ok is false if that fails. Then diags get the error.
func importRole(ctx context.Context, p *providerData, id importID, diags *diag.Diagnostics) (in importedRole, ok bool) {
	written := p.organizationOr(types.StringNull())
	if id.organizationID != "" {
		written = types.StringValue(id.organizationID)
	}
	if written.IsNull() {
		diags.Append(diagnostics.NoOrganizationToImport())
		return in, false
	}
	var failures diag.Diagnostics
	if in.organization, ok = p.resolveOrganization(ctx, written, &failures); !ok {
		diags.Append(id.explainParts(failures)...)
		return in, false
	}
	if !posthog.IsUUID(id.roleID) {
		named, failure := findRoleByName(ctx, p, in.organization.ID, id.roleID, path.Empty())
		if failure != nil {
			diags.Append(id.explainParts(diag.Diagnostics{failure})...)
			return in, false
		}
		id.roleID = named.ID
	}
	in.ref = posthog.RoleRef{OrganizationID: in.organization.ID, ID: id.roleID}
	role, err := p.rosters.Roster(ctx, in.ref)
	switch {
	case err != nil:
		diags.Append(p.messages.UnableToImport(in.ref, err))
		return in, false
	case !role.Exists:
		diags.Append(diagnostics.RoleNotFoundToImport(in.ref))
		return in, false
	}
	in.role = role
	return in, true
}

// setImported sets the state, the identity and the private state of an import.
func setImported[S any, P hasPrivateState[S], M resourceModel[M]](
	ctx context.Context, in importedRole, model M, identity any, resp *resource.ImportStateResponse,
) {
	private := readPrivateState[S, P](ctx, resp.Private, &resp.Diagnostics)
	P(&private).common().recordOrganization(model.organizationID(), in.organization.ID)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
	writePrivateState(ctx, resp.Private, private, &resp.Diagnostics)
}

// vendorMover returns the conversion of the vendor's state, for a moved block that changes the address and the provider at once. It ignores
// resources of other types. object is "membership" or "role". identity returns the identity in an organization. The vendor's attributes are a
// subset of this provider's, in schema version 0 (PostHog/terraform-provider-posthog, internal/resource).
func vendorMover[M resourceModel[M]](
	typeName, object string, identity func(state M, organizationID string) any,
) func(context.Context, resource.MoveStateRequest, *resource.MoveStateResponse) {
	return func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if !strings.HasSuffix(req.SourceProviderAddress, "/posthog/posthog") || req.SourceTypeName != "posthog"+typeName {
			return
		}
		if req.SourceState == nil || req.SourceSchemaVersion != 0 {
			resp.Diagnostics.Append(diagnostics.UnsupportedStateVersion(object, req.SourceProviderAddress, req.SourceSchemaVersion))
			return
		}
		var state M
		resp.Diagnostics.Append(req.SourceState.Get(ctx, &state)...)
		state = state.normalized()
		resp.Diagnostics.Append(resp.TargetState.Set(ctx, state)...)
		if organization := state.organizationID().ValueString(); posthog.IsUUID(organization) {
			resp.Diagnostics.Append(resp.TargetIdentity.Set(ctx, identity(state, organization))...)
		} else {
			resp.TargetIdentity = nil // Read sets it.
		}
	}
}
