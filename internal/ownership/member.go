// Package ownership records which resource of this process declares, releases or holds each membership. A resource is identified by
// its holder: a random ID in its private state, because Terraform does not give a provider the addresses of resources.
//
// Plan detects conflicts between resources while Terraform plans. Claims protects memberships during the apply, where conflicts can
// appear that the plan could not show.
package ownership

import (
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A Member is a user in a role, whether or not the membership exists. All its ids are UUIDs in lower case.
type Member struct {
	Role     posthog.RoleRef
	UserUUID string
}

// String returns organization/role/user, the format in private state.
func (m Member) String() string {
	return m.Role.OrganizationID + "/" + m.Role.ID + "/" + m.UserUUID
}

// ParseMember parses the format of String. ok is false for any other text.
func ParseMember(text string) (m Member, ok bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return Member{}, false
	}
	return Member{Role: posthog.RoleRef{OrganizationID: parts[0], ID: parts[1]}, UserUUID: parts[2]}, true
}
