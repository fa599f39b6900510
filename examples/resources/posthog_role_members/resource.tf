terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

data "posthog_role" "support" {
  name = "Support"
}

# Manages all members of the role, except the break-glass account.
resource "posthog_role_members" "support" {
  role_id       = data.posthog_role.support.id
  users         = ["alice@example.com", "bob@example.com"]
  ignored_users = ["judy@example.com"]
  max_removals  = 2
}
