# Warns about people who are in a role of the team file although it does not name them.
check "everybody_is_declared" {
  assert {
    condition = alltrue([
      for name, role in data.posthog_role_memberships.all :
      length(setsubtract(role.memberships[*].user_uuid, local.team[name].members)) == 0
    ])
    error_message = "In the role, but not in the configuration: ${join(", ", flatten([
      for name, role in data.posthog_role_memberships.all : [
        for membership in role.memberships : membership.user.email
        if !contains(local.team[name].members, membership.user_uuid)
      ]
    ]))}"
  }
}
