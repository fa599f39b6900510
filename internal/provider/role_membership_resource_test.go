package provider

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

const one = "posthog_role_membership.one"

func has(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(one, tfjsonpath.New(attribute), value)
}

func planned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(one, action)}}
}

// A membership is created, read by the data source, imported by every id of a member, and destroyed: in one test, since each
// that begins anew costs a dozen of Terraform's commands.
func TestAccMembership(t *testing.T) {
	bed := accepting(t)
	config := bed.provider() + membership(bed.role, bed.user)
	id := func(organization string, attribute string) resource.ImportStateIdFunc {
		return func(s *terraform.State) (string, error) {
			return organization + bed.role + "/" + s.RootModule().Resources[one].Primary.Attributes[attribute], nil
		}
	}
	steps := []resource.TestStep{{
		Config: config + `
			data "posthog_role_memberships" "all" {
				role_id    = posthog_role_membership.one.role_id
				depends_on = [posthog_role_membership.one]
			}
			output "is_member" {
				value = contains(data.posthog_role_memberships.all.memberships[*].user.uuid, posthog_role_membership.one.user_uuid)
			}`,
		ConfigPlanChecks: planned(plancheck.ResourceActionCreate),
		ConfigStateChecks: []statecheck.StateCheck{
			has("organization_id", knownvalue.StringExact(bed.organization)),
			has("role_id", knownvalue.StringExact(bed.role)),
			has("user_uuid", knownvalue.StringExact(bed.user)),
			has("id", knownvalue.StringFunc(validators.CheckUUID)),
			has("user_email", knownvalue.NotNull()),
			has("joined_at", knownvalue.NotNull()),
			has("updated_at", knownvalue.NotNull()),
			statecheck.ExpectKnownOutputValue("is_member", knownvalue.Bool(true)),
		},
	}}
	for _, organization := range []string{"", bed.organization + "/"} {
		for _, attribute := range []string{"id", "user_uuid", "user_email"} {
			// A fake PostHog gives the same to all of them, as TestMembership_importsByEveryMember shows in less time.
			if acctest.IsRealPostHog() || organization != "" && attribute == "user_email" {
				steps = append(steps, resource.TestStep{
					Config: config, ResourceName: one, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: id(organization, attribute),
				})
			}
		}
	}
	bed.test(t, steps...)
}

func TestMembership_importsByEveryMember(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.MustApply()
	for _, organization := range []string{"", bed.organization + "/"} {
		for _, attribute := range []string{"id", "user_uuid", "user_email"} {
			id := fmt.Sprintf("%s%s/%s", organization, bed.role, c.Attribute(one, attribute))
			imports := newCore(t, bed)
			imports.Declare(one, membershipOf(bed.role, bed.user))
			imports.Must(imports.Import(one, id))
			if got, want := imports.State[one].Attributes, c.State[one].Attributes; !maps.Equal(got, want) {
				t.Errorf("%s: what is imported is %v, want %v", id, got, want)
			}
			imports.ExpectNoChanges()
		}
	}
}

func TestAccMembership_atCurrentOrganization(t *testing.T) {
	bed := accepting(t)
	bed.test(t, resource.TestStep{
		Config: bed.bare() + membership(bed.role, bed.user, `organization_id = "@current"`),
		ConfigStateChecks: []statecheck.StateCheck{
			has("organization_id", knownvalue.StringExact("@current")),
		},
	})
}

// The identity in state is enough to import what it is the identity of.
func TestMembership_identity(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.MustApply()
	identity := c.Identity(one)
	want := map[string]any{"organization_id": bed.organization, "role_id": bed.role, "user_uuid": bed.user}
	if !maps.Equal(identity, want) {
		t.Errorf("the identity is %v, want %v", identity, want)
	}
	imports := newCore(t, bed)
	imports.Declare(one, membershipOf(bed.role, bed.user))
	imports.AddImport(one, identity)
	if result := imports.MustApply(); result.Action(one) != terraformcore.NoOp || !result.Changes[one].IsImport {
		t.Errorf("the apply is not an import alone: %s", result)
	}
	if got, want := imports.State[one].Attributes, c.State[one].Attributes; !maps.Equal(got, want) {
		t.Errorf("what is imported is %v, want %v", got, want)
	}
}

