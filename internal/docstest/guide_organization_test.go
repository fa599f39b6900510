package docstest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
)

// Each section of the guide imports all members and changes nothing in PostHog.
func TestGuide_existingOrganization(t *testing.T) {
	t.Parallel()
	for _, way := range readGuide(t, "existing-organization") {
		t.Run(way.title, func(t *testing.T) {
			t.Parallel()
			whole := way.title == "Whole roles with terraform query"
			if whole || way.title == "With terraform query" {
				acctest.RequireTerraform(t, "1.14.0", "")
			}
			r := newReader(t)
			before := r.members()
			r.follow(way.blocks)
			r.expectMembers(before)
			if writes := r.hog.CountRequests("POST role_memberships") + r.hog.CountRequests("DELETE role_membership"); writes != 0 {
				t.Errorf("%d memberships were written", writes)
			}
			if state := r.Read("terraform.tfstate"); !whole && strings.Count(state, `"user_email"`) < 3 || whole && strings.Count(state, `"users"`) != 2 {
				t.Errorf("a member is not in state:\n%s", state)
			}
		})
	}
}

// In each section the roles and memberships belong to this provider in the end, and no user is removed from a role.
func TestGuide_vendorsProvider(t *testing.T) {
	t.Parallel()
	for _, way := range readGuide(t, "vendors-provider") {
		t.Run(way.title, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			r.hog.Leave(r.hog.Role(0), r.hog.User(0).UUID) // The vendor's provider adds her.
			before := r.members()
			r.follow(way.blocks)

			if n := r.hog.CountRequests("DELETE role_membership"); n != 0 {
				t.Errorf("%d memberships were deleted", n)
			}
			memberships := 1
			if way.title == "Only roles, memberships and data sources" {
				memberships = 2
			}
			r.hog.ExpectRequests(t, "POST role_memberships", memberships)
			r.hog.ExpectRequests(t, "POST roles", 1)
			for _, resource := range r.resources() {
				own := strings.Contains(resource.Provider, "/posthog-rbac/posthog")
				if own != (resource.Type != "posthog_project") {
					t.Errorf("%s belongs to %s", resource.Type, resource.Provider)
				}
			}
			if result := r.shell("terraform destroy"); result.Code != 0 {
				t.Error(result)
			}
			r.expectMembers(before)
			if r.roleNamed("Analysts") != "" {
				t.Error("the role of the configuration was not deleted")
			}
		})
	}
}

// stateResource is a resource in a state file.
type stateResource struct{ Type, Provider string }

func (r *reader) resources() []stateResource {
	r.T.Helper()
	var state struct{ Resources []stateResource }
	if err := json.Unmarshal([]byte(r.Read("terraform.tfstate")), &state); err != nil {
		r.T.Fatal(err)
	}
	if len(state.Resources) == 0 {
		r.T.Fatal("nothing is in state")
	}
	return state.Resources
}
