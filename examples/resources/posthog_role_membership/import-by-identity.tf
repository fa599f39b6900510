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

data "posthog_user" "alice" {
  email = "alice@example.com"
}

# Uses the provider's organization. Add organization_id for another one.
import {
  to = posthog_role_membership.alice
  identity = {
    role_id   = data.posthog_role.engineering.id
    user_uuid = data.posthog_user.alice.uuid
  }
}

resource "posthog_role_membership" "alice" {
  role_name  = "Engineering"
  user_email = "alice@example.com"
}
