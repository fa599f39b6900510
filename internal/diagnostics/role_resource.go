package diagnostics

import (
	"cmp"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// rolePath is the attribute of posthog_role that names the role.
var rolePath = path.Root("name")

const (
	roleNameTaken          = "Role name is taken"
	adviceMovedRole        = "If the resource has another name, key or module now, add a moved block:\n\n  moved {\n    from = posthog_role.old\n    to   = posthog_role.new\n  }"
	adviceOpenOrganization = "PostHog servers before mid-2026 use the organization that the key's owner has open, whatever the request names. Open " +
		"organization %s in PostHog as the key's owner and apply again, or upgrade the server."
)

// NewRoleSubject returns the subject of an operation on a role that a posthog_role names. id is "" for a role that is created.
func NewRoleSubject(name, organizationID, id string) Subject {
	label := fmt.Sprintf("role %q of organization %s", name, organizationID)
	if id != "" {
		label = RoleLabel(name, posthog.RoleRef{OrganizationID: organizationID, ID: id})
	}
	return Subject{Label: label, OrganizationID: organizationID, Role: rolePath, Organization: OrganizationPath}
}

// RoleNameTaken is the error that a create finds roles with the name. importID names the role to import.
func RoleNameTaken(taken *roster.NameTakenError, importID string) diag.Diagnostic {
	existing := takenBy(taken)
	if existing == "" {
		return roleNameTakenByNone(taken)
	}
	return newError(rolePath, roleNameTaken, "%s Nothing was changed. %s\n\nIf no other resource manages the role, import it:\n\n"+
		"  import {\n    to = posthog_role.example\n    id = %s\n  }\n\n"+
		"Or set adopt_existing = true in the provider block. If another resource of this configuration has the role and is renamed or destroyed, apply that change first. "+
		"If this resource is being replaced, remove create_before_destroy. If a replacement has failed, remove the resource from the state (terraform "+
		"state rm) and import it.", existing, adviceMovedRole, hclString(importID))
}

// RoleNameTakenByAnother is the error that a rename finds another role with the name.
func RoleNameTakenByAnother(taken *roster.NameTakenError) diag.Diagnostic {
	existing := takenBy(taken)
	if existing == "" {
		return roleNameTakenByNone(taken)
	}
	return newError(rolePath, roleNameTaken, "%s Choose another name, or rename or delete that role first. To swap the names of two roles, give one "+
		"of them a third name and apply, then apply the final names.", existing)
}

// takenBy returns a sentence with the roles that have a name. It returns "" if PostHog lists none.
func takenBy(taken *roster.NameTakenError) string {
	switch len(taken.Roles) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("Organization %s already has %s. Role names are unique without regard to case.",
			taken.OrganizationID, ShortRoleLabel(taken.Roles[0].Name, taken.Roles[0].ID))
	}
	return fmt.Sprintf("%d roles of organization %s have the name %q, without regard to case:\n\n%s\n\n", len(taken.Roles), taken.OrganizationID, taken.Name,
		lines(taken.Roles, func(role posthog.Role) string { return ShortRoleLabel(role.Name, role.ID) }))
}

// roleNameTakenByNone is the error that PostHog refuses a name as taken, and lists no role with it.
func roleNameTakenByNone(taken *roster.NameTakenError) diag.Diagnostic {
	return newError(rolePath, roleNameTaken, "PostHog says that a role with the name %q exists, but lists none in organization %s. Choose another name, or "+
		"look for the role in PostHog under Settings, Roles.", taken.Name, taken.OrganizationID)
}

// RoleDeclaredTwice is the error that two resources declare roles with the same name.
func RoleDeclaredTwice(name, organizationID string) diag.Diagnostic {
	return newError(rolePath, "Role declared twice", "Two posthog_role resources declare the role %q of organization %s. Role names are unique without "+
		"regard to case. Remove one of the two. If both are in the state, remove that one from the state first, with terraform state rm or a removed "+
		"block with destroy = false.", name, organizationID)
}

