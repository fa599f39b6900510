output "members" {
  description = "The emails of those in each role."
  value = {
    for name, role in data.posthog_role_memberships.all : name => role.memberships[*].user.email
  }
}

output "undeclared" {
  description = "Those in each role whom the team file does not name: put there in the web app, or by directory sync."
  value = {
    for name, role in data.posthog_role_memberships.all : name => [
      for membership in role.memberships : membership.user.email
      if !contains(local.team[name].members, membership.user_uuid)
    ]
  }
}
