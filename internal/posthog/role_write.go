package posthog

import (
	"context"
	"net/http"
)

// CreateRole creates a role and returns it. It is retried only if the role was certainly not created. If the role may have
// been created, MayHaveHappened reports true for the error. PostHog answers 500 if another client creates a role with the
// same name at the same time (ee/api/rbac/role.py). The reason of the error is ReasonNameTaken or ReasonInvalidName if
// PostHog refuses the name.
//
// Servers before mid-2026 create the role in the organization that the key's owner has open, whatever the URL has
// (ee/api/rbac/role.py).
func (c *Client) CreateRole(ctx context.Context, organizationID, name string) (Role, error) {
	return c.writeRole(ctx, Request{http.MethodPost, rolesPath(organizationID)}, "", name, http.StatusCreated)
}

// UpdateRole renames a role and returns it with its members. It is retried only if the role was certainly not renamed. PostHog
// needs about 9 s for a role of 1,000 members, so that a request can time out and still rename the role. The reason of the
// error is ReasonNotFound if the organization has no such role, and ReasonNameTaken or ReasonInvalidName if PostHog refuses
// the name.
func (c *Client) UpdateRole(ctx context.Context, ref RoleRef, name string) (Role, error) {
	return c.writeRole(ctx, Request{http.MethodPatch, ref.path()}, ref.ID, name, http.StatusOK)
}

// writeRole sends the name of a role and returns the role of the response. It fails if that is another role or has another
// name.
func (c *Client) writeRole(ctx context.Context, request Request, id, name string, wantStatus int) (Role, error) {
	call := apiCall{Request: request, body: map[string]string{"name": name}, wantStatus: wantStatus, isVerified: true}
	return doBuffered(ctx, c, call, func(resp response) (Role, error) {
		role, err := c.decodeRole(request, id, resp)
		if err != nil {
			return Role{}, err
		}
		if role.Name != name {
			return Role{}, c.unexpectedError(request, resp, "the role has another name")
		}
		return role, nil
	})
}

// DeleteRole deletes a role with its memberships and access controls. It is retried only if the role was certainly not
// deleted. The reason of the error is ReasonNotFound if the organization has no such role.
func (c *Client) DeleteRole(ctx context.Context, ref RoleRef) error {
	return c.do(ctx, apiCall{
		Request: Request{http.MethodDelete, ref.path()}, wantStatus: http.StatusNoContent, isVerified: true,
		decode: func(response, *limitedBody) error { return nil },
	})
}
