# Tests the configuration with a mock of the provider. They need no PostHog and no API key.
mock_provider "posthog" {}

run "one_membership_for_each_user_in_each_role" {
  command = plan

  variables {
    team_file = "tests/team.yaml"
  }

  assert {
    condition = { for address, membership in posthog_role_membership.team : address => membership.user_email } == {
      "Engineering/alice@example.com" = "alice@example.com"
      "Engineering/erin@example.com"  = "erin@example.com"
    }
    error_message = "The memberships are ${join(", ", keys(posthog_role_membership.team))}."
  }

  assert {
    condition     = alltrue([for membership in posthog_role_membership.team : membership.role_name == "Engineering"])
    error_message = "A role_name is not the role of the file."
  }
}

# Checks the rules of your team in the file that is applied.
run "the_team_file_keeps_the_rules" {
  command = plan

  assert {
    condition     = alltrue([for email in flatten(values(local.team)) : endswith(email, "@example.com")])
    error_message = "An email in the team file is not of example.com."
  }
}
