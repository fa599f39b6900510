locals {
  members = {
    for role in keys(local.team) : role => sort([
      for membership in data.posthog_role_memberships.all.memberships : lower(membership.user.email)
      if lower(membership.role_name) == lower(role)
    ])
  }
  undeclared = {
    for role, emails in local.members : role => [for email in emails : email if !contains(local.team[role], email)]
  }
}

output "members" {
  description = "Emails of the members of each role."
  value       = local.members
}

output "undeclared" {
  description = "Members that are not in the team file, for example added in the web app or by SCIM."
  value       = local.undeclared
}
