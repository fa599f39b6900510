package main

// What is written into files in the course of the story.
const (
	provider = `terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}
`

	engineering = `data "posthog_role" "engineering" {
  name = "Engineering"
}

resource "posthog_role_membership" "alice" {
  role_id    = data.posthog_role.engineering.id
  user_email = "alice@example.com"
}
`

	everybody = `list "posthog_role_membership" "everybody" {
  provider = posthog
}
`

	frank = `import {
  to = posthog_role_membership.frank
  id = "Engineering/frank@example.com"
}

resource "posthog_role_membership" "frank" {
  role_id    = data.posthog_role.engineering.id
  user_email = "frank@example.com"
}
`

	analytics = `data "posthog_role" "analytics" {
  name = "Analytics"
}

import {
  to = posthog_role_members.analytics
  id = "Analytics"
}

resource "posthog_role_members" "analytics" {
  role_id = data.posthog_role.analytics.id
  users   = ["bob@example.com", "dave@example.com"]
}
`
)
