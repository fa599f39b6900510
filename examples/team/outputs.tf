output "members" {
  description = "Emails of the members of each role."
  value       = { for role, whole in posthog_role_members.team : role => sort([for email in values(whole.members) : lower(email)]) }
}
