# All roles of the provider's organization.
list "posthog_role_members" "every_role" {
  provider = posthog
  limit    = 10000 # Terraform's own default is 100. It leaves out the rest.
}

# One role. The configuration has the data source "posthog_role" "engineering".
list "posthog_role_members" "engineering" {
  provider = posthog

  config {
    role_id = data.posthog_role.engineering.id
  }
}
