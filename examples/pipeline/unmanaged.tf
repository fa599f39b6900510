# Who is in the roles when a plan is made. The outputs read it once more, after what the plan changes, and so are known only
# after apply whenever it changes something. This is known in every plan.
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

# Warns about people who are in a role of the team file although it does not name them.
check "everybody_is_declared" {
  assert {
    condition     = length(local.not_declared) == 0
    error_message = "Not in the configuration, and in a role unless this plan takes them out: ${join(", ", local.not_declared)}"
  }
}
