terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

data "posthog_role" "engineering" {
  name = "Engineering"
}

# The members of one role.
data "posthog_role_memberships" "engineering" {
  role_id = data.posthog_role.engineering.id
}

output "engineers" {
  description = "Emails of the engineers. The oldest membership is first."
  value       = data.posthog_role_memberships.engineering.memberships[*].user.email
}

# The members of all roles.
data "posthog_role_memberships" "everybody" {}

output "roles_by_email" {
  value = {
    for membership in data.posthog_role_memberships.everybody.memberships :
    membership.user.email => membership.role_name...
  }
}

output "without_two_factor_authentication" {
  description = "Empty on the oldest servers, which do not return organization_member."
  value = toset([
    for membership in data.posthog_role_memberships.everybody.memberships : membership.user.email
    if try(!membership.organization_member.is_2fa_enabled, false)
  ])
}
