terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

# Set POSTHOG_PERSONAL_API_KEY, POSTHOG_ORGANIZATION_ID and POSTHOG_HOST (default: https://us.posthog.com).
provider "posthog" {}

resource "posthog_role_membership" "alice" {
  role_name  = "Engineering"
  user_email = "alice@example.com"
}
