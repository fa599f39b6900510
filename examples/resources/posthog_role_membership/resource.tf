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

# Adds one user to one role.
resource "posthog_role_membership" "alice" {
  role_id    = data.posthog_role.support.id
  user_email = "alice@example.com"
}

# Adds several users to one role. Their addresses are readable: posthog_role_membership.engineers["bob@example.com"].
data "posthog_role" "engineering" {
  name = "Engineering"
}

resource "posthog_role_membership" "engineers" {
  for_each = toset(["bob@example.com", "carol@example.com"])

  role_id    = data.posthog_role.engineering.id
  user_email = each.key
}
