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

output "engineers" {
  description = "Number of members of the role."
  value       = data.posthog_role.engineering.member_count
}
