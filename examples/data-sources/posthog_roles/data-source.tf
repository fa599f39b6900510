terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

data "posthog_roles" "all" {}

output "members_by_role" {
  description = "Number of members of each role."
  value       = { for role in data.posthog_roles.all.roles : role.name => role.member_count }
}
