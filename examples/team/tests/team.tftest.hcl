# Tests the configuration with a mock of the provider. They need no PostHog and no API key. The mock has no roles to import.
mock_provider "posthog" {
  mock_resource "posthog_role" {
    defaults = {
      id = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
    }
  }
}

run "all_roles_and_members_from_the_file" {
  variables {
    team_file = "tests/team.yaml"
  }

  assert {
    condition     = { for key, role in posthog_role.team : key => role.name } == { Engineering = "Engineering", Support = "Support" }
    error_message = "The roles are ${join(", ", values(posthog_role.team)[*].name)}."
  }

  assert {
    condition     = toset(keys(posthog_role_members.team)) == toset(["Engineering", "Support"])
    error_message = "The roles with members are ${join(", ", keys(posthog_role_members.team))}."
  }

  assert {
    condition     = posthog_role_members.team["Engineering"].users == tolist(["alice@example.com", "Erin@Example.com"])
    error_message = "The members of Engineering are ${join(", ", posthog_role_members.team["Engineering"].users)}."
  }

  # An empty list in YAML is null. It must remove all members, not keep the current ones.
  assert {
    condition     = length(posthog_role_members.team["Support"].users) == 0
    error_message = "The members of Support are ${join(", ", posthog_role_members.team["Support"].users)}."
  }

  assert {
    condition     = alltrue([for members in posthog_role_members.team : members.role_id == "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"])
    error_message = "A role_id is not the id of a role of the file."
  }
}

run "max_removals_is_set_for_every_role" {
  command = plan

  variables {
    max_removals = 7
  }

  assert {
    condition     = alltrue([for members in posthog_role_members.team : members.max_removals == 7])
    error_message = "max_removals is not set for every role."
  }
}

# Checks the rules of your team in the file that is applied.
run "the_team_file_keeps_the_rules" {
  command = plan

  assert {
    condition     = alltrue([for email in flatten(values(local.team)) : endswith(lower(email), "@example.com")])
    error_message = "An email in the team file is not of example.com."
  }

  assert {
    condition     = alltrue([for emails in values(local.team) : length(distinct([for email in emails : lower(email)])) == length(emails)])
    error_message = "A role of the team file lists an email twice."
  }
}
