// Package ownership records what the resources of one process do with memberships: which resource declares, releases or holds
// each of them.
//
// Plan detects conflicts between resources while Terraform plans. Claims protects memberships during the apply, where some
// conflicts show for the first time.
package ownership

import (
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A Member is a user in a role, present or not. All its ids are UUIDs in lower case.
type Member struct {
	Role     posthog.RoleRef
	UserUUID string
}

// String returns organization/role/user, the form in which private state stores a member.
func (m Member) String() string {
	return m.Role.OrganizationID + "/" + m.Role.ID + "/" + m.UserUUID
}

// ParseMember reads the form that String writes. ok is false for any other text.
func ParseMember(text string) (m Member, ok bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return Member{}, false
	}
	return Member{posthog.RoleRef{OrganizationID: parts[0], ID: parts[1]}, parts[2]}, true
}
