# Everybody in every role of the provider's organization.
list "posthog_role_membership" "everybody" {
  provider = posthog
  limit    = 1000 # Terraform's own default is 100.
}

# Everybody in one role.
list "posthog_role_membership" "engineers" {
  provider = posthog

  config {
    role_id = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
  }
}
