package provider

import (
	"fmt"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// organizationMove is a resource that moves to a role of another organization.
type organizationMove struct {
	*testbed
	core                 *terraformcore.Core
	address              string
	otherID, otherRoleID string
}

func newOrganizationMove(t *testing.T, address string) *organizationMove {
	t.Helper()
	m := &organizationMove{testbed: fake(t), address: address}
	m.otherID = m.asOther()
	m.otherRoleID = m.hog.AddRole(m.otherID, "Elsewhere")
	m.hog.SetSlug(m.otherID, "other-inc")
	m.core = newCore(t, m.testbed)
	m.core.Configure("organization_id", nil)
	return m
}

// declare declares the user in a role. organization is written as it is.
func (m *organizationMove) declare(organization, roleID string) {
	config := membershipOf(roleID, m.user)
	if m.address == wholeAddress {
		config = map[string]any{"role_id": roleID, "users": []string{m.user}}
	}
	config["organization_id"] = organization
	m.core.Declare(m.address, config)
}

// expectSettled fails the test unless the plan is empty and a destroy removes the user from the other organization's role.
func (m *organizationMove) expectSettled(t *testing.T) {
	t.Helper()
	if plan := m.core.Plan(); plan.HasErrors() || plan.HasChanges() {
		t.Errorf("after the move: %s", plan)
	}
	m.core.Must(m.core.Destroy())
	if m.hog.IsMember(m.otherRoleID, m.user) {
		t.Error("the user is a member after the destroy")
	}
}

// A resource stays in the organization to which it has moved, however both organizations are written and whatever @current means later.
func TestOrganization_recordedByAMove(t *testing.T) {
	t.Parallel()
	for _, address := range []string{one, wholeAddress} {
		for _, before := range []string{"uuid", "slug"} {
			for _, after := range []string{"uuid", "slug", "@current"} {
				t.Run(fmt.Sprintf("%s, from %s to %s", address, before, after), func(t *testing.T) {
					t.Parallel()
					m := newOrganizationMove(t, address)
					owner := m.hog.Owner().UUID
					m.declare(map[string]string{"uuid": m.organization, "slug": "hogflix"}[before], m.role)
					m.core.MustApply()
					m.hog.SetCurrentOrganization(owner, m.otherID)
					m.declare(map[string]string{"uuid": m.otherID, "slug": "other-inc", "@current": "@current"}[after], m.otherRoleID)
					m.core.Must(m.core.Apply())
					m.hog.SetCurrentOrganization(owner, m.organization)
					m.expectSettled(t)
				})
			}
		}
	}
}

// A refresh takes the new place of an unfinished move into state if the old role is gone, with the organization of the new place.
func TestOrganization_recordedByAnUnfinishedMove(t *testing.T) {
	t.Parallel()
	for _, address := range []string{one, wholeAddress} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			m := newOrganizationMove(t, address)
			m.declare("hogflix", m.role)
			m.core.MustApply()
			m.declare(m.otherID, m.otherRoleID)
			m.hog.Inject(fakeposthog.Fault{
				On: "DELETE role_membership", Do: fakeposthog.Error(403, "authentication_error", "permission_denied", "No.", ""), Times: fakeposthog.Forever,
			})
			if result := m.core.Apply(); !result.HasErrors() {
				t.Fatal("the move did not fail")
			}
			m.hog.ClearFaults()
			m.hog.DeleteRole(m.role)
			m.core.Must(m.core.RefreshOnly())
			m.expectSettled(t)
		})
	}
}
