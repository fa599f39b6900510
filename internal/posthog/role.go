package posthog

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A RoleRef identifies a role.
type RoleRef struct {
	// OrganizationID is a UUID or CurrentOrganization.
	OrganizationID string
	// ID is a UUID.
	ID string
}

func rolesPath(organizationID string) string { return organizationPath(organizationID) + "roles/" }

func (r RoleRef) path() string { return rolesPath(r.OrganizationID) + url.PathEscape(r.ID) + "/" }

func (r RoleRef) membershipsPath() string { return r.path() + "role_memberships/" }

// A Role is a role. Client.Role returns it with its members, Client.Roles without.
type Role struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// CreatedAt is an RFC 3339 time in UTC, in PostHog's spelling.
	CreatedAt string `json:"created_at"`
	// CreatedBy is nil for roles created through the API, and if the key may not see the user.
	CreatedBy *User `json:"created_by"`
	// IsDefault reports whether new organization members are added to the role.
	IsDefault bool `json:"is_default"`
	// MemberCount is the number of members that the key may see.
	MemberCount int `json:"-"`
	// Members are these members, ordered by JoinedAt and ID.
	Members []Membership `json:"-"`
}

// Role returns a role and all its members from one response, so that no member is lost between two pages. If the response
// has no members, they are read by RoleMemberships. The reason of the error is ReasonNotFound if the organization has no
// such role, and ReasonEndpointNotFound if the id contains a dot.
func (c *Client) Role(ctx context.Context, ref RoleRef) (Role, error) {
	request := Request{http.MethodGet, ref.path()}
	role, err := doBuffered(ctx, c, apiCall{Request: request, wantStatus: http.StatusOK}, func(resp response) (Role, error) {
		return c.decodeRole(request, ref.ID, resp)
	})
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

// decodeRole decodes the role and its members. It fails if the response is another role. The id is "" for any role. Members is nil
// if the response has none.
func (c *Client) decodeRole(request Request, id string, resp response) (Role, error) {
	var decoded struct {
		Role
		Members *[]*Membership `json:"members"`
	}
	if err := json.Unmarshal(resp.body, &decoded); err != nil {
		return Role{}, c.decodeError(request, resp, "role", err)
	}
	role := decoded.Role
	if err := normalizeID(&role.ID); err != nil {
		return Role{}, c.unexpectedError(request, resp, "the role "+err.Error())
	}
	if id != "" && role.ID != strings.ToLower(id) {
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
		if err := (RoleRef{ID: role.ID}).validate(member); err != nil {
			return Role{}, c.unexpectedError(request, resp, fmt.Sprintf("member %d of the role %v", i, err))
		}
		role.Members = append(role.Members, *member)
	}
	slices.SortStableFunc(role.Members, compareMemberships)
	return role, nil
}

// listedRole is a role in a list. Its members are only counted, because all members of all roles may not fit in memory.
type listedRole struct {
	Role
	Members []struct{} `json:"members"`
}

// Roles returns all roles of an organization without Members, ordered by name without regard to case. The first request
// has no limit, because older servers reject it. It returns a *TruncatedRolesError if such a server has more roles than it
// lists, and an *InconsistentListError if the pages do not match PostHog's count.
func (c *Client) Roles(ctx context.Context, organizationID string) ([]Role, error) {
	return c.listRoles(ctx, organizationID, nil)
}

// RolesNamed returns the roles with a name, without Members. Case does not matter. It also works on servers before mid-2026
// with more roles than they list, because these servers filter the list by name. Newer servers ignore the filter.
func (c *Client) RolesNamed(ctx context.Context, organizationID, name string) ([]Role, error) {
	roles, err := c.listRoles(ctx, organizationID, url.Values{"name__iexact": {name}})
	return slices.DeleteFunc(roles, func(role Role) bool { return !strings.EqualFold(role.Name, name) }), err
}

// listRoles returns the roles of an organization without Members, in the order of Roles.
func (c *Client) listRoles(ctx context.Context, organizationID string, filter url.Values) ([]Role, error) {
	list := lister[listedRole]{
		client: c, request: Request{http.MethodGet, rolesPath(organizationID)}, filter: filter,
		itemID: func(r *listedRole) string { return r.ID }, validate: func(r *listedRole) error { return normalizeID(&r.ID) },
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
