package provider

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// byEmail returns a resource block named “one” whose user is named by email.
func byEmailOf(role, email string, arguments ...string) string {
	return fmt.Sprintf("\nresource \"posthog_role_membership\" \"one\" {\n  role_id = %q\n  user_email = %q\n  %s\n}\n",
		role, email, strings.Join(arguments, "\n  "))
}

func plans(attribute string, value knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(one, tfjsonpath.New(attribute), value)
}

// The plan of a create says who gets what, and another way to name the same person changes nothing.
func TestUser_namedByEmail(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.RenameRole(bed.role, "Engineering")
	email := "USER0@example.com"
	noop := planned(plancheck.ResourceActionNoop)
	bed.test(t,
		resource.TestStep{
			Config: bed.provider() + byEmailOf(bed.role, email),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plans("user_email", knownvalue.StringExact(email)),
				plans("user_uuid", knownvalue.StringExact(bed.user)),
				plans("role_name", knownvalue.StringExact("Engineering")),
				plans("organization_member_id", knownvalue.NotNull()),
			}},
			ConfigStateChecks: []statecheck.StateCheck{has("user_email", knownvalue.StringExact(email)), has("user_uuid", knownvalue.StringExact(bed.user))},
		},
		resource.TestStep{Config: bed.provider() + byEmailOf(bed.role, "user0@EXAMPLE.com"), ConfigPlanChecks: noop},
		resource.TestStep{Config: bed.provider() + membership(bed.role, bed.user), ConfigPlanChecks: noop},
		resource.TestStep{Config: bed.provider() + membership(bed.role, bed.user, `user_email = "user0@example.com"`), ConfigPlanChecks: noop},
		resource.TestStep{Config: bed.provider() + byEmailOf(bed.role, "user0@example.com"), ConfigPlanChecks: noop},
		resource.TestStep{
			PreConfig:         func() { bed.hog.RenameRole(bed.role, "Platform") },
			Config:            bed.provider() + byEmailOf(bed.role, "user0@example.com"),
			ConfigPlanChecks:  noop,
			ConfigStateChecks: []statecheck.StateCheck{has("role_name", knownvalue.StringExact("Platform"))},
		},
		resource.TestStep{
			Config: bed.provider() + byEmailOf(bed.role, bed.email(1)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(one, plancheck.ResourceActionDestroyBeforeCreate),
				plans("user_uuid", knownvalue.StringExact(bed.hog.User(1).UUID)),
			}},
		},
		resource.TestStep{
			Config: bed.provider() + membership(bed.role, bed.user),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(one, plancheck.ResourceActionDestroyBeforeCreate),
				plans("user_email", knownvalue.StringExact("user0@example.com")),
			}},
		},
	)
}

func TestUser_badInput(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Users(4))
	twin := bed.hog.AddUser("", "USER1@example.com")
	limited := *bed
	limited.key = bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}})
	for name, test := range map[string]struct {
		config string
		want   []string
	}{
		"neither": {
			bed.provider() + fmt.Sprintf("resource \"posthog_role_membership\" \"one\" {\n  role_id = %q\n}", bed.role),
			[]string{"user_uuid", "user_email"},
		},
		"no email": {bed.provider() + byEmailOf(bed.role, "alice"), []string{"Invalid user_email", `must be an email address such as "alice@example.com", not "alice"`}},
		"nobody": {
			bed.provider() + byEmailOf(bed.role, "uzer0@example.com"),
			[]string{"Nobody has that email", "uzer0@example.com. Did you mean user0@example.com", "Check the spelling."},
		},
		"two": {
			bed.provider() + byEmailOf(bed.role, "user1@example.com"),
			[]string{"Several people have that email", "2 people have the email user1@example.com", twin.UUID, "Name the right one by UUID."},
		},
		"two people": {
			bed.provider() + membership(bed.role, bed.user, `user_email = "user2@example.com"`),
			[]string{"UUID and email are two people", "user2@example.com is that of user " + bed.hog.User(2).UUID, "user_uuid is " + bed.user},
		},
		"without the scope": {
			limited.provider() + byEmailOf(bed.role, "user0@example.com"),
			[]string{"Unable to find user", "'organization_member:read'", "Add the scope organization_member:read"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
				Config: test.config, ExpectError: says(test.want...),
			}}})
		})
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 0)
}

