terraform {
  required_version = ">= 1.7" # for the import block with for_each

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
    for role, emails in yamldecode(file("${path.module}/${var.team_file}")) : role => emails == null ? [] : emails
  }
}

data "posthog_role" "team" {
  for_each = local.team

  name = each.key
}

# Imports the current members first, so that the plan shows which users it removes. Later runs ignore the block.
import {
  for_each = { for role, emails in local.team : role => emails if var.import_existing }

  to = posthog_role_members.team[each.key]
  id = each.key
}

# Manages all members of each role.
resource "posthog_role_members" "team" {
  for_each = local.team

  role_id      = data.posthog_role.team[each.key].id
  users        = each.value
  max_removals = var.max_removals
}
