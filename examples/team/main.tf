terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {
  organization_id = var.organization_id
}

locals {
  team = yamldecode(file("${path.module}/${var.team_file}"))

  # One element for each user in each role. The key is the address in plans and in state, so it must not change when
  # the file is sorted anew.
  memberships = merge([
    for name, role in local.team : {
      for user_uuid in role.members : "${name}/${user_uuid}" => { role_id = role.role_id, user_uuid = user_uuid }
    }
  ]...)
}

resource "posthog_role_membership" "team" {
  for_each = local.memberships

  role_id   = each.value.role_id
  user_uuid = each.value.user_uuid
}

# Everybody who is in the roles, whoever put them there. Read after the memberships were made.
data "posthog_role_memberships" "all" {
  for_each   = local.team
  depends_on = [posthog_role_membership.team]

  role_id = each.value.role_id
}
