terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

data "posthog_organization_members" "all" {}

output "admins" {
  description = "Admins and owners of the organization."
  value       = [for member in data.posthog_organization_members.all.members : member.email if member.level >= 8]
}

# Adds all users with an email of one domain to a role.
resource "posthog_role_membership" "support" {
  for_each = {
    for email, uuid in data.posthog_organization_members.all.uuids_by_email : email => uuid if endswith(email, "@example.com")
  }

  role_name = "Support"
  user_uuid = each.value
}
