terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

data "posthog_role" "engineering" {
  name = "Engineering"
}

# The role's name and the user's email. UUIDs work too, also the UUID of the membership.
import {
  to = posthog_role_membership.alice
  id = "Engineering/alice@example.com"
}

resource "posthog_role_membership" "alice" {
  role_id    = data.posthog_role.engineering.id
  user_email = "alice@example.com"
}
