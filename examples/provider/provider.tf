terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

# Environment variables do the rest: POSTHOG_PERSONAL_API_KEY, POSTHOG_ORGANIZATION_ID and, unless it is
# https://us.posthog.com, POSTHOG_HOST.
provider "posthog" {}

data "posthog_role" "engineering" {
  name = "Engineering"
}

resource "posthog_role_membership" "alice" {
  role_id    = data.posthog_role.engineering.id
  user_email = "alice@example.com"
}
