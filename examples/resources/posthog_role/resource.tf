terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

resource "posthog_role" "support" {
  name = "Support"
}

# The role and its members are created in one apply.
resource "posthog_role_members" "support" {
  role_id = posthog_role.support.id
  users   = ["alice@example.com", "bob@example.com"]
}