// A key without organization_member:read can do what needs no look at the organization.
func TestUser_withoutTheScope(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.key = bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}})
	bed.test(t,
		resource.TestStep{
			Config: bed.provider() + membership(bed.role, bed.user),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(one, tfjsonpath.New("user_email")), plans("role_name", knownvalue.NotNull()),
			}},
		},
		resource.TestStep{Config: bed.provider() + byEmailOf(bed.role, bed.email(0)), ConfigPlanChecks: planned(plancheck.ResourceActionNoop)},
	)
}

// Somebody's email changes in PostHog.
func TestUser_emailChanges(t *testing.T) {
	t.Parallel()
	t.Run("named by UUID", func(t *testing.T) {
		t.Parallel()
		bed := fake(t)
		bed.test(t,
			resource.TestStep{Config: bed.provider() + membership(bed.role, bed.user)},
			resource.TestStep{
				PreConfig:         func() { bed.hog.ChangeEmail(bed.user, "new@example.com") },
				Config:            bed.provider() + membership(bed.role, bed.user),
				ConfigPlanChecks:  planned(plancheck.ResourceActionNoop),
				ConfigStateChecks: []statecheck.StateCheck{has("user_email", knownvalue.StringExact("new@example.com"))},
			},
		)
	})
	t.Run("named by email", func(t *testing.T) {
		t.Parallel()
		bed := fake(t)
		old := bed.email(0)
		config := bed.provider() + byEmailOf(bed.role, old)
		bed.test(t,
			resource.TestStep{Config: config},
			resource.TestStep{
				PreConfig:   func() { bed.hog.ChangeEmail(bed.user, "new@example.com") },
				Config:      config,
				ExpectError: says("Email has changed", "new@example.com ("+bed.user+")", "had the email "+old+" before; nobody there has it now."),
			},
			resource.TestStep{ // Somebody else gets the address: no membership goes from the one to the other unasked.
				PreConfig:   func() { bed.hog.ChangeEmail(bed.hog.User(1).UUID, old) },
				Config:      config,
				ExpectError: says("Email has changed", "now it is that of somebody else, "+bed.hog.User(1).UUID),
			},
			resource.TestStep{Config: bed.provider() + byEmailOf(bed.role, "new@example.com"), ConfigPlanChecks: planned(plancheck.ResourceActionNoop)},
			resource.TestStep{ // Who is really meant is said by the UUID.
				Config:           bed.provider() + membership(bed.role, bed.hog.User(1).UUID, fmt.Sprintf("user_email = %q", old)),
				ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
			},
		)
		bed.hog.ExpectRequests(t, "POST role_memberships", 2)
	})
}

// Between a saved plan and its apply, something that the plan names changes in PostHog. Terraform plans a create again when
// it applies it, and tells a provider nothing of the first plan, so that what is different by then can only be refused. Nothing
// is sent, and a new plan goes through.
func TestUser_planThatIsOutOfDate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config  func(bed *testbed) string
		changes func(bed *testbed)
	}{
		"the role's name": {
			func(bed *testbed) string { return bed.provider() + byEmailOf(bed.role, bed.email(0)) },
			func(bed *testbed) { bed.hog.RenameRole(bed.role, "Another name") },
		},
		"the email of a UUID": {
			func(bed *testbed) string { return bed.provider() + membership(bed.role, bed.user) },
			func(bed *testbed) { bed.hog.ChangeEmail(bed.user, "new@example.com") },
		},
		"who is there already": {
			func(bed *testbed) string {
				bed.hog.Join(bed.role, bed.user)
				return bed.provider("adopt_existing = true") + membership(bed.role, bed.user)
			},
			func(bed *testbed) { bed.hog.Leave(bed.role, bed.user) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			w := newWorkspace(t, map[string]string{"main.tf": requirements + test.config(bed)})
			w.must(0, "plan", "-out=saved.tfplan")
			test.changes(bed)
			result := w.must(1, "apply", "saved.tfplan")
			if !says("Provider produced inconsistent final plan").MatchString(result.stderr) {
				t.Errorf("the message is another: %s", result)
			}
			bed.hog.ExpectRequests(t, "POST role_memberships", 0)
			w.apply()
		})
	}
}

// Between a saved plan and its apply, the email that the configuration names somebody by becomes another one.
func TestUser_changesBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider() + byEmailOf(bed.role, bed.email(0))})
	w.must(0, "plan", "-out=saved.tfplan")
	bed.hog.ChangeEmail(bed.user, "new@example.com")
	result := w.must(1, "apply", "saved.tfplan")
	if !says("Nobody has that email").MatchString(result.stderr) || says("inconsistent").MatchString(result.stderr) {
		t.Errorf("the message is another: %s", result)
	}
}

