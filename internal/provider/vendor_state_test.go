package provider

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// vendorState returns a state as the PostHog vendor's own provider leaves it: fewer attributes, and no identity. The
// address of the provider is already that of this one, which is what “terraform state replace-provider” writes.
func vendorState(t *testing.T, bed *testbed, membershipID, email, joinedAt string) string {
	t.Helper()
	state, err := json.Marshal(map[string]any{
		"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "6c1f5b0e-8a5d-4d0e-9a39-0d8a4a2c7f11", "outputs": map[string]any{},
		"resources": []any{map[string]any{
			"mode": "managed", "type": "posthog_role_membership", "name": "one",
			"provider": `provider["` + acctest.ProviderHost() + `/posthog-rbac/posthog"]`,
			"instances": []any{map[string]any{
				"schema_version": 0,
				"attributes": map[string]any{
					"id": membershipID, "organization_id": bed.organization, "role_id": bed.role, "user_uuid": bed.user,
					"user_email": email, "joined_at": joinedAt,
				},
				"sensitive_attributes": []any{},
			}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(state)
}

func TestVendorState_refreshesToAnEmptyPlan(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	joined := bed.hog.Join(bed.role, bed.user)
	member := bed.hog.Members(bed.role)[0]
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf":           acctest.Requirements + bed.provider() + membership(bed.role, bed.user),
		"terraform.tfstate": vendorState(t, bed, joined.ID, member.Email, "2025-03-01T12:00:00.120000Z"),
	})
	w.Must(0, "plan", "-detailed-exitcode")
	w.Must(0, "apply", "-auto-approve")
	if state := w.Read("terraform.tfstate"); !strings.Contains(state, "organization_member_id") {
		t.Errorf("the state is not this provider's: %s", state)
	}
	w.Must(0, "plan", "-detailed-exitcode")
	w.Must(0, "destroy", "-auto-approve")
	if bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is still in the role")
	}
}

// The vendor's state knows less. That is no reason to change anything, even without a refresh and with another spelling.
func TestVendorState_withoutRefresh(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	joined := bed.hog.Join(bed.role, bed.user)
	state := vendorState(t, bed, joined.ID, bed.email(0), "2025-03-01T12:00:00Z")
	for name, config := range map[string]string{
		"by UUID": membership(bed.role, bed.user), "by email": byEmailOf(bed.role, bed.email(0)), "in capitals": byEmailOf(bed.role, strings.ToUpper(bed.email(0))),
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + config, "terraform.tfstate": state})
			w.Must(0, "plan", "-detailed-exitcode", "-refresh=false")
		})
	}
	t.Run("without an email in state", func(t *testing.T) {
		w := acctest.NewWorkspace(t, map[string]string{
			"main.tf":           acctest.Requirements + bed.provider() + byEmailOf(bed.role, bed.email(0)),
			"terraform.tfstate": strings.Replace(state, `"user_email":"`+bed.email(0)+`",`, "", 1),
		})
		w.Must(0, "apply", "-auto-approve", "-refresh=false")
		w.Must(0, "plan", "-detailed-exitcode")
	})
	bed.hog.ExpectRequests(t, "POST role_memberships", 0)
}

// State without an organization is that of the provider's.
func TestVendorState_withoutOrganization(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := bed.prepare(t, bed.hog.Join(bed.role, bed.user).ID, nil)
	delete(c.State[one].Attributes, "organization_id")
	c.Must(c.Apply())
	if got := c.Attribute(one, "organization_id"); got != bed.organization {
		t.Errorf("the organization in state is %v", got)
	}
	c.Must(c.Destroy())
	if bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is still in the role")
	}
}

func TestVendorState_membershipGone(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := bed.prepare(t, "018f401e-9a6b-7a00-8b00-00000000aaaa", nil)
	// No identity in state, and nothing at PostHog: the read must return an identity all the same.
	if result := c.MustApply(); result.Action(one) != terraformcore.Create {
		t.Errorf("the membership is not added again: %s", result)
	}
	if !bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is not in the role")
	}
}
