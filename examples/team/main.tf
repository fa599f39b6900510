terraform {
  required_version = ">= 1.7" # for the import block with for_each

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
    for role, emails in yamldecode(file("${path.module}/${var.team_file}")) : role => emails == null ? [] : emails
  }
}

data "posthog_role" "team" {
  for_each = local.team

  name = each.key
}

# Whoever is in a role already comes into state first, so that a plan shows who would be taken out. Once they are in state,
# the block has nothing to do.
import {
  for_each = { for role, emails in local.team : role => emails if var.import_existing }

  to = posthog_role_members.team[each.key]
  id = each.key
}

# These people and no others.
resource "posthog_role_members" "team" {
  for_each = local.team

  role_id      = data.posthog_role.team[each.key].id
  users        = each.value
  max_removals = var.max_removals
}
