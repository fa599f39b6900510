package main

import (
	"strings"
	"testing"
)

// The condenser leaves out what is long, and nothing that goes wrong.
func TestCondenser(t *testing.T) {
	const printed = `
data.posthog_role.team["Engineering"]: Reading...

Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create
  ~ update in-place (current -> planned)

Terraform will perform the following actions:

  # data.posthog_role_memberships.team will be read during apply
  # (depends on a resource or a module with changes pending)
 <= data "posthog_role_memberships" "team" {
      + memberships = (known after apply)
    }

  # posthog_role_membership.alice will be created
  + resource "posthog_role_membership" "alice" {
      + id         = (known after apply)
      + role_name              = "Support"
      + user_email             = "alice@example.com"
    }

  # posthog_role_members.support will be updated in-place
  # (imported from "Support")
  ~ resource "posthog_role_members" "support" {
        id              = "018f401e-9a6b-0a00-1b00-000000000003"
      ~ members         = {
          - "018d05e4-7b1f-0a00-1b00-000000000002" = "alice@example.com" -> null
          + "018d05e4-7b1f-0a00-1b00-000000000003" = "bob@example.com"
            # (1 unchanged element hidden)
        }
      ~ users           = [
          ~ "alice@example.com" -> "bob@example.com",
        ]
    }

Plan: 1 to add, 1 to change, 0 to destroy.

Warning: User is already in the role

  with posthog_role_membership.alice,
  on main.tf line 2:

alice@example.com is there.
posthog_role_membership.alice: Creation complete after 0s [id=0190]
list.posthog_role_membership.all   organization_id=018c,role_id=018f,user_uuid=018d   alice@example.com in Engineering
`
	const want = `      # posthog_role_membership.alice will be created
          + role_name  = "Support"
          + user_email = "alice@example.com"

      # posthog_role_members.support will be updated in-place
      # (imported from "Support")
              - "alice@example.com" -> null
              + "bob@example.com"

    Plan: 1 to add, 1 to change, 0 to destroy.

    Warning: User is already in the role

      with posthog_role_membership.alice,
      on main.tf line 2:

    alice@example.com is there.
    posthog_role_membership.alice: Creation complete after 0s
    list.posthog_role_membership.all   alice@example.com in Engineering
`
	var got strings.Builder
	c := &condenser{to: &got}
	for _, part := range strings.SplitAfter(printed, "e") { // However Terraform's writes are cut.
		if _, err := c.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if got.String() != want {
		t.Errorf("condensed to\n%s\nwant\n%s", got.String(), want)
	}
}
