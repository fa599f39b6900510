terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

data "posthog_user" "alice" {
  email = "alice@example.com"
}

output "alice_is_an_admin" {
  value = data.posthog_user.alice.level >= 8
}
