package roster

import (
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// index finds the members of a role or an organization by user. The zero value is empty.
type index[M any] struct {
	members []M
	byUUID  map[string]int   // positions in members
	byEmail map[string][]int // positions in members; keys are in lower case
}

// newIndex indexes members. If a user is listed twice, ByUUID finds the first entry.
func newIndex[M any](members []M, userOf func(M) posthog.User) index[M] {
	x := index[M]{members: members, byUUID: make(map[string]int, len(members)), byEmail: make(map[string][]int, len(members))}
	for i, member := range members {
		user := userOf(member)
		if _, ok := x.byUUID[user.UUID]; !ok {
			x.byUUID[user.UUID] = i
		}
		email := strings.ToLower(user.Email)
		x.byEmail[email] = append(x.byEmail[email], i)
	}
	return x
}

// ByUUID returns the member with a user UUID.
func (x index[M]) ByUUID(userUUID string) (member M, found bool) {
	i, found := x.byUUID[userUUID]
	if !found {
		return member, false
	}
	return x.members[i], true
}

// ByEmail returns all members with an email. It ignores case, so that more than one member can match.
func (x index[M]) ByEmail(email string) []M {
	var members []M
	for _, i := range x.byEmail[strings.ToLower(email)] {
		members = append(members, x.members[i])
	}
	return members
}
