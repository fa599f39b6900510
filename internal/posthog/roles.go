package posthog

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// RoleDetails is a role as PostHog describes it. Its members are left out: RoleMemberships lists them.
type RoleDetails struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// IsDefault says that people who join the organization get the role.
	IsDefault bool `json:"is_default"`
}

func (d *RoleDetails) check() error {
	d.ID = strings.ToLower(d.ID)
	if !IsUUID(d.ID) {
		return errors.New("has no “id”")
	}
	return nil
}

// GetRole returns a role's details. IsNotFound reports true of the error when the organization has no such role; it is
// the only call that tells, as lists of a missing role are empty and creates answer 400.
func (c *Client) GetRole(ctx context.Context, role Role) (RoleDetails, error) {
	request := Request{http.MethodGet, role.path()}
	body, err := c.do(ctx, request, nil, nil, http.StatusOK)
	if err != nil {
		return RoleDetails{}, err
	}
	var details RoleDetails
	if err := json.Unmarshal(body, &details); err != nil || details.check() != nil || details.ID != strings.ToLower(role.ID) {
		return RoleDetails{}, c.unexpected(request, answer{http.StatusOK, "application/json", body}, "it is not that role")
	}
	return details, nil
}

// Roles returns every role of an organization, each once. It asks for no limit: older servers answer 500 to one.
func (c *Client) Roles(ctx context.Context, organizationID string) ([]RoleDetails, error) {
	request := Request{http.MethodGet, "/api/organizations/" + url.PathEscape(organizationID) + "/roles/"}
	id := func(d RoleDetails) string { return d.ID }
	return allWithoutLimit(ctx, c, request, id, (*RoleDetails).check)
}
