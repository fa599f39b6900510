terraform {
  required_version = ">= 1.7" # for the import blocks with for_each

  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
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

  # The roles that PostHog has already. Case does not matter.
  existing = toset([
    for role in keys(local.team) : role if contains([for found in data.posthog_roles.all.roles : lower(found.name)], lower(role))
  ])
}

data "posthog_roles" "all" {}

# Imports existing roles and their members first, so that the plan shows which users it removes. Later runs ignore these blocks.
import {
  for_each = local.existing

  to = posthog_role.team[each.key]
  id = each.key
}

import {
  for_each = local.existing

  to = posthog_role_members.team[each.key]
  id = each.key
}

resource "posthog_role" "team" {
  for_each = local.team

  name = each.key
}

# Manages all members of each role.
resource "posthog_role_members" "team" {
  for_each = local.team

  role_id      = posthog_role.team[each.key].id
  users        = each.value
  max_removals = var.max_removals
}
