output "members" {
  description = "The emails of those in each role."
  value       = { for role, whole in posthog_role_members.team : role => sort([for email in values(whole.members) : lower(email)]) }
}
