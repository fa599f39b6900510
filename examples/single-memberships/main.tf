terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

# The environment variables in README.md do the rest.
provider "posthog" {}

locals {
  # A role whose list is empty is read as null.
  team = {
    for role, emails in yamldecode(file("${path.module}/${var.team_file}")) :
    role => emails == null ? [] : [for email in emails : lower(email)]
  }

  # One element for each user in each role, such as "Engineering/alice@example.com", which is the address in plans and in
  # state, whatever the order of the file.
  memberships = merge([
    for role, emails in local.team : { for email in emails : "${role}/${email}" => { role = role, email = email } }
  ]...)
}

data "posthog_role" "team" {
  for_each = local.team

  name = each.key
}

resource "posthog_role_membership" "team" {
  for_each = local.memberships

  role_id    = data.posthog_role.team[each.value.role].id
  user_email = each.value.email
}

# Everybody who is in the roles, whoever put them there. Read after the memberships were made.
data "posthog_role_memberships" "team" {
  for_each   = local.team
  depends_on = [posthog_role_membership.team]

  role_id = data.posthog_role.team[each.key].id
}
