package provider

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// Who is gone from the organization is a warning: “terraform destroy” begins with a plan, which an error would stop.
func TestUser_whoHasLeft(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	email := bed.email(0)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + byEmailOf(bed.role, email)})
	w.Must(0, "apply", "-auto-approve")
	bed.hog.LeaveOrganization("", bed.user)
	result := w.Must(0, "plan")
	if !acctest.Message("Warning: User has left", "user0@example.com is not in role", "any more, and cannot be added again: user not found.").MatchString(result.Stdout) {
		t.Errorf("the plan does not warn: %s", result)
	}
	state := w.Read("terraform.tfstate")
	w.Must(0, "destroy", "-auto-approve")
	w.Write("terraform.tfstate", state)

	// Not even a key that may not look for anybody stands in the way.
	whole := bed.key
	bed.key = bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}})
	w.Write("main.tf", acctest.Requirements+bed.provider()+byEmailOf(bed.role, email))
	w.Must(0, "destroy", "-auto-approve")
	bed.key = whole
	w.Write("main.tf", acctest.Requirements+bed.provider()+byEmailOf(bed.role, email))
	w.Write("terraform.tfstate", state)

	if result := w.Must(1, "apply", "-auto-approve"); !acctest.Message("User not found").MatchString(result.Stderr) {
		t.Errorf("the apply says something else: %s", result)
	}
	// The apply has dropped the membership from state, so that the next plan does not know that it was there.
	w.Must(1, "destroy", "-auto-approve")
	w.Must(0, "destroy", "-auto-approve", "-refresh=false")
}

func TestUser_whoIsNotInTheOrganization(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	stranger := "018f401e-9a6b-7a00-8b00-00000000aaaa"
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, stranger))
	result := c.Must(c.Plan())
	if !acctest.Message("Warning: User is not in the organization", "no user with the UUID "+stranger, "unless the user joins before it").MatchString(result.Warnings()) {
		t.Errorf("the plan does not warn: %s", result)
	}
}

// An email that is known only after apply is resolved by then.
func TestUser_knownAfterApply(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, map[string]any{"role_id": bed.role, "user_email": terraformcore.Unknown})
	plan := c.Must(c.Plan())
	c.Declare(one, memberByEmail(bed.role, bed.email(0)))
	c.Must(c.ApplyPlan(plan))
	c.ExpectNoChanges()
	if got := c.Attribute(one, "user_uuid"); got != bed.user {
		t.Errorf("the user in state is %v, want %s", got, bed.user)
	}
	c.Must(c.Destroy())
	if err := bed.leftBehind(); err != nil {
		t.Error(err)
	}
}

// Fifty memberships are created. Twenty exist already and are adopted: the plan lists them.
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
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider("adopt_existing = true") + fmt.Sprintf(
		"resource \"posthog_role_membership\" \"all\" {\n  for_each = toset([%s])\n  role_id = %q\n  user_email = each.key\n}\n",
		strings.Join(emails, ", "), bed.role)})
	w.Must(0, "plan", "-out=saved.tfplan")
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(w.Must(0, "show", "-json", "saved.tfplan").Stdout), &plan); err != nil {
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
	w.Must(0, "apply", "saved.tfplan")
	w.Must(0, "plan", "-detailed-exitcode")
}
