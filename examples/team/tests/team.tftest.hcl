# What the configuration makes of a file, with a stand-in for the provider: it takes no PostHog and no key.
mock_provider "posthog" {
  mock_data "posthog_role" {
    defaults = {
      id = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
    }
  }
}

variables {
  import_existing = false # There is nothing to import from.
}

run "those_in_the_file_and_no_others" {
  command = plan

  variables {
    team_file = "tests/team.yaml"
  }

  assert {
    condition     = toset(keys(posthog_role_members.team)) == toset(["Engineering", "Support"])
    error_message = "The roles are ${join(", ", keys(posthog_role_members.team))}."
  }

  assert {
    condition     = posthog_role_members.team["Engineering"].users == tolist(["alice@example.com", "Erin@Example.com"])
    error_message = "In Engineering are ${join(", ", posthog_role_members.team["Engineering"].users)}."
  }

  # An empty list is read as null. It has to be nobody, and not whoever happens to be there.
  assert {
    condition     = length(posthog_role_members.team["Support"].users) == 0
    error_message = "In Support are ${join(", ", posthog_role_members.team["Support"].users)}."
  }

  assert {
    condition     = alltrue([for whole in posthog_role_members.team : whole.role_id == "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"])
    error_message = "A role is declared by another id than that of its name."
  }
}

run "no_plan_takes_more_people_out_than_it_may" {
  command = plan

  variables {
    max_removals = 7
  }

  assert {
    condition     = alltrue([for whole in posthog_role_members.team : whole.max_removals == 7])
    error_message = "max_removals does not get to every role."
  }
}

# The rules of the house, held against the file that is applied.
run "the_team_file_keeps_the_rules" {
  command = plan

  assert {
    condition     = alltrue([for email in flatten(values(local.team)) : endswith(lower(email), "@example.com")])
    error_message = "Somebody in the team file is not of example.com."
  }

  assert {
    condition     = alltrue([for emails in values(local.team) : length(distinct([for email in emails : lower(email)])) == length(emails)])
    error_message = "Somebody is in a role of the team file twice."
  }
}
