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

# Uses the provider's organization. Add organization_id for another one.
import {
  to = posthog_role.support
  identity = {
    id = data.posthog_role.support.id
  }
}

resource "posthog_role" "support" {
  name = "Support"
}
