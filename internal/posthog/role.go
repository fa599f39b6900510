package posthog

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A RoleRef names a role within its organization.
type RoleRef struct {
	// OrganizationID is the organization's UUID or CurrentOrganization.
	OrganizationID string
	// ID is the role's UUID.
	ID string
}

func rolesPath(organizationID string) string { return organizationPath(organizationID) + "roles/" }

func (r RoleRef) path() string { return rolesPath(r.OrganizationID) + url.PathEscape(r.ID) + "/" }

func (r RoleRef) membershipsPath() string { return r.path() + "role_memberships/" }

// A Role is a role as PostHog tells of it.
type Role struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// CreatedAt is RFC 3339 in UTC, as PostHog wrote it.
	CreatedAt string `json:"created_at"`
	// CreatedBy is nil for roles made through the API, and where the key may not see who it was.
	CreatedBy *User `json:"created_by"`
	// IsDefault says that people who join the organization get the role.
	IsDefault bool `json:"is_default"`
	// MemberCount is how many members the key may see.
	MemberCount int `json:"-"`
	// Members is who they are, ordered by JoinedAt and ID. Only Client.Role fills it in.
	Members []Membership `json:"-"`
}

// Role returns a role and everybody in it, from one answer, so that nobody is lost between two pages. The reason of the
// error is ReasonNotFound when the organization has no such role, and ReasonEndpointNotFound when the id has a dot in it.
// Servers whose answer has no members are asked for the list of memberships too, with the errors of RoleMemberships.
func (c *Client) Role(ctx context.Context, ref RoleRef) (Role, error) {
	request := Request{http.MethodGet, ref.path()}
	var role Role
	err := c.do(ctx, apiCall{Request: request, wantStatus: http.StatusOK, decode: buffered(func(resp response) (err error) {
		role, err = c.decodeRole(request, ref, resp)
		return err
	})})
	if err != nil {
		return Role{}, err
	}
	if role.Members == nil {
		role.Members, role.MemberCount, err = c.RoleMemberships(ctx, ref, 0, 0)
		if err != nil {
			return Role{}, err
		}
	}
	return role, nil
}

// decodeRole reads the answer to a request for a role: that role and its members, and nothing else. Members is nil where
// the answer does not tell.
func (c *Client) decodeRole(request Request, ref RoleRef, resp response) (Role, error) {
	var decoded struct {
		Role
		Members *[]*Membership `json:"members"`
	}
	if err := json.Unmarshal(resp.body, &decoded); err != nil {
		return Role{}, c.decodeError(request, resp, "role", err)
	}
	role := decoded.Role
	if err := role.validate(); err != nil {
		return Role{}, c.unexpectedError(request, resp, "the role "+err.Error())
	}
	if role.ID != strings.ToLower(ref.ID) {
		return Role{}, c.unexpectedError(request, resp, "the role is another one, "+role.ID)
	}
	if decoded.Members == nil {
		return role, nil
	}
	role.MemberCount = len(*decoded.Members)
	role.Members = make([]Membership, 0, role.MemberCount)
	for i, member := range *decoded.Members {
		if member == nil {
			return Role{}, c.unexpectedError(request, resp, fmt.Sprintf("member %d of the role is null", i))
		}
		if err := ref.validate(member); err != nil {
			return Role{}, c.unexpectedError(request, resp, fmt.Sprintf("member %d of the role %v", i, err))
		}
		role.Members = append(role.Members, *member)
	}
	slices.SortStableFunc(role.Members, compareMemberships)
	return role, nil
}

// listedRole is a role in a list. Its members are counted and not kept: all members of all roles may be more than fits.
type listedRole struct {
	Role
	Members []struct{} `json:"members"`
}

// Roles returns every role of an organization, each once, without Members, by name without regard to case. It asks for no
// limit, as older servers answer 500 to one, unless the pages disagree with PostHog's count. The errors are those of this
// package, an *InconsistentListError among them where nothing makes them agree.
func (c *Client) Roles(ctx context.Context, organizationID string) ([]Role, error) {
	list := lister[listedRole]{
		client: c, request: Request{http.MethodGet, rolesPath(organizationID)},
		itemID: func(r *listedRole) string { return r.ID }, validate: func(r *listedRole) error { return r.validate() },
	}
	listed, _, err := list.read(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	roles := make([]Role, 0, len(listed))
	for _, role := range listed {
		role.MemberCount = len(role.Members)
		roles = append(roles, role.Role)
	}
	slices.SortFunc(roles, func(a, b Role) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return roles, nil
}

// validate says what keeps a decoded role from being one, and brings its id to lower case.
func (r *Role) validate() error {
	r.ID = strings.ToLower(r.ID)
	if !IsUUID(r.ID) {
		return errors.New("has no “id”")
	}
	return nil
}
