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
  to = posthog_role.support
  identity = {
    id = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
  }
}

resource "posthog_role" "support" {
  name = "Support"
}
