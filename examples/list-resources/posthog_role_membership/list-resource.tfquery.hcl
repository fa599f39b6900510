# Everybody in every role of the provider's organization.
list "posthog_role_membership" "everybody" {
  provider = posthog
  limit    = 1000 # Terraform's own default is 100.
}

# Everybody in one role, which data "posthog_role" "engineering" of the configuration looks up by name.
list "posthog_role_membership" "engineers" {
  provider = posthog

  config {
    role_id = data.posthog_role.engineering.id
  }
}
