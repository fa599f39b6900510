terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

data "posthog_roles" "all" {}

output "members_by_role" {
  description = "Number of members of each role."
  value       = { for role in data.posthog_roles.all.roles : role.name => role.member_count }
}
