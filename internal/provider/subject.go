package provider

import (
	"cmp"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// A subject is what a message is about: its name in a sentence, and the attributes of this schema that are to blame when
// something is wrong with the role, the user or the organization. Empty paths blame nothing.
type subject struct {
	name                     string
	organizationID           string // UUID; "" while it is not known
	roleName                 string // "" while it is not known
	unclearAdvice            string // what to do if a write may have happened; "" for the advice about a create
	importPrefix             string // what an import id needs in front of the role: an organization and a slash, or nothing
	role, user, organization path.Path
}

// blames returns the attribute for one of the things that a subject is made of.
func (s subject) blames(what culprit) path.Path {
	switch what {
	case theRole:
		return s.role
	case theUser:
		return s.user
	case theOrganization:
		return s.organization
	case nobody:
	}
	return path.Empty()
}

// A culprit is what is to blame for a failure, whatever the attribute is called in the schema at hand.
type culprit int

const (
	nobody culprit = iota
	theRole
	theUser
	theOrganization
)

// theRoleOf is the subject of those who read a role that their role_id names.
func theRoleOf(ref posthog.RoleRef) subject {
	return subject{name: named(ref), organizationID: ref.OrganizationID, role: path.Root("role_id"), organization: atOrganization}
}

// named names a role of which only the ids are known.
func named(ref posthog.RoleRef) string {
	return fmt.Sprintf("role %s of organization %s", ref.ID, ref.OrganizationID)
}

// nameOf names a role that was read.
func nameOf(role *roster.Roster, ref posthog.RoleRef) string {
	return titled(role.Name, ref.ID) + " of organization " + ref.OrganizationID
}

// titled names a role by its name and id.
func titled(name, id string) string {
	if name == "" {
		return "role " + id
	}
	return fmt.Sprintf("role %s (%s)", name, id)
}

// person names a user by email and UUID, as far as they are known.
func person(email, uuid string) string {
	if email == "" || uuid == "" {
		return "user " + cmp.Or(email, uuid)
	}
	return fmt.Sprintf("%s (%s)", email, uuid)
}

// member names a member in a sentence.
func member(membership posthog.Membership) string {
	return person(membership.User.Email, membership.User.UUID)
}

// since says when a member joined, as the end of a clause.
func since(membership posthog.Membership) string {
	joined, err := time.Parse(time.RFC3339Nano, membership.JoinedAt)
	if err != nil {
		return ""
	}
	return ", joined " + joined.UTC().Format(time.DateOnly)
}