// RoleMovesToAnotherAddress is the error that a role is in the state at one address, and declared at another.
func RoleMovesToAnotherAddress(role string) diag.Diagnostic {
	return newError(rolePath, "Role moves to another address", "%s is in the state at one address, and another resource declares its name. Terraform may "+
		"run the two in any order, so the role could be deleted. If one resource is renamed and another one takes the name, apply the rename "+
		"first. If both have the role in the state, or if a replacement has failed, remove one from the state (terraform state rm). %s", capitalize(role), adviceMovedRole)
}

// RoleWillBeAdopted warns that the apply adopts a role.
func RoleWillBeAdopted(existing posthog.Role, organizationID, name string) diag.Diagnostic {
	return newWarning(path.Empty(), "Existing role will be adopted", "Organization %s already has %s. Terraform will manage the role%s, because "+
		"adopt_existing is set in the provider block.", organizationID, ShortRoleLabel(existing.Name, existing.ID), renamedClause(existing, name))
}

// RoleAdopted warns that a create has adopted a role.
func RoleAdopted(existing posthog.Role, organizationID, name string) diag.Diagnostic {
	return newWarning(path.Empty(), "Existing role adopted", "Organization %s already has %s. From now on Terraform manages the role%s: a destroy deletes it.",
		organizationID, ShortRoleLabel(existing.Name, existing.ID), renamedClause(existing, name))
}

// renamedClause returns the end of a clause about a role that is adopted and has another spelling. It returns "" for the same spelling.
func renamedClause(existing posthog.Role, name string) string {
	if existing.Name == name {
		return ""
	}
	return fmt.Sprintf(" and renames it to %q", name)
}

// RoleChangedSincePlan is the error that a role, which the plan adopts or renames, was renamed or deleted since.
func RoleChangedSincePlan(role string) diag.Diagnostic {
	return newError(rolePath, "Role has changed since the plan", "%s was renamed or deleted in PostHog after the plan was made. Plan and apply again.",
		capitalize(role))
}

// RoleOrganizationChanged is the error that a role in state is declared in another organization.
func RoleOrganizationChanged(role, organizationID string) diag.Diagnostic {
	return newError(OrganizationPath, "Role cannot change its organization", "%s exists, and organization_id means organization %s now. PostHog cannot move "+
		"a role. Set organization_id to the role's organization. To have the role in both organizations, declare a second posthog_role. To delete the "+
		"role here, destroy this resource first.", capitalize(role), organizationID)
}

// RoleElsewhere is the error that PostHog has created a role, or has a role with the name, in another organization.
func RoleElsewhere(elsewhere *roster.RoleElsewhereError) diag.Diagnostic {
	summary, leftover := "Role name is taken in another organization", ""
	problem := fmt.Sprintf("PostHog refuses the name, because organization %s has %s.", elsewhere.OpenID, ShortRoleLabel(elsewhere.Role.Name, elsewhere.Role.ID))
	if elsewhere.IsCreated {
		summary = "Role created in another organization"
		problem = fmt.Sprintf("PostHog created %s in organization %s, and not in organization %s.",
			ShortRoleLabel(elsewhere.Role.Name, elsewhere.Role.ID), elsewhere.OpenID, elsewhere.OrganizationID)
		leftover = fmt.Sprintf("The role is not in the state. If nothing uses it, delete it in PostHog, in organization %s.", elsewhere.OpenID)
	}
	return newError(OrganizationPath, summary, "%s", paragraphs(problem, fmt.Sprintf(adviceOpenOrganization, elsewhere.OrganizationID), leftover))
}

// CaseRenameRefused is the error that a server refuses a name that differs from the role's name in case only.
func CaseRenameRefused(refused *roster.CaseRenameError) diag.Diagnostic {
	return newError(rolePath, "Unable to rename role", "PostHog refuses to rename role %s (%s) to %q, because the names differ in case only. PostHog servers "+
		"before mid-2026 do this. Write the name as PostHog has it, rename the role to a third name first, or upgrade the server.",
		refused.From, refused.Role.ID, refused.To)
}

