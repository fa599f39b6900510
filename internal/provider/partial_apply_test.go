package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestPartialApply_stateHasTheSuccesses(t *testing.T) {
	t.Parallel()
	const users = 50
	bed := fake(t, fakeposthog.Users(users))
	// Some fail cleanly, some after the work was done with the answer lost, some with the server's own errors for ever.
	for i := range 5 {
		bed.hog.DeactivateUser(bed.hog.User(10 * i).UUID)
	}
	bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Skip: 5, Times: 5, Do: fakeposthog.CloseAfter()})
	bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Skip: 20, Times: 5, Do: fakeposthog.Error(403, "authentication_error", "permission_denied", "No.", "")})
	w := newWorkspace(t, map[string]string{"main.tf": bed.fleet(1, users)})

	result := w.must(1, "apply", "-auto-approve")
	if n := strings.Count(result.stdout+result.stderr, "Error: Unable to add user to role"); n < 5 {
		t.Errorf("%d errors, want those of the 5 deactivated users at least: %s", n, result)
	}
	expectState := func() {
		t.Helper()
		inState := map[string]bool{}
		for _, id := range regexp.MustCompile(`"id": ?"([^"]+)"`).FindAllStringSubmatch(w.read("terraform.tfstate"), -1) {
			inState[id[1]] = true
		}
		members := bed.hog.Members(bed.role)
		for _, member := range members {
			if !inState[member.ID] {
				t.Errorf("%s is in the role and not in state", member.Email)
			}
		}
		if len(inState) != len(members) {
			t.Errorf("the state has %d memberships, the server %d", len(inState), len(members))
		}
	}
	expectState()

	// The five come back: here as others in their places, since a deactivated user cannot be told from an unknown one.
	config := w.read("main.tf")
	for i := range 5 {
		user := bed.hog.AddUser("", fmt.Sprintf("again%d@example.com", i))
		config = strings.ReplaceAll(config, bed.hog.User(10*i).UUID, user.UUID)
	}
	w.write("main.tf", config)
	w.apply()
	expectState()
	if n := len(bed.hog.Members(bed.role)); n != users {
		t.Errorf("%d members, want %d", n, users)
	}
}

// A state that is lost after the create is found again by the import block that the error prints, or by adoption.
func TestLostState(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider() + membership(bed.role, bed.user)})
	w.must(0, "apply", "-auto-approve")
	before := bed.hog.Members(bed.role)[0].ID
	found := func(by string) {
		t.Helper()
		if after := bed.hog.Members(bed.role)[0].ID; after != before || !strings.Contains(w.read("terraform.tfstate"), before) {
			t.Errorf("by %s: the membership is %s, and was %s", by, after, before)
		}
	}

	w.remove("terraform.tfstate")
	failed := w.must(1, "apply", "-auto-approve")
	if !says("Warning: User is already in the role", bed.email(0), "import {").MatchString(failed.stdout) {
		t.Errorf("the plan does not warn: %s", failed)
	}
	if !says("Error: User is already in the role", bed.email(0), "import {", bed.email(0), "adopt_existing = true").MatchString(failed.stderr) {
		t.Errorf("the error does not help: %s", failed)
	}
	block := regexp.MustCompile(`(?s)import \{.*?\}`).FindString(failed.stderr)
	w.write("import.tf", strings.ReplaceAll(strings.ReplaceAll(block, "│", ""), ".example", ".one"))
	w.apply()
	found("import")

	w.remove("terraform.tfstate")
	w.remove("import.tf")
	w.write("main.tf", requirements+bed.provider("adopt_existing = true")+membership(bed.role, bed.user))
	adopted := w.must(0, "apply", "-auto-approve")
	if !says("Warning: Existing membership will be adopted", bed.email(0), "will take the membership over").MatchString(adopted.stdout) {
		t.Errorf("the plan does not say that it will adopt: %s", adopted)
	}
	if !says("Warning: Existing membership adopted", bed.email(0), "From now on Terraform manages").MatchString(adopted.stdout) {
		t.Errorf("the apply does not say that it adopted: %s", adopted)
	}
	w.must(0, "plan", "-detailed-exitcode")
	found("adoption")
	w.must(0, "destroy", "-auto-approve")
	if bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is still in the role")
	}
}

func TestForetelling_costsOneListingForEachRole(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(20))
	w := newWorkspace(t, map[string]string{"main.tf": bed.fleet(3, 20)})
	planned := w.must(0, "plan")
	bed.hog.ExpectRequests(t, "GET role", 3)
	bed.hog.ExpectRequests(t, "", 3)
	if n := strings.Count(planned.stdout, "User is already in the role"); n == 0 {
		t.Errorf("the plan does not warn: %s", planned)
	}
}

func TestForetelling_isQuietWhenTheMembershipIsReplaced(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider() + membership(bed.role, bed.user)})
	w.must(0, "apply", "-auto-approve")
	for _, command := range []string{"plan -refresh=false -replace=" + one, "apply -auto-approve -replace=" + one} {
		if result := w.must(0, strings.Fields(command)...); strings.Contains(result.stdout, "already in the role") {
			t.Errorf("it warns of the membership that is to be replaced: %s", result)
		}
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// A resource moves to another address, and what was to have the membership there fails: the old one must not take the user
// out of the role.
func TestPartialApply_nobodyIsTakenOutWhoIsWanted(t *testing.T) {
	t.Parallel()
	const moved = "posthog_role_membership.moved"
	bed := fake(t)
	c := newCore(t, bed)
	c.provider("adopt_existing", true)
	c.config(one, membershipOf(bed.role, bed.user))
	c.mustApply()
	c.remove(one)
	c.config(moved, membershipOf(bed.role, bed.user))
	c.order = []string{moved, one}
	bed.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: fakeposthog.Error(409, "invalid_request", "conflict", "No.", "")})
	result := c.apply()
	if !bed.hog.IsMember(bed.role, bed.user) || !says("Unable to add user to role").MatchString(result.errors()) {
		t.Errorf("the user is in the role: %t; %s", bed.hog.IsMember(bed.role, bed.user), result)
	}
	bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
	c.mustApply()
	if !bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is out of the role")
	}
}
