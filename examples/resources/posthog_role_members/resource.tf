terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

# Manages all members of the role, except the break-glass account.
resource "posthog_role_members" "support" {
  role_name     = "Support"
  users         = ["alice@example.com", "bob@example.com"]
  ignored_users = ["judy@example.com"]
  max_removals  = 2
}
