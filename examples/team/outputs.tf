output "members" {
  description = "Emails of the members of each role."
  value       = { for role, all in posthog_role_members.team : role => sort([for email in values(all.members) : lower(email)]) }
}
