terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {
  organization_id = "0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"
}

# One user in one role.
resource "posthog_role_membership" "alice" {
  role_id   = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
  user_uuid = "0192d3e4-5f6a-7b8c-8d9e-2f3a4b5c6d7e"
}

# Several users in one role. The names are for those who read the plan.
locals {
  engineers = {
    bob   = "0192d3e4-6a7b-7c8d-9e0f-3a4b5c6d7e8f"
    carol = "0192d3e4-7b8c-7d9e-8f1a-4b5c6d7e8f9a"
  }
}

resource "posthog_role_membership" "engineers" {
  for_each = local.engineers

  role_id   = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
  user_uuid = each.value
}
