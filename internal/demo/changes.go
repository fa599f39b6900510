package main

import (
	"fmt"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// changes returns what a plan does, in words and in order: "alice@example.com joins Engineering",
// "bob@example.com leaves Engineering", "posthog_role_membership.alice is imported".
func changes(plan *tfjson.Plan) (told []string) {
	for _, resource := range plan.ResourceChanges {
		if resource.Change.Importing != nil {
			told = append(told, resource.Address+" is imported")
		}
		before, from := members(resource.Change.Before)
		after, to := members(resource.Change.After)
		for _, email := range after {
			if from != to || !slices.Contains(before, email) {
				told = append(told, fmt.Sprintf("%s joins %s", email, to))
			}
		}
		for _, email := range before {
			if from != to || !slices.Contains(after, email) {
				told = append(told, fmt.Sprintf("%s leaves %s", email, from))
			}
		}
	}
	slices.Sort(told)
	return told
}

// members returns the emails of those who are in a role by a resource, as a plan has it, and the role's name.
func members(resource any) (emails []string, role string) {
	attributes, _ := resource.(map[string]any)
	role, _ = attributes["role_name"].(string)
	if email, single := attributes["user_email"].(string); single {
		emails = append(emails, email)
	}
	whole, _ := attributes["members"].(map[string]any)
	for _, email := range whole {
		emails = append(emails, fmt.Sprint(email))
	}
	return emails, role
}
