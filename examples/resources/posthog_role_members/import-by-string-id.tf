terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

# The role's name. The UUID works too.
import {
  to = posthog_role_members.support
  id = "Support"
}

resource "posthog_role_members" "support" {
  role_name = "Support"
  users     = ["alice@example.com", "bob@example.com"]
}
