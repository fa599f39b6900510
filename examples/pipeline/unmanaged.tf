# Reads the members of the roles before the plan's changes. The outputs read them after the changes, so that a plan with
# changes does not know them yet.
data "posthog_role_memberships" "now" {
  for_each = local.team

  role_id = data.posthog_role.team[each.key].id
}

locals {
  not_declared = flatten([
    for role, emails in local.team : [
      for email in data.posthog_role_memberships.now[role].memberships[*].user.email : "${email} in ${role}" if !contains(emails, lower(email))
    ]
  ])
}

# Warns about members of the roles that are not in the team file.
check "all_members_are_declared" {
  assert {
    condition     = length(local.not_declared) == 0
    error_message = "Members not in the configuration (this plan may remove them): ${join(", ", local.not_declared)}"
  }
}
