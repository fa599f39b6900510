package posthog

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// A RoleRef names a role within its organization.
type RoleRef struct {
	// OrganizationID is the organization's UUID or CurrentOrganization.
	OrganizationID string
	// ID is the role's UUID.
	ID string
}

func (r RoleRef) path() string {
	return "/api/organizations/" + url.PathEscape(r.OrganizationID) + "/roles/" + url.PathEscape(r.ID) + "/"
}

func (r RoleRef) memberships() string { return r.path() + "role_memberships/" }

// Role is a role as PostHog describes it. Its members are left out: RoleMemberships lists them.
type Role struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// IsDefault says that people who join the organization get the role.
	IsDefault bool `json:"is_default"`
}

func (d *Role) check() error {
	d.ID = strings.ToLower(d.ID)
	if !IsUUID(d.ID) {
		return errors.New("has no “id”")
	}
	return nil
}

// Role returns a role's details. IsNotFound reports true of the error when the organization has no such role; it is
// the only call that tells, as lists of a missing role are empty and creates answer 400.
func (c *Client) Role(ctx context.Context, role RoleRef) (Role, error) {
	request := Request{http.MethodGet, role.path()}
	body, err := c.do(ctx, request, nil, nil, http.StatusOK)
	if err != nil {
		return Role{}, err
	}
	var details Role
	if err := json.Unmarshal(body, &details); err != nil || details.check() != nil || details.ID != strings.ToLower(role.ID) {
		return Role{}, c.unexpected(request, answer{http.StatusOK, "application/json", body}, "it is not that role")
	}
	return details, nil
}

// Roles returns every role of an organization, each once. It asks for no limit: older servers answer 500 to one.
func (c *Client) Roles(ctx context.Context, organizationID string) ([]Role, error) {
	request := Request{http.MethodGet, "/api/organizations/" + url.PathEscape(organizationID) + "/roles/"}
	id := func(d Role) string { return d.ID }
	return allWithoutLimit(ctx, c, request, id, (*Role).check)
}
