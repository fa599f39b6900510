terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

# Set the environment variables of README.md.
provider "posthog" {}

locals {
  # An empty list in YAML is null.
  team = {
    for role, emails in yamldecode(file("${path.module}/${var.team_file}")) :
    role => emails == null ? [] : [for email in emails : lower(email)]
  }

  # One element for each user in each role. Its key, such as "Engineering/alice@example.com", is the resource's key in plans
  # and in the state. It does not depend on the order of the file.
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

# Reads all members of the roles, after the memberships are created.
data "posthog_role_memberships" "team" {
  for_each   = local.team
  depends_on = [posthog_role_membership.team]

  role_id = data.posthog_role.team[each.key].id
}
