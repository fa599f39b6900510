package diagnostics

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const (
	importIDRules = "role_id can be the role's name. " + adviceSlash + " organization_id can be a slug or \"@current\". Write UUIDs in lower case."
	adviceSlash   = "If the role's name has a slash, write the role's UUID."
)

// InvalidMembershipImportID is the error that a text is no import id of a membership. problem completes a sentence.
func InvalidMembershipImportID(id string, problem error) diag.Diagnostic {
	return newError(path.Empty(), "Invalid import id", "%q cannot be imported: %s.\n\nAn import id is one of\n\n"+
		"  role_id/MEMBER\n  organization_id/role_id/MEMBER\n\n"+
		"MEMBER is the user's email, the user's UUID or the membership's UUID. "+importIDRules+" For example:\n\n  Engineering/alice@example.com", id, problem)
}

// InvalidRoleImportID is the error that a text is no import id of role members. problem completes a sentence.
func InvalidRoleImportID(id string, problem error) diag.Diagnostic {
	return newError(path.Empty(), "Invalid import id", "%q cannot be imported: %s.\n\nAn import id of role members is one of\n\n"+
		"  role_id\n  organization_id/role_id\n\n"+importIDRules, id, problem)
}

// WithImportIDParts returns an error about a part of an import id, with how the id was read. member is "" for an id without one.
func WithImportIDParts(failure diag.Diagnostic, organization, role, member string) diag.Diagnostic {
	parts := fmt.Sprintf("role %q", role)
	if organization != "" {
		parts = fmt.Sprintf("organization_id %q, %s", organization, parts)
	}
	if member != "" {
		parts += fmt.Sprintf(", member %q", member)
	}
	return newError(path.Empty(), failure.Summary(), "%s\n\nThe import id was read as %s. %s", failure.Detail(), parts, adviceSlash)
}

// InvalidImportIdentity is the error that an attribute of an import's identity is invalid. problem completes a sentence.
func InvalidImportIdentity(attribute string, problem error) diag.Diagnostic {
	return newError(path.Root(attribute), "Invalid import identity", "%s %s.", attribute, problem)
}

// NoMemberToImport is the error that an import names no member of the role.
func NoMemberToImport(role, member string, count int) diag.Diagnostic {
	return newError(path.Empty(), "No such member to import", "%s has %s, and none of them is %q. Check the member, role_id and organization_id. To add "+
		"a user to the role, declare the membership and apply instead.", capitalize(role), Count(count, "member"), member)
}

// SeveralMembersToImport is the error that an import names several members. Their emails differ in case only.
func SeveralMembersToImport(role, email string, found []posthog.Membership) diag.Diagnostic {
	return newError(path.Empty(), "More than one member to import", "%q is the email of %d members of %s:\n\n%s\n\nImport one of them by the user's UUID.",
		email, len(found), role, memberList(found))
}
