terraform {
  required_providers {
    posthog = {
      source  = "posthog-rbac/posthog"
      version = "~> 0.1"
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
