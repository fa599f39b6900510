package provider

import (
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// asOther adds an organization that the key's owner owns too, with the testbed's users in it.
func (b *testbed) asOther() string {
	other := b.hog.AddOrganization("Other")
	b.hog.AddUserWith(other, b.hog.Owner())
	b.hog.SetLevel(other, b.hog.Owner().UUID, fakeposthog.LevelOwner)
	b.hog.AddUserWith(other, b.hog.User(0))
	return other
}

// One organization is written in three ways, by the provider and by the resource: nothing is written, replaced or changed.
func TestOrganization_anotherSpellingChangesNothing(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	inProvider := func(written string) {
		c.Configure("organization_id", written)
		c.Declare(one, membershipOf(bed.role, bed.user))
	}
	inResource := func(written string) {
		c.Configure("organization_id", nil)
		config := membershipOf(bed.role, bed.user)
		config["organization_id"] = written
		c.Declare(one, config)
	}
	inProvider("@current")
	c.MustApply()
	if written := c.Attribute(one, "organization_id"); written != "@current" {
		t.Errorf("the state has organization %v, want it as it is written", written)
	}
	for _, write := range []func(){
		func() { inProvider("hogflix") }, func() { inProvider(bed.organization) }, func() { inResource("@current") },
		func() { inResource(bed.organization) }, func() { inResource("hogflix") }, func() { inProvider("@current") },
	} {
		write()
		if result := c.MustApply(); result.HasChanges() {
			t.Errorf("another spelling changes something: %s", result)
		}
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 1)
	bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
	c.Must(c.Destroy())
	if err := bed.leftBehind(); err != nil {
		t.Error(err)
	}
}

func TestOrganization_anotherOneMoves(t *testing.T) {
	t.Parallel()
	for _, written := range []string{"by its UUID", "other-inc"} {
		t.Run(written, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			other := bed.asOther()
			otherRole := bed.hog.AddRole(other, "Elsewhere")
			bed.hog.SetSlug(other, "other-inc")
			c := newCore(t, bed)
			c.Declare(one, membershipOf(bed.role, bed.user))
			c.MustApply()

			config := membershipOf(otherRole, bed.user)
			config["organization_id"] = written
			if written != "other-inc" {
				config["organization_id"] = other
			}
			c.Configure("organization_id", nil)
			c.Declare(one, config)
			if result := c.MustApply(); result.Action(one) != terraformcore.Update {
				t.Errorf("it is not moved: %s", result)
			}
			if bed.hog.IsMember(bed.role, bed.user) || !bed.hog.IsMember(otherRole, bed.user) {
				t.Errorf("the user is in the old role: %t, in the new one: %t",
					bed.hog.IsMember(bed.role, bed.user), bed.hog.IsMember(otherRole, bed.user))
			}
		})
	}
}

// Somebody opens another organization in the web app: what @current was meant for stays where it is and stays managed.
func TestOrganization_currentMoves(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	other := bed.asOther()
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf": acctest.Requirements + bed.bare() + membership(bed.role, bed.user, `organization_id = "@current"`),
	})
	w.Must(0, "apply", "-auto-approve")

	bed.hog.SetCurrentOrganization(bed.hog.Owner().UUID, other)
	bed.hog.ForgetRequests()
	w.Must(0, "plan", "-detailed-exitcode")
	w.Must(0, "plan", "-detailed-exitcode", "-refresh=false")
	bed.hog.ExpectRequests(t, "GET organization", 0)

	// Once it is gone there is nothing to stay, and @current means what it means now. The UUID is the way out.
	bed.hog.Leave(bed.role, bed.user)
	if result := w.Must(1, "plan"); !acctest.Message("Role not found", "of organization "+other, "Check role_id and organization_id").MatchString(result.Stderr) {
		t.Errorf("the message does not say where the role was looked for: %s", result)
	}
	w.Write("main.tf", acctest.Requirements+bed.provider()+membership(bed.role, bed.user))
	w.Apply()
	w.Must(0, "destroy", "-auto-approve")
	if bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is still in the role")
	}
}

// State that says @current and not which organization that was, and it is another one now: nothing may follow from that.
func TestOrganization_currentHasMovedSinceAnOlderState(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	other := bed.asOther()
	id := bed.hog.Join(bed.role, bed.user).ID
	unsettled := *bed
	unsettled.organization = "@current"
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf":           acctest.Requirements + unsettled.provider() + membership(bed.role, bed.user),
		"terraform.tfstate": vendorState(t, &unsettled, id, bed.email(0), "2025-03-01T12:00:00Z"),
	})
	bed.hog.SetCurrentOrganization(bed.hog.Owner().UUID, other)
	result := w.Must(1, "plan")
	if !acctest.Message("which @current means now", "Set organization_id to the organization's UUID").MatchString(result.Stderr) {
		t.Errorf("the message does not say what is wrong: %s", result)
	}
	bed.hog.SetCurrentOrganization(bed.hog.Owner().UUID, bed.organization)
	w.Must(0, "plan", "-detailed-exitcode")
}

// Servers of September 2025 to February 2026 refuse the organization's UUID in a create.
func TestOrganization_refusedByItsUUID(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.RefuseExplicitOrganization())
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.MustApply()
	c.Must(c.Destroy())
	if err := bed.leftBehind(); err != nil {
		t.Error(err)
	}

	other := bed.asOther()
	bed.hog.SetCurrentOrganization(bed.hog.Owner().UUID, other)
	result := c.Apply()
	if !acctest.Message("Unable to add user to role", "“Role does not exist.”, although the role exists.", "Another organization is open now.").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
	if bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user was added all the same")
	}
}
