# Tests the configuration with a mock of the provider. They need no PostHog and no API key.
mock_provider "posthog" {
  mock_data "posthog_role" {
    defaults = {
      id = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
    }
  }
}

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
    condition     = alltrue([for membership in posthog_role_membership.team : membership.role_id == "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"])
    error_message = "A role_id is not the id of the role with this name."
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
