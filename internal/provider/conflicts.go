package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A conflictText is what a conflict says: what is wrong, and what to write instead.
type conflictText struct{ summary, problem, advice string }

// membershipConflicts are about one membership, which the problem names.
var membershipConflicts = map[ownership.Conflict]conflictText{
	ownership.DeclaredTwice:      {summaryTwice, "Two resources declare the membership of %s in %s.", adviceTwice},
	ownership.Moved:              {summaryMoved, "The membership of %s in %s is removed at one address and declared at another.", adviceMoved},
	ownership.DestroyedElsewhere: {summaryLeftOver, "Two resources manage the membership of %s in %s, and one of them would be destroyed, which removes the user.", adviceLeftOver},
}

// roleConflicts are about one role, which the problem names.
var roleConflicts = map[ownership.Conflict]conflictText{
	ownership.RoleAndMembership:    {summaryMixed, "%s has both a posthog_role_members and a posthog_role_membership in this configuration.", adviceMixed},
	ownership.RoleDeclaredTwice:    {summaryWholeTwice, "Two posthog_role_members of this configuration manage %s.", adviceWholeTwice},
	ownership.RoleMoved:            {summaryWholeMoved, "a posthog_role_members of %s is destroyed at one address, or moves, and another one declares the role.", adviceWholeMoved},
	ownership.MembershipsDestroyed: {summaryIntoWhole, "%s is managed by posthog_role_members, and posthog_role_membership resources of it are destroyed, which removes users.", adviceIntoWhole},
	ownership.RoleDestroyed:        {summaryOutOfWhole, "a posthog_role_members of %s is destroyed, which removes all its users, and posthog_role_membership resources declare some of them.", adviceOutOfWhole},
}

// conflict is the error about two resources that cannot both be applied. The advice is given once for each role, and once for each kind
// of conflict about memberships: a thousand renamed keys are a thousand conflicts.
func (c *configured) conflict(kind ownership.Conflict, where path.Path, ref posthog.RoleRef, user, role string) diag.Diagnostic {
	text, ok := roleConflicts[kind]
	key, problem := text.summary+recorded(ref), capital(fmt.Sprintf(text.problem, role))
	if !ok {
		text = membershipConflicts[kind]
		key, problem = text.summary, fmt.Sprintf(text.problem, user, role)
	}
	if _, reported := c.told.LoadOrStore(key, true); reported {
		return at(where, text.summary, problem)
	}
	return at(where, text.summary, problem+" "+text.advice)
}
