terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

# The role's name and the user's email. UUIDs work too, also the UUID of the membership.
import {
  to = posthog_role_membership.alice
  id = "Engineering/alice@example.com"
}

resource "posthog_role_membership" "alice" {
  role_name  = "Engineering"
  user_email = "alice@example.com"
}
