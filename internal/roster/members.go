package roster

import (
	"context"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// OrganizationMembers are one reading of who is in an organization, with an index. PostHog leaves out deactivated people and those whom
// the key may not see: not among them does not mean not in the organization. It is shared by all who asked: nobody may
// change it.
type OrganizationMembers struct {
	Members []posthog.Member
	// ListError is why PostHog does not tell this key who is there: a scope that it lacks. It is nil where PostHog tells.
	ListError error

	byUUID  map[string]int   // positions in Members
	byEmail map[string][]int // likewise, by email in lower case
}

func newPeople(members []posthog.Member) *OrganizationMembers {
	p := &OrganizationMembers{Members: members, byUUID: make(map[string]int, len(members)), byEmail: make(map[string][]int, len(members))}
	for i, member := range members {
		p.byUUID[member.User.UUID] = i
		email := strings.ToLower(member.User.Email)
		p.byEmail[email] = append(p.byEmail[email], i)
	}
	return p
}

// ByUUID returns the member who is a user, and whether there is one.
func (p *OrganizationMembers) ByUUID(userUUID string) (posthog.Member, bool) {
	i, ok := p.byUUID[userUUID]
	if !ok {
		return posthog.Member{}, false
	}
	return p.Members[i], true
}

// ByEmail returns the members with an email, compared without regard to case: none, one, or all who share it.
func (p *OrganizationMembers) ByEmail(email string) []posthog.Member {
	var found []posthog.Member
	for _, i := range p.byEmail[strings.ToLower(email)] {
		found = append(found, p.Members[i])
	}
	return found
}

// OrganizationMembers returns who is in an organization, as this process has first seen it: they are looked up for what a plan says, and
// the apply of a plan should say the same. The errors are those of posthog.Client.Members but for the one that the key lacks
// the scope, and of a caller whose context has ended.
func (r *Rosters) OrganizationMembers(ctx context.Context, organizationID string) (*OrganizationMembers, error) {
	people, _, err := r.people.latest(ctx, organizationID)
	return people, err
}

// peopleReader makes the refusal for want of a scope an answer that is kept like any other: a key without it is asked about
// once, and not for every user.
func peopleReader(read func(context.Context, string) ([]posthog.Member, error)) func(context.Context, string) (*OrganizationMembers, error) {
	return func(ctx context.Context, organizationID string) (*OrganizationMembers, error) {
		members, err := read(ctx, organizationID)
		switch {
		case posthog.ReasonOf(err) == posthog.ReasonMissingScope:
			return &OrganizationMembers{ListError: err}, nil
		case err != nil:
			return nil, err
		}
		return newPeople(members), nil
	}
}
