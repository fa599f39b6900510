package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// An importID is what an import id says: [organization_id/]role_id/MEMBER.
type importID struct {
	organizationID string // as it is written; empty for the provider's
	roleID         string // UUID or name
	member         string // the membership's UUID, the user's UUID, or the user's email
}

// String returns the id in the form in which it was written.
func (id importID) String() string {
	if id.organizationID == "" {
		return id.roleID + "/" + id.member
	}
	return id.organizationID + "/" + id.roleID + "/" + id.member
}

// organization returns the organization as it is written, null for the provider's.
func (id importID) organization() types.String {
	if id.organizationID == "" {
		return types.StringNull()
	}
	return types.StringValue(id.organizationID)
}

func (id importID) isEmail() bool { return strings.Contains(id.member, "@") }

// parseImportID reads an import id. The errors are sentences that say what is wrong and with which part.
func parseImportID(text string) (importID, error) {
	if text == "" {
		return importID{}, errEmpty
	}
	if text != strings.TrimSpace(text) {
		return importID{}, errSpaces
	}
	first, rest, found := strings.Cut(text, "/")
	if !found {
		return importID{}, errors.New("it has one part where two or three are needed")
	}
	id := importID{roleID: first, member: rest}
	// An email may hold a slash, so the second part counts as a role only when it looks like one.
	if second, member, more := strings.Cut(rest, "/"); more && (!strings.Contains(second, "@") || strings.Contains(member, "@")) {
		id = importID{organizationID: first, roleID: second, member: member}
		if err := checkOrganization(id.organizationID); err != nil {
			return importID{}, fmt.Errorf("the organization_id in it %w", err)
		}
	}
	if id.roleID == "" {
		return importID{}, errNoRole
	}
	if err := id.checkRole(); err != nil {
		return importID{}, err
	}
	if !id.isEmail() && !posthog.IsUUID(id.member) {
		if right, ok := respell(id.member); ok {
			return importID{}, fmt.Errorf("the member in it must be in lower case with hyphens: write %q instead of %q", right, id.member)
		}
		return importID{}, fmt.Errorf("the member in it, %q, is neither a UUID nor an email address", id.member)
	}
	if strings.ContainsAny(id.member, " \t\r\n") {
		return importID{}, fmt.Errorf("the member in it, %q, has spaces in it", id.member)
	}
	return id, nil
}

// What is wrong with an import id, as the end of a sentence.
var (
	errEmpty          = errors.New("it is empty")
	errSpaces         = errors.New("it has spaces around it")
	errNoRole         = errors.New("it names no role")
	errNoOrganization = errors.New("it begins with a slash")
	errManyParts      = errors.New("it has more than two parts")
)

// checkRole says what is wrong with the role in an import id.
func (id importID) checkRole() error {
	if right, ok := respell(id.roleID); ok && right != id.roleID {
		return fmt.Errorf("the role_id in it must be in lower case with hyphens: write %q instead of %q", right, id.roleID)
	}
	return nil
}

// among returns the members of a role that the id names: none, one, or all users whose emails differ in case only.
func (id importID) among(members []posthog.Membership) []posthog.Membership {
	var found []posthog.Membership
	for _, member := range members {
		if member.ID == id.member || member.User.UUID == id.member || id.isEmail() && strings.EqualFold(member.User.Email, id.member) {
			found = append(found, member)
		}
	}
	return preferExact(found, id.member, func(m posthog.Membership) string { return m.User.Email })
}
