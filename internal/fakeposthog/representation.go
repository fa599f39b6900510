package fakeposthog

// representation writes objects in the format of a version of PostHog, with the content that a key may see.
type representation struct {
	encoder
	config   *config
	disorder *disorder
	visible  map[string]bool // UUIDs of the users that the key may see; nil means all
}

func (e *representation) canSee(u *user) bool { return e.visible == nil || e.visible[u.UUID] }

func (e *representation) canSeeRow(row *membership) bool { return !row.hidden && e.canSee(row.user) }

// visibleRows returns the memberships that the key may see. It does not copy them if these are all.
func (e *representation) visibleRows(r *role) []*membership {
	if r.hidden == 0 && e.visible == nil {
		return r.rows
	}
	var visible []*membership
	for _, row := range r.rows {
		if e.canSeeRow(row) {
			visible = append(visible, row)
		}
	}
	return visible
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

// member writes a member of an organization. PostHog omits last_login inside a membership, although it is documented.
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
	if withLastLogin {
		e.null("last_login")
	}
	if e.config.extraFields {
		e.raw("badges", `["early hog"]`)
	}
	e.close()
}

// membership writes a membership. roleID is a parameter because the answer to a POST has the role's id as in the URL.
func (e *representation) membership(row *membership, roleID string) {
	e.open()
	e.plain("id", row.id)
	e.text("role_id", roleID)
	if !e.config.oldFields {
		if e.config.nullFields {
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
	if e.config.nullFields || r.createdBy == nil || !e.canSee(r.createdBy) {
		e.null("created_by")
	} else {
		e.name("created_by")
		e.user(r.createdBy)
	}
	rows := e.visibleRows(r)
	order := e.disorder.rand.Perm(len(rows)) // No version orders the members.
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
