package fakeposthog

// representation writes objects as one version of PostHog shows them to one key.
type representation struct {
	encoder
	config   *config
	disorder *disorder
	visible  map[string]bool // UUIDs of the users the key may see; nil is everyone
}

func (e *representation) sees(u *user) bool { return e.visible == nil || e.visible[u.UUID] }

func (e *representation) seesRow(row *membership) bool {
	return !row.hidden && e.sees(row.user) && (e.visible == nil || !row.orphan)
}

// seen returns those of the rows that are listed to the key. It copies nothing when that is all of them.
func (e *representation) seen(r *role) []*membership {
	if r.hidden == 0 && e.visible == nil {
		return r.rows
	}
	var seen []*membership
	for _, row := range r.rows {
		if e.seesRow(row) {
			seen = append(seen, row)
		}
	}
	return seen
}

func (e *representation) user(u *user) {
	e.open()
	e.number("id", u.ID)
	e.plain("uuid", u.UUID)
	if e.config.nullFields {
		e.null("distinct_id")
	} else {
		e.text("distinct_id", u.DistinctID)
	}
	e.text("first_name", u.FirstName)
	if !e.config.oldFields {
		e.text("last_name", u.LastName)
	}
	e.text("email", u.Email)
	if e.config.nullFields || u.IsEmailVerified == nil {
		e.null("is_email_verified")
	} else {
		e.truth("is_email_verified", *u.IsEmailVerified)
	}
	if e.config.nullFields || u.HedgehogConfig == "" {
		e.null("hedgehog_config")
	} else {
		e.raw("hedgehog_config", u.HedgehogConfig)
	}
	if !e.config.oldFields {
		if e.config.nullFields {
			e.null("role_at_organization")
		} else {
			e.textOrNull("role_at_organization", u.RoleAtOrganization)
		}
	}
	if e.config.extraFields {
		e.raw("favourite_hedgehog", `{"name":"Max","spikes":5000}`)
	}
	e.close()
}

// member writes a member of an organization. Inside a membership last_login is absent: it is documented there, but the query
// behind it does not ask for it.
func (e *representation) member(m *member, withLastLogin bool) {
	e.open()
	e.plain("id", m.id)
	e.name("user")
	e.user(m.user)
	e.number("level", m.level)
	e.time("joined_at", m.joinedAt)
	e.time("updated_at", m.updatedAt)
	e.truth("is_2fa_enabled", false)
	e.truth("has_social_auth", false)
	switch {
	case !withLastLogin:
	case e.config.nullFields || m.user.lastLogin.IsZero():
		e.null("last_login")
	default:
		e.time("last_login", m.user.lastLogin)
	}
	if e.config.extraFields {
		e.raw("badges", `["early hog"]`)
	}
	e.close()
}

// membership writes a membership. The spelling of the role's id is the caller's: an answer to a POST echoes the URL.
func (e *representation) membership(row *membership, roleID string) {
	e.open()
	e.plain("id", row.id)
	e.text("role_id", roleID)
	if !e.config.oldFields {
		if e.config.nullFields || row.orphan {
			e.null("organization_member")
		} else {
			e.name("organization_member")
			e.member(row.member, false)
		}
	}
	e.name("user")
	e.user(row.user)
	e.time("joined_at", row.joinedAt)
	e.time("updated_at", row.updatedAt)
	if e.config.extraFields {
		e.null("expires_at")
	}
	e.close()
}

func (e *representation) role(r *role) {
	e.open()
	e.plain("id", r.id)
	e.text("name", r.name)
	e.time("created_at", r.createdAt)
	if e.config.nullFields || r.createdBy == nil || !e.sees(r.createdBy) {
		e.null("created_by")
	} else {
		e.name("created_by")
		e.user(r.createdBy)
	}
	rows := e.seen(r)
	order := e.disorder.rand.Perm(len(rows)) // no version orders them
	e.array("members", len(rows), func(i int) { e.membership(rows[order[i]], r.id) })
	e.truth("is_default", r.org.defaultRole == r)
	if e.config.extraFields {
		e.raw("color", `"#f54e00"`)
	}
	e.close()
}

func (e *representation) organization(m *member) {
	e.open()
	e.plain("id", m.org.id)
	e.text("name", m.org.name)
	e.text("slug", m.org.slug)
	e.null("logo_media_id")
	e.number("membership_level", m.level)
	e.truth("is_active", m.org.active)
	if e.config.extraFields {
		e.raw("plan", `"hedgehog"`)
	}
	e.close()
}
