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

resource "posthog_role_membership" "alice" {
  role_id    = data.posthog_role.engineering.id
  user_email = "alice@example.com"
}
