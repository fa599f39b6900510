terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

# Uses the provider's organization. Add organization_id for another one.
import {
  to = posthog_role_membership.alice
  identity = {
    role_id   = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
    user_uuid = "0192d3e4-5f6a-7b8c-8d9e-2f3a4b5c6d7e"
  }
}

resource "posthog_role_membership" "alice" {
  role_name  = "Engineering"
  user_email = "alice@example.com"
}
