# Writes all role memberships as CSV and JSON, for an audit. Changes nothing in PostHog:
#
#   terraform init && terraform apply
#   terraform output -raw csv > access.csv
#   terraform output -raw json > access.json
#
# The key needs the scope organization:read.

terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

data "posthog_role_memberships" "all" {}

locals {
  access = [
    for membership in data.posthog_role_memberships.all.memberships : {
      role  = membership.role_name
      email = membership.user.email
      name  = join(" ", compact([membership.user.first_name, membership.user.last_name]))
      since = membership.joined_at
    }
  ]
  columns = ["role", "email", "name", "since"]
}

output "csv" {
  value = join("", [
    for row in concat([{ for column in local.columns : column => column }], local.access) :
    format("%s\n", join(",", [for column in local.columns : format("\"%s\"", replace(row[column], "\"", "\"\""))]))
  ])
}

output "json" {
  value = jsonencode(local.access)
}
