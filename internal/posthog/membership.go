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
	"time"
)

// A Membership is one user in one role.
type Membership struct {
	// ID is the membership's UUID. It changes when the user is removed and added again.
	ID string `json:"id"`
	// RoleID is the role's UUID in lower case.
	RoleID string `json:"role_id"`
	User   User   `json:"user"`
	// OrganizationMember may be nil. Older servers do not have it.
	OrganizationMember *OrganizationMember `json:"organization_member"`
	// JoinedAt and UpdatedAt are RFC 3339 times in UTC, in PostHog's spelling: with microseconds, or none if they are zero.
	JoinedAt  string `json:"joined_at"`
	UpdatedAt string `json:"updated_at"`
}

// RoleMemberships returns up to limit memberships of a role (0 for all) from offset on, and the count of all. They are
// without duplicates and ordered by JoinedAt and ID. limit and offset refer to PostHog's order. Servers before 2026 have
// no fixed order. For a role that does not exist, PostHog returns an empty list. The error is an *InconsistentListError if
// the pages do not match PostHog's count.
func (c *Client) RoleMemberships(ctx context.Context, ref RoleRef, limit, offset int) (memberships []Membership, total int, err error) {
	list := lister[Membership]{
		client: c, request: Request{http.MethodGet, ref.membershipsPath()}, pageSize: PageSize,
		itemID: func(m *Membership) string { return m.ID }, validate: ref.validate,
	}
	memberships, total, err = list.read(ctx, limit, offset)
	if err != nil {
		return nil, 0, err
	}
	slices.SortStableFunc(memberships, compareMemberships)
	return memberships, total, nil
}

// CreateRoleMembership adds a user to a role and returns the membership. It is retried only if the user was certainly not
// added. If the user may have been added, MayHaveHappened reports true for the error.
func (c *Client) CreateRoleMembership(ctx context.Context, ref RoleRef, userUUID string) (Membership, error) {
	request := Request{http.MethodPost, ref.membershipsPath()}
	call := apiCall{Request: request, body: map[string]string{"user_uuid": userUUID}, wantStatus: http.StatusCreated, isVerified: true}
	return doBuffered(ctx, c, call, func(resp response) (Membership, error) {
		return c.decodeCreated(request, ref, userUUID, resp)
	})
}

// decodeCreated decodes a created membership. It fails if the membership is for another user or role.
func (c *Client) decodeCreated(request Request, ref RoleRef, userUUID string, resp response) (Membership, error) {
	var membership Membership
	if err := json.Unmarshal(resp.body, &membership); err != nil {
		return Membership{}, c.decodeError(request, resp, "membership", err)
	}
	if err := ref.validate(&membership); err != nil {
		return Membership{}, c.unexpectedError(request, resp, "the membership "+err.Error())
	}
	if membership.User.UUID != userUUID {
		return Membership{}, c.unexpectedError(request, resp, "the membership is that of another user, "+membership.User.UUID)
	}
	return membership, nil
}

// DeleteRoleMembership deletes a membership. It is retried after all transient errors. The reason of the error is
// ReasonNotFound if the role has no such membership. A retry also returns it if an earlier attempt deleted the membership.
func (c *Client) DeleteRoleMembership(ctx context.Context, ref RoleRef, id string) error {
	request := Request{http.MethodDelete, ref.membershipsPath() + url.PathEscape(id) + "/"}
	return c.do(ctx, apiCall{Request: request, wantStatus: http.StatusNoContent, decode: func(response, *limitedBody) error { return nil }})
}

// validate normalizes a decoded membership and returns an error if it is not one of the role.
func (r RoleRef) validate(m *Membership) error {
	if err := normalizeID(&m.ID); err != nil {
		return err
	}
	m.RoleID = strings.ToLower(m.RoleID)
	switch {
	case m.RoleID == strings.ToLower(r.ID):
	case !IsUUID(m.RoleID): // It may be a secret, such as the key.
		return errors.New("has no “role_id”")
	default:
		return fmt.Errorf("belongs to role %s", m.RoleID)
	}
	if err := m.User.validate(); err != nil {
		return err
	}
	for name, value := range map[string]string{"joined_at": m.JoinedAt, "updated_at": m.UpdatedAt} {
		if _, err := time.Parse(time.RFC3339Nano, value); err != nil {
			return fmt.Errorf("has a “%s” that is no time", name)
		}
	}
	if m.OrganizationMember != nil && m.OrganizationMember.ID == "" {
		return errors.New("has an “organization_member” without “id”")
	}
	return nil
}

// compareMemberships orders valid memberships by JoinedAt, then by ID. The times are parsed, because PostHog drops a
// fraction of zero.
func compareMemberships(a, b Membership) int {
	joinedA, _ := time.Parse(time.RFC3339Nano, a.JoinedAt)
	joinedB, _ := time.Parse(time.RFC3339Nano, b.JoinedAt)
	return cmp.Or(joinedA.Compare(joinedB), strings.Compare(a.ID, b.ID))
}