func TestMembership_importsByIdentity(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.12.0", "1.12.0")
	for name, organization := range map[string]bool{"with the organization": true, "with the provider's organization": false} {
		t.Run(name, func(t *testing.T) {
			bed := fake(t)
			bed.hog.Join(bed.role, bed.user)
			identity := fmt.Sprintf("role_id = %q\n user_uuid = %q\n", bed.role, bed.user)
			if organization {
				identity += fmt.Sprintf("organization_id = %q\n", bed.organization)
			}
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user) +
				"import {\n  to = posthog_role_membership.one\n  identity = {\n" + identity + "}\n}\n"})
			if result := w.Must(0, "apply", "-auto-approve"); !acctest.Message("1 imported, 0 added, 0 changed, 0 destroyed").MatchString(result.Stdout) {
				t.Errorf("the apply is not an import alone: %s", result)
			}
			w.Must(0, "plan", "-detailed-exitcode")
			if state := w.Read("terraform.tfstate"); !acctest.Message(`"organization_id": "` + bed.organization + `"`).MatchString(state) {
				t.Errorf("the organization is not in state: %s", state)
			}
		})
	}
}

// membershipOf is the configuration of a membership.
func membershipOf(role, user string) map[string]any {
	return map[string]any{"role_id": role, "user_uuid": user}
}

func TestMembership_everyInputMoves(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(2))
	other := bed.hog.AddOrganization("Other")
	otherRole := bed.hog.AddRole(other, "Elsewhere")
	// A key's owner can be in both organizations.
	bed.hog.AddUserWith(other, bed.hog.Owner())
	bed.hog.SetLevel(other, bed.hog.Owner().UUID, 15)
	bed.hog.AddUserWith(other, bed.hog.User(1))

	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.MustApply()
	elsewhere := membershipOf(otherRole, bed.hog.User(1).UUID)
	elsewhere["organization_id"] = other
	for _, config := range []map[string]any{membershipOf(bed.hog.Role(1), bed.user), membershipOf(bed.hog.Role(1), bed.hog.User(1).UUID), elsewhere} {
		c.Declare(one, config)
		bed.hog.ForgetRequests()
		if result := c.MustApply(); result.Action(one) != terraformcore.Update || result.Changes[one].PlannedValue("id") != terraformcore.Unknown {
			t.Errorf("it is not moved: %s", result)
		}
		acctest.ExpectAddedFirst(t, bed.hog)
	}
	for _, role := range []string{bed.role, bed.hog.Role(1)} {
		if members := bed.hog.Members(role); len(members) > 0 {
			t.Errorf("role %s still has %v", role, members)
		}
	}
	c.Must(c.Destroy())
	if members := bed.hog.Members(otherRole); len(members) > 0 {
		t.Errorf("role %s still has %v", otherRole, members)
	}
}

