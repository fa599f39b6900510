package posthog

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
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

// EachRoleMembership yields the memberships of a role as the server pages them, from offset on and limit in all (0 for no
// limit). It is the plain list: on servers before 2026 a row may come twice and another be missed across pages. It ends
// at the first error, which is an *InconsistentListError when the pages end before PostHog's own count is reached.
// RoleMemberships is the one to trust.
func (c *Client) EachRoleMembership(ctx context.Context, role RoleRef, limit, offset int) iter.Seq2[Membership, error] {
	return func(yield func(Membership, error) bool) {
		size := PageSize
		if limit > 0 {
			size = min(limit, PageSize)
		}
		request := Request{http.MethodGet, role.memberships()}
		yielded := 0
		for page, err := range pages(ctx, c, request, window{size, offset}, role.check) {
			if err != nil {
				yield(Membership{}, err)
				return
			}
			for _, membership := range page.results {
				if !yield(membership, nil) {
					return
				}
				if yielded++; yielded == limit {
					return
				}
			}
			if page.next == nil && offset+yielded < page.count {
				yield(Membership{}, &InconsistentListError{Request: request, Want: page.count - offset, Got: yielded, Reads: 1})
				return
			}
		}
	}
}

// RoleMemberships returns everybody in a role, ordered by JoinedAt and ID. A role that does not exist has no members:
// PostHog answers with an empty list for it. The errors are those of this package, an *InconsistentListError among them
// where the pages do not agree with PostHog's own count.
func (c *Client) RoleMemberships(ctx context.Context, role RoleRef) ([]Membership, error) {
	request := Request{http.MethodGet, role.memberships()}
	memberships, err := all(ctx, c, request, func(m Membership) string { return m.ID }, role.check)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(memberships, func(a, b Membership) int {
		return cmp.Or(compareTimes(a.JoinedAt, b.JoinedAt), strings.Compare(a.ID, b.ID))
	})
	return memberships, nil
}

// CreateRoleMembership puts a user in a role and returns the membership. It is tried again only after failures that are
// sure not to have put the user there; of others MayHaveHappened reports true.
func (c *Client) CreateRoleMembership(ctx context.Context, role RoleRef, userUUID string) (Membership, error) {
	request := Request{http.MethodPost, role.memberships()}
	body, err := c.do(ctx, request, nil, map[string]string{"user_uuid": userUUID}, http.StatusCreated)
	if err != nil {
		return Membership{}, err
	}
	return c.decodeCreated(request, role, userUUID, body)
}

// decodeCreated reads the answer to a create: the membership of the user in the role, and nothing else.
func (c *Client) decodeCreated(request Request, role RoleRef, userUUID string, body []byte) (Membership, error) {
	created := answer{http.StatusCreated, "application/json", body}
	var membership Membership
	if err := json.Unmarshal(body, &membership); err != nil {
		reason := notJSON(body)
		if json.Valid(body) {
			reason = "the membership is not in the expected shape (" + err.Error() + ")"
		}
		return Membership{}, c.unexpected(request, created, reason)
	}
	if err := role.check(&membership); err != nil {
		return Membership{}, c.unexpected(request, created, "the membership "+err.Error())
	}
	if membership.User.UUID != userUUID {
		return Membership{}, c.unexpected(request, created, "the membership is that of another user, "+membership.User.UUID)
	}
	return membership, nil
}

// DeleteRoleMembership takes a membership away. IsNotFound reports true of the error when the role has no such membership.
func (c *Client) DeleteRoleMembership(ctx context.Context, role RoleRef, id string) error {
	request := Request{http.MethodDelete, role.memberships() + url.PathEscape(id) + "/"}
	_, err := c.do(ctx, request, nil, nil, http.StatusNoContent)
	return err
}

// check says what keeps a decoded membership from being one of the role, and brings its ids to lower case.
func (r RoleRef) check(m *Membership) error {
	m.ID, m.RoleID, m.User.UUID = strings.ToLower(m.ID), strings.ToLower(m.RoleID), strings.ToLower(m.User.UUID)
	switch {
	case !IsUUID(m.ID):
		return errors.New("has no “id”")
	case m.RoleID != strings.ToLower(r.ID):
		if !IsUUID(m.RoleID) {
			return errors.New("has no “role_id”")
		}
		return fmt.Errorf("belongs to role %s", m.RoleID)
	case !IsUUID(m.User.UUID):
		return errors.New("has no “user.uuid”")
	case m.User.Email == "":
		return errors.New("has no “user.email”")
	}
	for name, value := range map[string]string{"joined_at": m.JoinedAt, "updated_at": m.UpdatedAt} {
		if _, err := time.Parse(time.RFC3339Nano, value); err != nil {
			return fmt.Errorf("has a “%s” that is no time", name)
		}
	}
	if m.OrganizationMember != nil && m.OrganizationMember.ID == "" {
		return errors.New("has an “organization_member” without “id”")
	}
	if string(m.User.HedgehogConfig) == "null" {
		m.User.HedgehogConfig = nil
	}
	return nil
}

// compareTimes orders two times that check has read. As text they would not do: the fraction is dropped when it is zero.
func compareTimes(a, b string) int {
	left, _ := time.Parse(time.RFC3339Nano, a)
	right, _ := time.Parse(time.RFC3339Nano, b)
	return left.Compare(right)
}
