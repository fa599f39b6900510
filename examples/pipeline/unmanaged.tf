# Reads the members of all roles before the plan's changes. The outputs read them after the changes, so that a plan with
# changes does not know them yet.
data "posthog_role_memberships" "now" {}

locals {
  not_declared = flatten([
    for role, emails in local.team : [
      for membership in data.posthog_role_memberships.now.memberships : "${membership.user.email} in ${role}"
      if lower(membership.role_name) == lower(role) && !contains(emails, lower(membership.user.email))
    ]
  ])
}

# Warns about members who are not in the team file. Users that this plan removes are in the warning, too.
check "all_members_are_declared" {
  assert {
    condition     = length(local.not_declared) == 0
    error_message = "Members not in the team file: ${join(", ", local.not_declared)}"
  }
}