// Who is gone from the organization is a warning: “terraform destroy” begins with a plan, which an error would stop.
func TestUser_whoHasLeft(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	email := bed.email(0)
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider() + byEmailOf(bed.role, email)})
	w.apply()
	bed.hog.LeaveOrganization("", bed.user)
	result := w.must(0, "plan")
	if !says("Warning: User has left", "user0@example.com is not in role", "any more, and cannot be added again: nobody has that email.").MatchString(result.stdout) {
		t.Errorf("the plan does not warn: %s", result)
	}
	state := w.read("terraform.tfstate")
	w.must(0, "destroy", "-auto-approve")
	w.write("terraform.tfstate", state)

	// Not even a key that may not look for anybody stands in the way.
	whole := bed.key
	bed.key = bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}})
	w.write("main.tf", requirements+bed.provider()+byEmailOf(bed.role, email))
	w.must(0, "destroy", "-auto-approve")
	bed.key = whole
	w.write("main.tf", requirements+bed.provider()+byEmailOf(bed.role, email))
	w.write("terraform.tfstate", state)

	if result := w.must(1, "apply", "-auto-approve"); !says("Nobody has that email").MatchString(result.stderr) {
		t.Errorf("the apply says something else: %s", result)
	}
	// The apply has dropped the membership from state, so that the next plan does not know that it was there.
	w.must(1, "destroy", "-auto-approve")
	w.must(0, "destroy", "-auto-approve", "-refresh=false")
}

func TestUser_whoIsNotInTheOrganization(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	stranger := "018f401e-9a6b-7a00-8b00-00000000aaaa"
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider() + membership(bed.role, stranger)})
	result := w.must(0, "plan")
	if !says("Warning: User is not in the organization", "nobody with the UUID "+stranger, "unless the user joins before it").MatchString(result.stdout) {
		t.Errorf("the plan does not warn: %s", result)
	}
}

// An email that is known only after apply is resolved by then.
func TestUser_knownAfterApply(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.test(t, resource.TestStep{
		Config: bed.provider() + fmt.Sprintf(`
			resource "terraform_data" "email" { input = %q }
			resource "posthog_role_membership" "one" {
				role_id    = %q
				user_email = terraform_data.email.output
			}`, bed.email(0), bed.role),
		ConfigStateChecks: []statecheck.StateCheck{has("user_uuid", knownvalue.StringExact(bed.user))},
	})
}

// Fifty are to be added, of whom twenty are there already and will be adopted: the plan tells which.
func TestUser_adoptionsAreToldFromNewGrants(t *testing.T) {
	t.Parallel()
	const n, there = 50, 20
	bed := fake(t, fakeposthog.Users(n))
	ids := map[string]string{}
	for i := range there {
		ids[bed.email(2*i)] = bed.hog.Join(bed.role, bed.hog.User(2*i).UUID).ID
	}
	var emails []string
	for i := range n {
		emails = append(emails, fmt.Sprintf("%q", bed.email(i)))
	}
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider("adopt_existing = true") + fmt.Sprintf(
		"resource \"posthog_role_membership\" \"all\" {\n  for_each = toset([%s])\n  role_id = %q\n  user_email = each.key\n}\n",
		strings.Join(emails, ", "), bed.role)})
	w.must(0, "plan", "-out=saved.tfplan")
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(w.must(0, "show", "-json", "saved.tfplan").stdout), &plan); err != nil {
		t.Fatal(err)
	}
	adopted := 0
	for _, change := range plan.ResourceChanges {
		after := change.Change.After.(map[string]any)
		email, _ := after["user_email"].(string)
		if after["role_name"] != "Role 0" || email == "" || after["user_uuid"] == nil || after["organization_member_id"] == nil {
			t.Errorf("the plan does not say who gets what: %v", after)
		}
		id, known := after["id"].(string)
		if known {
			adopted++
		}
		if id != ids[email] || known != (after["joined_at"] != nil) {
			t.Errorf("the plan has %v for %s, whose membership is %q", after, email, ids[email])
		}
	}
	if adopted != there || len(plan.ResourceChanges) != n {
		t.Errorf("%d of %d are adopted, want %d of %d", adopted, len(plan.ResourceChanges), there, n)
	}
	w.must(0, "apply", "saved.tfplan")
	w.must(0, "plan", "-detailed-exitcode")
}
