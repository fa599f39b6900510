package docstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
)

// Each section ends with all members in state and an empty plan, and changes nothing in PostHog.
func TestGuide_existingMembers(t *testing.T) {
	t.Parallel()
	for _, way := range readGuide(t, "existing-members") {
		t.Run(way.title, func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(way.title, "terraform query") {
				acctest.RequireTerraform(t, "1.14.0", "")
			}
			r := newReader(t)
			hog := r.hog
			own := map[string]int{"posthog_role_membership": 3} // the instances that belong to this provider in the end
			switch way.title {
			case "A YAML file", "terraform query":
			case "Import blocks":
				acctest.RequireTerraform(t, "1.7.0", "") // for for_each
				own = map[string]int{"posthog_role_membership": 2, "posthog_role_members": 1}
			case "terraform query for roles":
				own = map[string]int{"posthog_role_members": 2}
			case "From the vendor's provider":
				r.applyVendor(vendorMemberships)
				own = map[string]int{"posthog_role": 1, "posthog_role_membership": 2}
			case "Both providers":
				r.applyVendor(vendorProject)
				own = map[string]int{"posthog_role_membership": 1}
			default:
				t.Fatal("no test for this section")
			}
			before := r.members()
			hog.ForgetHistory()
			r.follow(way.blocks)
			r.applyFiles()

			r.expectMembers(before)
			if changes := append(hog.History(hog.Role(0)), hog.History(hog.Role(1))...); len(changes) != 0 {
				t.Errorf("members were added or removed: %v", changes)
			}
			got := map[string]int{}
			for _, resource := range r.resources() {
				isOwn := strings.Contains(resource.Provider, "/posthog-rbac/posthog")
				if isOwn != (resource.Type != "posthog_project") {
					t.Errorf("%s belongs to %s", resource.Type, resource.Provider)
				}
				if isOwn && resource.Mode == "managed" {
					got[resource.Type] += len(resource.Instances)
				}
			}
			if !maps.Equal(got, own) {
				t.Errorf("the state has %v, want %v", got, own)
			}
		})
	}
}

// Configurations of the vendor's provider, before a user moves to this one.
const (
	vendorMemberships = `
resource "posthog_role" "analysts" {
  name = "Analysts"
}

data "posthog_user" "alice" {
  email = "alice@example.com"
}

resource "posthog_role_membership" "alice" {
  role_id   = posthog_role.analysts.id
  user_uuid = data.posthog_user.alice.uuid
}

resource "posthog_role_membership" "bob" {
  role_id   = "` + guideEngineers + `"
  user_uuid = "` + guideBob + `"
}
`
	vendorProject = `
resource "posthog_project" "shop" {
  name = "Shop"
}

resource "posthog_role_membership" "alice" {
  role_id   = "` + guideEngineers + `"
  user_uuid = "` + guideAlice + `"
}
`
)

// applyVendor applies a configuration with the vendor's provider.
func (r *reader) applyVendor(configuration string) {
	r.T.Helper()
	r.emptyRoles()
	r.Write("terraform.tf", `terraform {
  required_providers {
    posthog = {
      source = "posthog/posthog"
    }
  }
}
`)
	r.Write("provider.tf", fmt.Sprintf("provider \"posthog\" {\n  organization_id = %q\n}\n", r.hog.OrganizationID))
	r.Write("main.tf", r.world.Replace(configuration))
	r.applyFiles()
}

// stateResource is a resource in a state file.
type stateResource struct {
	Mode, Type, Provider string
	Instances            []any
}

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
