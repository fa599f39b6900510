package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// Values that are known only after apply, in every combination, for a membership that is in state. What comes to be known
// is then the same person or another one. The stand-in for Terraform fails the test for a plan that Terraform would reject.
func TestUnknown_inState(t *testing.T) {
	t.Parallel()
	type person struct{ uuid, email any }
	bed := fake(t)
	same, other := person{bed.user, bed.email(0)}, person{bed.hog.User(1).UUID, bed.email(1)}
	for _, before := range []person{{same.uuid, nil}, {nil, same.email}, {same.uuid, same.email}} {
		for _, after := range []person{same, other} {
			for _, hidden := range []string{"user_uuid", "user_email", "both", "role_id", "organization_id", "role_id and organization_id"} {
				for _, given := range []person{{after.uuid, nil}, {nil, after.email}, {after.uuid, after.email}} {
					name := fmt.Sprintf("from %v to %v without %s", before, given, hidden)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						bed := fake(t)
						c := newCore(t, bed)
						declare := func(who person) map[string]any {
							declared := map[string]any{"role_id": bed.role, "organization_id": bed.organization}
							if who.uuid != nil {
								declared["user_uuid"] = who.uuid
							}
							if who.email != nil {
								declared["user_email"] = who.email
							}
							c.Declare(one, declared)
							return declared
						}
						declare(before)
						c.MustApply()

						partly := declare(given)
						for _, attribute := range []string{"user_uuid", "user_email", "role_id", "organization_id"} {
							_, there := partly[attribute]
							if there && (strings.Contains(hidden, attribute) || hidden == "both" && strings.HasPrefix(attribute, "user_")) {
								partly[attribute] = terraformcore.Unknown
							}
						}
						plan := c.Must(c.Plan())
						declare(given)
						c.Must(c.ApplyPlan(plan))
						c.MustApply()
						if !bed.hog.IsMember(bed.role, after.uuid.(string)) || len(bed.hog.Members(bed.role)) != 1 {
							t.Errorf("in the role are %v, want %v alone", bed.hog.Members(bed.role), after)
						}
					})
				}
			}
		}
	}
}

// While the provider's configuration is unknown, an identity keeps the organization's UUID, however the state has it written.
func TestUnknown_identityKeepsTheOrganization(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Configure("organization_id", "@current")
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.Declare(wholeAddress, map[string]any{"role_id": bed.hog.AddRole("", "Other"), "users": []string{bed.user}})
	c.MustApply()
	c.Configure("host", terraformcore.Unknown)
	if result := c.Must(c.Refresh()); !acctest.Message("Membership not refreshed", "The provider's host will be known only after apply.").MatchString(result.Warnings()) {
		t.Errorf("the refresh does not warn: %s", result)
	}
	for _, address := range []string{one, wholeAddress} {
		identity := c.Identity(address)
		if got := identity["organization_id"]; got != bed.organization {
			t.Errorf("the identity of %s has organization %v, want %s", address, got, bed.organization)
		}
	}
}
