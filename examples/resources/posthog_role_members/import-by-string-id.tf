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

# The role's name. The UUID works too.
import {
  to = posthog_role_members.support
  id = "Support"
}

resource "posthog_role_members" "support" {
  role_id = data.posthog_role.support.id
  users   = ["alice@example.com", "bob@example.com"]
}
