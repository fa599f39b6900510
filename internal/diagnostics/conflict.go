package diagnostics

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// removeMembershipBlock removes a membership from the state and does not destroy it.
const removeMembershipBlock = "  removed {\n    from = posthog_role_membership.example\n    lifecycle {\n      destroy = false\n    }\n  }"

// Conflict is the error about two resources that cannot both be applied. where is the attribute of a membership's user; it is empty for
// role members. The advice is given once for each role, and once for each kind of conflict about memberships, because a thousand renamed
// keys are a thousand conflicts.
func (m *Messages) Conflict(kind ownership.Conflict, where path.Path, ref posthog.RoleRef, user, role string) diag.Diagnostic {
	full, isAboutRole := conflict(kind, where, user, role)
	key := reportKey{message: full.summary}
	if isAboutRole {
		key.role = ref
	}
	if m.isRepeat(key) {
		shown := "the fix"
		if kind == ownership.Moved {
			shown = "the moved block"
		}
		return newError(full.where, full.summary, "%s Another error of this run shows %s.", full.problem, shown)
	}
	return newError(full.where, full.summary, "%s %s", full.problem, full.advice)
}

// A conflictMessage is a message whose repeats have no advice.
type conflictMessage struct {
	where                    path.Path
	summary, problem, advice string
}

func conflict(kind ownership.Conflict, where path.Path, user, role string) (message conflictMessage, isAboutRole bool) {
	switch kind {
	case ownership.DeclaredTwice:
		return membershipDeclaredTwice(where, user, role), false
	case ownership.Moved:
		return membershipMoved(where, user, role), false
	case ownership.DestroyedElsewhere:
		return membershipDestroyedElsewhere(where, user, role), false
	case ownership.RoleAndMembership:
		return bothKindsDeclared(where, role), true
	case ownership.RoleDeclaredTwice:
		return roleMembersDeclaredTwice(where, role), true
	case ownership.RoleMoved:
		return roleMembersMoved(where, role), true
	case ownership.MembershipsDestroyed:
		return membershipsDestroyed(where, role), true
	case ownership.RoleDestroyed:
		return roleMembersDestroyed(where, role), true
	case ownership.NoConflict:
	}
	panic("unknown conflict")
}

func membershipDeclaredTwice(where path.Path, user, role string) conflictMessage {
	return conflictMessage{where, "Membership declared twice", "Two resources declare the membership of " + user + " in " + role + ".", adviceDeclaredTwice}
}

func membershipMoved(where path.Path, user, role string) conflictMessage {
	return conflictMessage{
		where, "Membership moves to another address",
		"The membership of " + user + " in " + role + " is removed at one address and declared at another.",
		"Terraform may run the create and the destroy in any order, so the user could lose the role. If the resource has another name, key or module now, add a " +
			"moved block:\n\n" +
			"  moved {\n    from = posthog_role_membership.example[\"old\"]\n    to   = posthog_role_membership.example[\"new\"]\n  }\n\n" +
			"A moved block is impossible if two addresses swap, if a count shifts, or if the new address has a membership already. Then use " +
			"for_each with a key that stays, such as the user, or rename the resources in the state through a third name:\n\n" +
			"  terraform state mv posthog_role_membership.a posthog_role_membership.temporary\n" +
			"  terraform state mv posthog_role_membership.b posthog_role_membership.a\n" +
			"  terraform state mv posthog_role_membership.temporary posthog_role_membership.b\n\n" +
			"If create_before_destroy has failed, remove the resource from the state (terraform state rm) and import it again.",
	}
}

func membershipDestroyedElsewhere(where path.Path, user, role string) conflictMessage {
	return conflictMessage{
		where, "Membership managed by two resources",
		"Two resources manage the membership of " + user + " in " + role + ", and one of them would be destroyed, which removes the user.",
		"Remove that one from the state instead of destroying it:\n\n" + removeMembershipBlock + "\n\n" +
			"A removed block has no index or key. For a resource with count or for_each, or after a failed create_before_destroy, use terraform " +
			"state rm. Then import the memberships that should stay.",
	}
}

func bothKindsDeclared(where path.Path, role string) conflictMessage {
	return conflictMessage{
		where, "Role managed by two kinds of resource",
		capitalize(role) + " has both posthog_role_members and posthog_role_membership in this configuration.",
		"posthog_role_members manages all members of a role. Do not use it together with posthog_role_membership for the same role. " +
			"To change from one to the other, list all users in one kind of resource and remove the other kind from the state:\n\n" + removeMembershipBlock,
	}
}

func roleMembersDeclaredTwice(where path.Path, role string) conflictMessage {
	return conflictMessage{
		where, "Role members declared twice",
		"Two posthog_role_members of this configuration manage " + role + ".",
		"Keep one of the two, because each removes the users of the other. If both are in the state, first remove one from the state, with " +
			"terraform state rm or a removed block with destroy = false.",
	}
}

func roleMembersMoved(where path.Path, role string) conflictMessage {
	return conflictMessage{
		where, "Role members move to another address",
		"One posthog_role_members of " + role + " is destroyed or moves to another role, and another posthog_role_members declares this role.",
		"The first one would remove the users that the second one declares. If the resource has another name, key or module now, add a moved block:\n\n" +
			"  moved {\n    from = posthog_role_members.old\n    to   = posthog_role_members.new\n  }\n\n" +
			"If two resources swap their roles, rename them in the state through a third name (terraform state mv).",
	}
}

func membershipsDestroyed(where path.Path, role string) conflictMessage {
	return conflictMessage{
		where, "Destroying posthog_role_membership would remove users",
		capitalize(role) + " is managed by posthog_role_members, and posthog_role_membership resources of the same role are destroyed, which removes users.",
		"Remove the posthog_role_membership resources from the state instead of destroying them:\n\n" + removeMembershipBlock + "\n\n" +
			"Then posthog_role_members keeps the users in `users` and removes all others. If a posthog_role_membership moves to another role, apply the " +
			"move first.",
	}
}

func roleMembersDestroyed(where path.Path, role string) conflictMessage {
	return conflictMessage{
		where, "Destroying posthog_role_members would remove users",
		"A posthog_role_members of " + role + " is destroyed, which removes all its users, and posthog_role_membership resources declare some of them.",
		"Remove posthog_role_members from the state instead, and import the memberships. Then no user loses access:\n\n" +
			"  removed {\n    from = posthog_role_members.example\n    lifecycle {\n      destroy = false\n    }\n  }\n\n" +
			"  import {\n    to = posthog_role_membership.example[\"alice@example.com\"]\n    id = \"Engineering/alice@example.com\"\n  }",
	}
}
