package posthog

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// CurrentOrganization replaces an organization's id in a request. It is the organization that the key's owner last opened in
// the web app (posthog/api/routing.py).
const CurrentOrganization = "@current"

// LevelAdmin is the lowest level that can see all members of an organization and change the members of its roles
// (posthog/models/organization.py).
const LevelAdmin = 8

// An Organization is an organization of the key's owner.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
	// MembershipLevel is the level of the key's owner: 1 for a member, LevelAdmin for an admin, 15 for an owner. It may be nil.
	MembershipLevel *int64 `json:"membership_level"`
}

func organizationPath(id string) string { return "/api/organizations/" + url.PathEscape(id) + "/" }

// Organization returns an organization by its UUID or CurrentOrganization. The reason of the error is
// ReasonOrganizationNotFound or ReasonNotFound if it does not exist, and ReasonNotInside if the key's owner is not in it.
func (c *Client) Organization(ctx context.Context, id string) (Organization, error) {
	request := Request{http.MethodGet, organizationPath(id)}
	return doBuffered(ctx, c, apiCall{Request: request, wantStatus: http.StatusOK}, func(resp response) (Organization, error) {
		var organization Organization
		if err := json.Unmarshal(resp.body, &organization); err != nil {
			return Organization{}, c.decodeError(request, resp, "organization", err)
		}
		if err := organization.validate(); err != nil {
			return Organization{}, c.unexpectedError(request, resp, "the organization "+err.Error())
		}
		if requested := strings.ToLower(id); IsUUID(requested) && organization.ID != requested {
			return Organization{}, c.unexpectedError(request, resp, "the organization is another one, "+organization.ID)
		}
		return organization, nil
	})
}

// Organizations returns the organizations of the key's owner that the key can access, without duplicates and in PostHog's
// order.
func (c *Client) Organizations(ctx context.Context) ([]Organization, error) {
	list := lister[Organization]{
		client: c, request: Request{http.MethodGet, "/api/organizations/"},
		itemID: func(o *Organization) string { return o.ID }, validate: (*Organization).validate,
	}
	organizations, _, err := list.read(ctx, 0, 0)
	return organizations, err
}

func (o *Organization) validate() error { return normalizeID(&o.ID) }
