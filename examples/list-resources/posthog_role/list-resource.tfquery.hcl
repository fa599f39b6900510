# All roles of the provider's organization.
list "posthog_role" "every_role" {
  provider = posthog
  limit    = 1000 # Terraform's own default is 100.
}
