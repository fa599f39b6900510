# The members of all roles of the provider's organization.
list "posthog_role_membership" "everybody" {
  provider = posthog
  limit    = 10000 # Terraform's own default is 100. It leaves out the rest.
}

# The members of one role. The configuration has the data source "posthog_role" "engineering".
list "posthog_role_membership" "engineers" {
  provider = posthog

  config {
    role_id = data.posthog_role.engineering.id
  }
}
