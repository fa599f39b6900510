# Writes all role memberships as CSV and JSON, for an audit. Admins and owners who are in no role are listed, too, because they may
# do everything. Changes nothing in PostHog:
#
#   terraform init && terraform apply
#   terraform output -raw csv > access.csv
#   terraform output -raw json > access.json
#
# The key needs the scopes organization:read and organization_member:read.

terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
    }
  }
}

provider "posthog" {}

data "posthog_role_memberships" "all" {}

data "posthog_organization_members" "all" {}

locals {
  columns = ["role", "email", "name", "level", "since"]
  levels  = { 1 = "member", 8 = "admin", 15 = "owner" }

  # Older servers do not return the level of a member.
  memberships = [
    for membership in data.posthog_role_memberships.all.memberships : {
      role  = membership.role_name
      email = membership.user.email
      name  = join(" ", compact([membership.user.first_name, membership.user.last_name]))
      level = try(local.levels[membership.organization_member.level], "unknown")
      since = membership.joined_at
    }
  ]

  admins_without_role = [
    for member in data.posthog_organization_members.all.members : {
      role  = ""
      email = member.email
      name  = join(" ", compact([member.first_name, member.last_name]))
      level = local.levels[member.level]
      since = ""
    }
    if member.level >= 8 && !contains(data.posthog_role_memberships.all.memberships[*].user_uuid, member.uuid)
  ]

  access = concat(local.memberships, local.admins_without_role)
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
