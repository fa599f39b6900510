package diagnostics

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// MembershipExists is the error that a create finds the user in the role already. The moved block is shown once,
// because a thousand renamed keys are a thousand errors.
func (m *Messages) MembershipExists(about Subject, membership posthog.Membership, importID string) diag.Diagnostic {
	const summary = "User is already in the role"
	block := ", as another error shows."
	if !m.isRepeat(reportKey{message: summary}) {
		block = ":\n\n  moved {\n    from = posthog_role_membership.old\n    to   = posthog_role_membership.new\n  }"
	}
	return newError(about.User, summary, "%s If the resource has another name, key or module now, add a moved block%s\n\n"+
		"If no other resource manages the membership, import it:\n\n"+
		"  import {\n    to = posthog_role_membership.example\n    id = %s\n  }\n\n"+
		"Or set adopt_existing = true in the provider block. If this resource is being replaced, remove create_before_destroy: a user can have only "+
		"one membership per role. If a replacement has failed, remove the resource from the state (terraform state rm) and import it.",
		alreadyMember(about.Label, membership), block, hclString(importID))
}

// MembershipExistsAtDestination is the error that a move finds the user in the new role already.
func MembershipExistsAtDestination(about Subject, membership posthog.Membership) diag.Diagnostic {
	return newError(about.User, "User is already in the role", "%s An import block cannot help, because this address already manages a membership. "+
		"To manage the existing membership, set adopt_existing = true in the provider block for one apply.", alreadyMember(about.Label, membership))
}

func alreadyMember(role string, membership posthog.Membership) string {
	return fmt.Sprintf("%s is already a member of %s%s, and this resource did not add them. Nothing was changed.",
		memberLabel(membership), role, joinedClause(membership))
}

// MembershipWillBeAdopted warns that the apply adopts a membership.
func MembershipWillBeAdopted(role string, membership posthog.Membership) diag.Diagnostic {
	return newWarning(path.Empty(), "Existing membership will be adopted",
		"%s is already a member of %s%s. Terraform will manage the membership, because adopt_existing is set in the provider block.",
		memberLabel(membership), role, joinedClause(membership))
}

// MembershipAdopted warns that a create has adopted a membership.
func MembershipAdopted(role string, membership posthog.Membership) diag.Diagnostic {
	return newWarning(path.Empty(), "Existing membership adopted",
		"%s is already a member of %s%s. From now on Terraform manages the membership: a destroy removes the user from the role.",
		memberLabel(membership), role, joinedClause(membership))
}

// MembershipKept warns that a user was not removed, because another resource manages the membership.
func MembershipKept(user, role string) diag.Diagnostic {
	return newWarning(path.Empty(), "Membership kept", "%s stays in %s. Another resource of this configuration manages the membership.", user, role)
}

// ReplacementUnknown is the error about -replace while the role or the user is unknown.
func ReplacementUnknown() diag.Diagnostic {
	return newError(path.Empty(), "Replacement not known yet",
		"The role or the user will be known only after apply, so the provider cannot tell whether the same membership is created again. Apply "+
			"first without -replace, or use values that are known at plan time.")
}

// MoveUndone warns that the apply removes what an unfinished move has added.
func MoveUndone(begun []ownership.Member) diag.Diagnostic {
	return newWarning(path.Empty(), "Unfinished move is undone",
		"An earlier apply could not finish a move. The configuration does not want the move any more, so the apply removes what it has added:\n\n%s",
		lines(begun, func(m ownership.Member) string { return UserLabel("", m.UserUUID) + " in " + RoleLabel("", m.Role) }))
}

// UnsupportedStateVersion is the error that a moved block has a source with another schema version. object is "membership" or "role".
func UnsupportedStateVersion(object, address string, version int64) diag.Diagnostic {
	return newError(path.Empty(), "Unable to move resource", "The state of %s has schema version %d, which this provider cannot read. Remove the moved "+
		"block. Then remove the old resource from the state with a removed block, and import the %s at the new address.", address, version, object)
}
