terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

# Adds one user to one role.
resource "posthog_role_membership" "alice" {
  role_name  = "Support"
  user_email = "alice@example.com"
}

# Adds several users to one role. Their addresses are readable: posthog_role_membership.engineers["bob@example.com"].
resource "posthog_role_membership" "engineers" {
  for_each = toset(["bob@example.com", "carol@example.com"])

  role_name  = "Engineering"
  user_email = each.key
}
