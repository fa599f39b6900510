locals {
  members = {
    for role, found in data.posthog_role_memberships.team : role => sort([for email in found.memberships[*].user.email : lower(email)])
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
