package diagnostics

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

const roleNotFound = "Role not found"

// maxListedRoles is the maximum number of roles that an error lists.
const maxListedRoles = 10

// RoleNotFound is the error that the role which an attribute names does not exist.
func RoleNotFound(where path.Path, ref posthog.RoleRef) diag.Diagnostic {
	return newError(where, roleNotFound, "There is no %s. %s", RoleLabel("", ref), adviceNoSuchRole)
}

// RoleNotFoundByName is the error that no role of an organization has a name. similar has the names that are similar, and
// names has all of them. If no name is similar, the error lists a few.
func RoleNotFoundByName(where path.Path, name, organizationID string, similar, names []string) diag.Diagnostic {
	created := ""
	if where.Equal(path.Root("role_name")) {
		created = " For a role that the same configuration creates, write role_id = posthog_role.….id."
	}
	known := didYouMean(similar) + " "
	if len(similar) == 0 && len(names) > 0 && len(names) <= maxListedRoles {
		known = "\n\nRoles of the organization:\n\n" + lines(slices.Sorted(slices.Values(names)), strconv.Quote) + "\n\n"
	}
	return newError(where, roleNotFound, "No role of organization %s has the name %q.%sCheck the name: it is in PostHog under Settings, Roles.%s",
		organizationID, name, known, created)
}

// RoleRenamed is the error that the configuration has the former name of a role. ownerID is the UUID of the role that has this name now, or "".
func RoleRenamed(where path.Path, formerName, newName string, ref posthog.RoleRef, ownerID string) diag.Diagnostic {
	now := "No role has the former name now."
	if ownerID != "" {
		now = fmt.Sprintf("Role %s has the former name now: to use that role, write role_id = %q.", ownerID, ownerID)
	}
	return newError(where, "Role was renamed", "%s had the name %q before. %s To keep the role, write %q. To destroy anyway, run terraform destroy "+
		"-refresh=false.", capitalize(RoleLabel(newName, ref)), formerName, now, newName)
}

// RoleIDAndNameDiffer is the error that role_id and role_name name two roles. role is the one with the id.
func RoleIDAndNameDiffer(name, role string) diag.Diagnostic {
	return newError(path.Root("role_name"), "role_id and role_name differ", "role_id is that of %s, and role_name is %q. Remove one of the two, or write "+
		"the UUID and the name of one role.", role, name)
}

// RoleNotFoundInOrganization is the error that a resource's role does not exist in its organization, while @current means another
// organization now.
func RoleNotFoundInOrganization(where path.Path, ref posthog.RoleRef, currentID string) diag.Diagnostic {
	return newError(where, roleNotFound, "There is no %s, to which this resource belongs. @current means organization %s now, and a "+
		"resource does not follow it to another organization. Set organization_id to the UUID of the organization that you mean.",
		RoleLabel("", ref), currentID)
}

// RoleNotFoundToImport is the error that the role of an import does not exist.
func RoleNotFoundToImport(ref posthog.RoleRef) diag.Diagnostic {
	return newError(path.Empty(), roleNotFound, "There is nothing to import: %s does not exist. %s", RoleLabel("", ref), adviceNoSuchRole)
}

// RoleDeleted warns that a refresh of this run did not find a role.
func RoleDeleted(where path.Path, role string) diag.Diagnostic {
	return newWarning(where, "Role was deleted", "%s does not exist any more. The role and its memberships were deleted in PostHog. "+
		"Remove them from the configuration or use another role. To destroy, run terraform destroy -refresh=false.", capitalize(role))
}

// SeveralRoles is the error that several roles have a name. Their names differ in case only.
func SeveralRoles(where path.Path, name, organizationID string, found []posthog.Role) diag.Diagnostic {
	return newError(where, "Several roles have this name", "%d roles of organization %s have the name %q:\n\n%s\n\nUse the UUID of one of them.",
		len(found), organizationID, name, lines(found, func(role posthog.Role) string { return ShortRoleLabel(role.Name, role.ID) }))
}

// OrganizationUnclear is the error that a role is not in the organization that @current means now, and that no organization was recorded.
func OrganizationUnclear(ref posthog.RoleRef) diag.Diagnostic {
	return newError(OrganizationPath, "Unable to read role", "Role %s is not in organization %s, which @current means now.\n\n"+
		"Set organization_id to the organization's UUID, because @current changes when the key's owner opens another organization in PostHog. If the "+
		"role was deleted, remove its memberships from the configuration and from the state (terraform state rm).", ref.ID, ref.OrganizationID)
}

const keyMayNotSeeMembers = "Key may not see all members"

// KeyMayNotSeeMembers is the error that a key below admin may not see all members of a role.
func KeyMayNotSeeMembers(about Subject) diag.Diagnostic {
	return newError(path.Empty(), keyMayNotSeeMembers, hiddenMembers, about.OrganizationID, about.Label)
}

const hiddenMembers = "The key's owner is not an admin of organization %s. The key may not see all members of %s, so the provider cannot tell who " +
	"is missing. Use the key of an organization admin or owner, also for plans."

// MembersNotRefreshed warns that a refresh keeps the state, because the key may not see all members. It is nil for repeats in an
// organization.
func (m *Messages) MembersNotRefreshed(about Subject) diag.Diagnostic {
	return m.hiddenMembersWarning(about, stateKept)
}

// ListIncomplete warns that the list of members may be incomplete. It is nil for repeats in an organization.
func (m *Messages) ListIncomplete(about Subject) diag.Diagnostic {
	return m.hiddenMembersWarning(about, "The list may be incomplete.")
}

func (m *Messages) hiddenMembersWarning(about Subject, consequence string) diag.Diagnostic {
	if m.isRepeat(reportKey{message: keyMayNotSeeMembers, organizationID: about.OrganizationID}) {
		return nil
	}
	return newWarning(path.Empty(), keyMayNotSeeMembers, hiddenMembers+" "+consequence, about.OrganizationID, about.Label)
}
