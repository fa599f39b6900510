terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

# The id is [organization_id/]role_id/MEMBER. MEMBER is the user's email, as here, or the user's UUID, or the UUID of the
# membership itself.
import {
  to = posthog_role_membership.alice
  id = "0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b/0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d/alice@example.com"
}

resource "posthog_role_membership" "alice" {
  organization_id = "0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"
  role_id         = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
  user_uuid       = "0192d3e4-5f6a-7b8c-8d9e-2f3a4b5c6d7e"
}
