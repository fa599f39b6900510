package fakeposthog

import (
	"encoding/json"
	"time"
)

// The objects of PostHog's answers. A field with omitempty depends on the version of PostHog or on ExtraFields. Fields of the type
// any are omitted if they are nil, and null if they hold a nil pointer.
type (
	userObject struct {
		ID                 int             `json:"id"`
		UUID               string          `json:"uuid"`
		DistinctID         *string         `json:"distinct_id"`
		FirstName          string          `json:"first_name"`
		LastName           *string         `json:"last_name,omitempty"`
		Email              string          `json:"email"`
		IsEmailVerified    *bool           `json:"is_email_verified"`
		HedgehogConfig     json.RawMessage `json:"hedgehog_config"`
		RoleAtOrganization any             `json:"role_at_organization,omitempty"`
		Extra              json.RawMessage `json:"favourite_hedgehog,omitempty"`
	}

	memberObject struct {
		ID            string          `json:"id"`
		User          userObject      `json:"user"`
		Level         int             `json:"level"`
		JoinedAt      string          `json:"joined_at"`
		UpdatedAt     string          `json:"updated_at"`
		Is2FAEnabled  bool            `json:"is_2fa_enabled"`
		HasSocialAuth bool            `json:"has_social_auth"`
		LastLogin     json.RawMessage `json:"last_login,omitempty"`
		Extra         json.RawMessage `json:"badges,omitempty"`
	}

	membershipObject struct {
		ID                 string          `json:"id"`
		RoleID             string          `json:"role_id"`
		OrganizationMember any             `json:"organization_member,omitempty"`
		User               userObject      `json:"user"`
		JoinedAt           string          `json:"joined_at"`
		UpdatedAt          string          `json:"updated_at"`
		Extra              json.RawMessage `json:"expires_at,omitempty"`
	}

	roleObject struct {
		ID        string             `json:"id"`
		Name      string             `json:"name"`
		CreatedAt string             `json:"created_at"`
		CreatedBy *userObject        `json:"created_by"`
		Members   []membershipObject `json:"members"`
		IsDefault bool               `json:"is_default"`
		Extra     json.RawMessage    `json:"color,omitempty"`
	}

	organizationObject struct {
		ID              string          `json:"id"`
		Name            string          `json:"name"`
		Slug            string          `json:"slug"`
		LogoMediaID     *string         `json:"logo_media_id"`
		MembershipLevel int             `json:"membership_level"`
		IsActive        bool            `json:"is_active"`
		Extra           json.RawMessage `json:"plan,omitempty"`
	}
)

var null = json.RawMessage("null")

// timestamp formats a time as Django REST framework does: with microseconds, or without a fraction if it is zero.
func timestamp(t time.Time) string {
	if t.Nanosecond()/1000 == 0 {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// extra returns the value of an unknown field, or nil without ExtraFields.
func (c *config) extra(value string) json.RawMessage {
	if !c.extraFields {
		return nil
	}
	return json.RawMessage(value)
}

// nullable returns nil for an empty text, and for every text with NullFields.
func (c *config) nullable(text string) *string {
	if text == "" || c.nullFields {
		return nil
	}
	return &text
}

func (c *config) user(u *user) userObject {
	object := userObject{
		ID: u.ID, UUID: u.UUID, DistinctID: c.nullable(u.DistinctID), FirstName: u.FirstName, Email: u.Email,
		Extra: c.extra(`{"name":"Max","spikes":5000}`),
	}
	if !c.nullFields {
		object.IsEmailVerified = u.IsEmailVerified
	}
	if !c.nullFields && u.HedgehogConfig != "" {
		object.HedgehogConfig = json.RawMessage(u.HedgehogConfig)
	}
	if !c.oldFields {
		object.LastName = &u.LastName
		object.RoleAtOrganization = c.nullable(u.RoleAtOrganization)
	}
	return object
}

// member returns a member of an organization without last_login. Only lists of members have last_login.
func (c *config) member(m *member) memberObject {
	return memberObject{
		ID: m.id, User: c.user(m.user), Level: m.level, JoinedAt: timestamp(m.joinedAt), UpdatedAt: timestamp(m.updatedAt),
		Extra: c.extra(`["early hog"]`),
	}
}

// membership returns a membership. roleID is a parameter because the answer to a POST has the role's id as in the URL.
func (c *config) membership(row *membership, roleID string) membershipObject {
	object := membershipObject{
		ID: row.id, RoleID: roleID, User: c.user(row.user), JoinedAt: timestamp(row.joinedAt), UpdatedAt: timestamp(row.updatedAt),
		Extra: c.extra("null"),
	}
	switch {
	case c.oldFields:
	case c.nullFields:
		object.OrganizationMember = null
	default:
		object.OrganizationMember = c.member(row.member)
	}
	return object
}

func (c *config) organization(m *member) organizationObject {
	return organizationObject{
		ID: m.org.id, Name: m.org.name, Slug: m.org.slug, MembershipLevel: m.level, IsActive: m.org.active,
		Extra: c.extra(`"hedgehog"`),
	}
}

// roleObject returns a role with the members that the key may see. No version of PostHog orders the members.
func (c *call) roleObject(r *role) roleObject {
	config := &c.server.config
	object := roleObject{
		ID: r.id, Name: r.name, CreatedAt: timestamp(r.createdAt), Members: []membershipObject{}, IsDefault: r.org.defaultRole == r,
		Extra: config.extra(`"#f54e00"`),
	}
	if r.createdBy != nil && !config.nullFields && c.canSee(r.createdBy) {
		createdBy := config.user(r.createdBy)
		object.CreatedBy = &createdBy
	}
	rows := c.visibleRows(r)
	for _, i := range c.server.pages.rand.Perm(len(rows)) {
		object.Members = append(object.Members, config.membership(rows[i], r.id))
	}
	return object
}

// canSee reports whether the key may see a user. Only keys of members below admin are restricted.
func (c *call) canSee(u *user) bool {
	return c.member == nil || c.member.level >= LevelAdmin || c.member.org.visible == nil || c.member.org.visible[u.UUID]
}

func (c *call) canSeeRow(row *membership) bool { return !row.hidden && c.canSee(row.user) }

func (c *call) visibleRows(r *role) []*membership {
	var visible []*membership
	for _, row := range r.rows {
		if c.canSeeRow(row) {
			visible = append(visible, row)
		}
	}
	return visible
}
