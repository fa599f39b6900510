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

# Who is in one role.
data "posthog_role_memberships" "engineering" {
  role_id = data.posthog_role.engineering.id
}

output "engineers" {
  description = "Those first who have been so for longest."
  value       = data.posthog_role_memberships.engineering.memberships[*].user.email
}

# Who is in which role.
data "posthog_role_memberships" "everybody" {}

output "roles_by_email" {
  value = {
    for membership in data.posthog_role_memberships.everybody.memberships :
    membership.user.email => membership.role_name...
  }
}

output "without_two_factor_authentication" {
  description = "Servers that do not tell of somebody's place in the organization name nobody here."
  value = toset([
    for membership in data.posthog_role_memberships.everybody.memberships : membership.user.email
    if try(!membership.organization_member.is_2fa_enabled, false)
  ])
}
