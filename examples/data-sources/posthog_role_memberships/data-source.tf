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

data "posthog_role_memberships" "analysts" {
  role_id = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
}

output "analysts" {
  description = "Who the analysts are, those first who have been so for longest."
  value       = data.posthog_role_memberships.analysts.memberships[*].user.email
}

output "analysts_without_two_factor_authentication" {
  description = "Servers that do not tell of somebody's place in the organization name nobody here."
  value = [
    for membership in data.posthog_role_memberships.analysts.memberships : membership.user.email
    if try(!membership.organization_member.is_2fa_enabled, false)
  ]
}