// RoleHasMembers is the error that a role with members is not deleted.
func RoleHasMembers(role string, members []posthog.Membership) diag.Diagnostic {
	return newError(path.Empty(), "Role has members", "%s was not deleted, because it has %s:\n\n%s\n\nTo delete the role with its members, set "+
		"force_destroy = true in the resource and apply that first. If this configuration declares the members too, write "+
		"role_id = posthog_role.example.id in those resources. Terraform then destroys them before the role.",
		capitalize(role), Count(len(members), "member"), memberList(members))
}

// DefaultRoleDestroyed warns that the plan deletes the organization's default role.
func DefaultRoleDestroyed(role string) diag.Diagnostic {
	return newWarning(path.Empty(), "Default role will be deleted", "%s is the default role of its organization: PostHog adds every new organization member "+
		"to it. After it is deleted, the organization has no default role.", capitalize(role))
}

// RoleKept warns that a role was not deleted, because another resource manages it.
func RoleKept(role string) diag.Diagnostic {
	return newWarning(path.Empty(), "Role kept", "%s is not deleted. Another resource of this configuration manages the role.", capitalize(role))
}

// RoleNotRefreshed warns that a role was not compared with PostHog, because attributes of the provider are not known until apply.
func RoleNotRefreshed(attributes ...string) diag.Diagnostic {
	return newWarning(path.Empty(), "Role not refreshed", "%s %s", unknownSentence(attributes), stateKept)
}

// InvalidIDOfRole is the error that a text is no import id of a role. problem completes a sentence.
func InvalidIDOfRole(id string, problem error) diag.Diagnostic {
	return newError(path.Empty(), "Invalid import id", "%q cannot be imported: %s.\n\nAn import id of a role is one of\n\n"+
		"  ROLE\n  organization_id/ROLE\n\nROLE is the role's name or UUID. "+adviceSlash+" organization_id can be a "+
		"slug or \"@current\". UUIDs are in lower case.", id, problem)
}

// UnableToCheckName is the error that the roles of an organization could not be read to find out whether a name is taken.
func (m *Messages) UnableToCheckName(about Subject, err error) diag.Diagnostic {
	task := "find out whether " + about.Label + " exists"
	return m.operationError(operation{action: "list roles", task: task}, about, err)
}

// UnableToCreateRole is the error that the create of a role has failed.
func (m *Messages) UnableToCreateRole(about Subject, err error) diag.Diagnostic {
	return m.operationError(operation{action: "create role", task: "create " + about.Label}, about, err)
}

// UnableToRenameRole is the error that the rename of a role has failed.
func (m *Messages) UnableToRenameRole(about Subject, name string, err error) diag.Diagnostic {
	closing := ""
	if posthog.MayHaveHappened(err) {
		closing = "The role may have been renamed. The next plan shows it."
	}
	return m.operationError(operation{action: "rename role", task: fmt.Sprintf("rename %s to %q", about.Label, name), closing: closing}, about, err)
}

// UnableToDeleteRole is the error that the delete of a role has failed.
func (m *Messages) UnableToDeleteRole(about Subject, err error) diag.Diagnostic {
	return m.operationError(operation{action: "delete role", task: "delete " + about.Label}, about, err)
}

// RoleUnclear is the error that the outcome of a create is unknown. importID names the role.
func (m *Messages) RoleUnclear(about Subject, unclear *roster.UnclearRoleError, importID string) diag.Diagnostic {
	why := explain(about, unclear.Create)
	if unclear.Verify == nil {
		why = explanation{problem: why.problem + " The organization does not list the role yet."}
	} else {
		verify := explain(about, unclear.Verify)
		why = explanation{problem: why.problem + " Then the provider read the roles to find out whether the role exists: " + verify.problem, advice: verify.advice}
	}
	return newError(path.Empty(), "Role may have been created", "%s", paragraphs(
		fmt.Sprintf("The provider tried to create %s and cannot tell whether it happened.", about.Label), why.problem, why.advice,
		fmt.Sprintf("Apply again. If the role exists then, import it with the id %s. With adopt_existing = true in the provider block, Terraform adopts it.",
			hclString(cmp.Or(importID, unclear.Name)))))
}
