# All roles of the provider's organization.
list "posthog_role" "every_role" {
  provider = posthog
  limit    = 10000 # Terraform's own default is 100. It leaves out the rest.
}
