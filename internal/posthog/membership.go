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
	// ID is the membership's UUID. Removing and adding the same user makes a new one.
	ID string `json:"id"`
	// RoleID is the role's UUID. The answer to a create repeats the spelling of the URL, lists have it in lower case.
	RoleID string `json:"role_id"`
	User   User   `json:"user"`
	// OrganizationMember is nil on older servers, and where PostHog says null.
	OrganizationMember *OrganizationMember `json:"organization_member"`
	// JoinedAt and UpdatedAt are RFC 3339 in UTC, as PostHog wrote them: microseconds, dropped when they are zero.
	JoinedAt  string `json:"joined_at"`
	UpdatedAt string `json:"updated_at"`
}

// RoleMemberships returns the memberships of a role from PostHog's list: limit of them (0 for all) from offset on, each once,
// ordered by JoinedAt and ID, and how many the role has in all. A role that does not exist has none: PostHog answers with an
// empty list for it. Which ones a limit or an offset selects is up to PostHog's order, which servers before 2026 do not have.
// The errors are those of this package, an *InconsistentListError among them where the pages do not agree with PostHog's own
// count.
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

// CreateRoleMembership puts a user in a role and returns the membership. It is tried again only after failures that are
// sure not to have put the user there; of others MayHaveHappened reports true.
func (c *Client) CreateRoleMembership(ctx context.Context, ref RoleRef, userUUID string) (Membership, error) {
	request := Request{http.MethodPost, ref.membershipsPath()}
	var created Membership
	err := c.do(ctx, apiCall{
		Request: request, body: map[string]string{"user_uuid": userUUID}, wantStatus: http.StatusCreated,
		decode: buffered(func(resp response) (err error) {
			created, err = c.decodeCreated(request, ref, userUUID, resp)
			return err
		}),
	})
	if err != nil {
		return Membership{}, err
	}
	return created, nil
}

// decodeCreated reads the answer to a create: the membership of the user in the role, and nothing else.
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

// DeleteRoleMembership takes a membership away. The reason of the error is ReasonNotFound when the role has no such
// membership. It is tried again after whatever may pass, so that this may be the answer to a second try after a first that
// did take it away.
func (c *Client) DeleteRoleMembership(ctx context.Context, ref RoleRef, id string) error {
	request := Request{http.MethodDelete, ref.membershipsPath() + url.PathEscape(id) + "/"}
	return c.do(ctx, apiCall{Request: request, wantStatus: http.StatusNoContent, decode: func(response, *limitedBody) error { return nil }})
}

// validate says what keeps a decoded membership from being one of the role, and brings its ids to lower case.
func (r RoleRef) validate(m *Membership) error {
	m.ID, m.RoleID = strings.ToLower(m.ID), strings.ToLower(m.RoleID)
	switch {
	case !IsUUID(m.ID):
		return errors.New("has no “id”")
	case m.RoleID != strings.ToLower(r.ID):
		if !IsUUID(m.RoleID) {
			return errors.New("has no “role_id”")
		}
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

// compareMemberships orders memberships by when they began, then by id.
func compareMemberships(a, b Membership) int {
	return cmp.Or(compareTimes(a.JoinedAt, b.JoinedAt), strings.Compare(a.ID, b.ID))
}

// compareTimes orders two times that check has read. As text they would not do: the fraction is dropped when it is zero.
func compareTimes(a, b string) int {
	left, _ := time.Parse(time.RFC3339Nano, a)
	right, _ := time.Parse(time.RFC3339Nano, b)
	return left.Compare(right)
}
