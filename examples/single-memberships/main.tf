terraform {
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
    for role, emails in yamldecode(file("${path.module}/${var.team_file}")) :
    role => emails == null ? [] : [for email in emails : lower(email)]
  }

  # One element for each user in each role. Its key, such as "Engineering/alice@example.com", is the resource's key in plans
  # and in the state. It does not depend on the order of the file.
  memberships = merge([
    for role, emails in local.team : { for email in emails : "${role}/${email}" => { role = role, email = email } }
  ]...)
}

resource "posthog_role_membership" "team" {
  for_each = local.memberships

  role_name  = each.value.role
  user_email = each.value.email
}

# Reads the members of all roles, after the memberships are created.
data "posthog_role_memberships" "all" {
  depends_on = [posthog_role_membership.team]
}
