package posthog

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// CurrentOrganization is the word PostHog takes in the place of an organization's id, for the organization that the key's
// owner last opened in the web app (posthog/api/routing.py).
const CurrentOrganization = "@current"

// LevelAdmin is the level in an organization from which on somebody sees all its members and may change who is in its roles
// (posthog/models/organization.py).
const LevelAdmin = 8

// An Organization is one that the key's owner is in.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
	// MembershipLevel is that of the key's owner: 1 for a member, LevelAdmin, or 15 for an owner. It is nil where PostHog says
	// null.
	MembershipLevel *int64 `json:"membership_level"`
}

func organizationPath(id string) string { return "/api/organizations/" + url.PathEscape(id) + "/" }

// Organization returns an organization by its UUID or CurrentOrganization. The reason of the error is
// ReasonOrganizationNotFound or ReasonNotFound when there is none, ReasonNotInside when the key's owner is not in it.
func (c *Client) Organization(ctx context.Context, id string) (Organization, error) {
	request := Request{http.MethodGet, organizationPath(id)}
	var organization Organization
	err := c.do(ctx, apiCall{Request: request, wantStatus: http.StatusOK, decode: buffered(func(resp response) error {
		organization = Organization{}
		if err := json.Unmarshal(resp.body, &organization); err != nil {
			return c.decodeError(request, resp, "organization", err)
		}
		if err := organization.validate(); err != nil {
			return c.unexpectedError(request, resp, "the organization "+err.Error())
		}
		if asked := strings.ToLower(id); IsUUID(asked) && organization.ID != asked {
			return c.unexpectedError(request, resp, "the organization is another one, "+organization.ID)
		}
		return nil
	})})
	if err != nil {
		return Organization{}, err
	}
	return organization, nil
}

// Organizations returns the organizations of the key's owner, as far as the key is good for them, each once and in
// PostHog's order. The errors are those of this package.
func (c *Client) Organizations(ctx context.Context) ([]Organization, error) {
	list := lister[Organization]{
		client: c, request: Request{http.MethodGet, "/api/organizations/"},
		itemID: func(o *Organization) string { return o.ID }, validate: (*Organization).validate,
	}
	organizations, _, err := list.read(ctx, 0, 0)
	return organizations, err
}

// validate says what keeps a decoded organization from being one, and brings its id to lower case.
func (o *Organization) validate() error {
	o.ID = strings.ToLower(o.ID)
	if !IsUUID(o.ID) {
		return errors.New("has no “id”")
	}
	return nil
}