func TestMembership_drift(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]fakeposthog.Option{
		"newest server": nil,
		"older server":  {fakeposthog.Older()},
		"nulls":         {fakeposthog.NullFields()},
		"extra fields":  {fakeposthog.ExtraFields()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, append(options, fakeposthog.MembersEach(2), fakeposthog.Users(2))...)
			bed.user = bed.hog.User(2).UUID
			c := newCore(t, bed)
			c.Declare(one, membershipOf(bed.role, bed.user))
			c.MustApply()

			// Somebody takes the user out of the role in the web app.
			bed.hog.Leave(bed.role, bed.user)
			if result := c.MustApply(); result.Action(one) != terraformcore.Create {
				t.Errorf("who was taken out is not added again: %s", result)
			}
			// Somebody takes the user out and puts them in again: another membership, the same member.
			bed.hog.Leave(bed.role, bed.user)
			id := bed.hog.Join(bed.role, bed.user).ID
			if result := c.MustApply(); result.HasChanges() || c.Attribute(one, "id") != id {
				t.Errorf("the state does not follow: %v, want %s: %s", c.Attribute(one, "id"), id, result)
			}
			c.Must(c.Destroy())
			if err := bed.leftBehind(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMembership_goesWithItsRole(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.MustApply()
	bed.hog.DeleteRole(bed.role)
	if result := c.Must(c.Plan()); result.Action(one) != terraformcore.Create || !acctest.Message("Warning: Role was deleted").MatchString(result.Warnings()) {
		t.Errorf("the plan does not add the membership again, with a warning: %s", result)
	}
	if result := c.Apply(); !acctest.Message("Role not found", "There is no role "+bed.role, "Check role_id").MatchString(result.Errors()) || !result.HasErrorAt("role_id") {
		t.Errorf("the message is another: %s", result)
	}
}

func TestMembership_destroyFindsTheUserUnderAnotherID(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.MustApply()
	// Between the refresh and the delete, somebody takes the user out and puts them in again.
	bed.hog.Inject(fakeposthog.Fault{On: "DELETE role_membership", Do: fakeposthog.Before(func() {
		bed.hog.Leave(bed.role, bed.user)
		bed.hog.Join(bed.role, bed.user)
	})})
	c.Remove(one)
	c.MustApply()
	if err := bed.leftBehind(); err != nil {
		t.Error(err)
	}
	bed.hog.ExpectRequests(t, "DELETE role_membership", 2) // One for each id.
}

// A server that does not answer cannot be planned against: a plan that is green would be believed.
func TestMembership_planFailsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.host = "http://" + closedPort(t)
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	if result := c.Plan(); !acctest.Message("Unable to read role", "No answer from", "Check that host").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}

// Two resources for one membership: the plan says so, also when both would adopt.
func TestMembership_declaredTwice(t *testing.T) {
	t.Parallel()
	for name, adopts := range map[string]bool{"created": false, "adopted": true} {
		t.Run(name, func(t *testing.T) {
			bed := fake(t)
			if adopts {
				bed.hog.Join(bed.role, bed.user)
			}
			c := newCore(t, bed)
			c.Configure("adopt_existing", adopts)
			c.Declare(one, membershipOf(bed.role, bed.user))
			c.Declare("posthog_role_membership.again", membershipOf(bed.role, bed.user))
			bed.hog.ForgetRequests()
			result := c.Apply()
			if !acctest.Message("Error: Membership declared twice", "Two resources declare the membership of", bed.user, "Keep one").MatchString(result.Errors()) {
				t.Errorf("the message is another: %s", result)
			}
			bed.hog.ExpectRequests(t, "POST role_memberships", 0)
		})
	}
}

// What is known only when applying cannot be compared when planning: the second create fails, and the first is not disturbed.
func TestMembership_declaredTwiceAndKnownLate(t *testing.T) {
	t.Parallel()
	for name, argument := range map[string]string{"created": "", "adopted": "adopt_existing = true"} {
		t.Run(name, func(t *testing.T) {
			bed := fake(t)
			if argument != "" {
				bed.hog.Join(bed.role, bed.user)
			}
			late := func(name string) string {
				return fmt.Sprintf(`
					resource "terraform_data" %[1]q { input = %[2]q }
					resource "posthog_role_membership" %[1]q {
						role_id   = %[3]q
						user_uuid = terraform_data.%[1]s.output
					}`, name, bed.user, bed.role)
			}
			once := acctest.Requirements + bed.provider(argument)
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": once + late("one") + late("again")})
			result := w.Must(1, "apply", "-auto-approve")
			if !acctest.Message("Error: Membership declared twice").MatchString(result.Stderr) &&
				!acctest.Message("Another resource of this configuration has added the user to the role.", "Keep one").MatchString(result.Stderr) {
				t.Errorf("the message is another: %s", result)
			}
			if n := strings.Count(w.Read("terraform.tfstate"), `"user_email"`); n != 1 {
				t.Errorf("the membership is in state %d times", n)
			}
			if !bed.hog.IsMember(bed.role, bed.user) {
				t.Error("the user is out of the role")
			}
		})
	}
}
