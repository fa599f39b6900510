locals {
  members = {
    for role, found in data.posthog_role_memberships.team : role => sort([for email in found.memberships[*].user.email : lower(email)])
  }
  undeclared = {
    for role, emails in local.members : role => [for email in emails : email if !contains(local.team[role], email)]
  }
}

output "members" {
  description = "The emails of those in each role."
  value       = local.members
}

output "undeclared" {
  description = "Those in each role whom the team file does not name: put there in the web app, or by directory sync."
  value       = local.undeclared
}
