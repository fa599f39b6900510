package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
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
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": bed.fleet(1, users)})

	result := w.Must(1, "apply", "-auto-approve")
	if n := strings.Count(result.Stdout+result.Stderr, "Error: Unable to add user to role"); n < 5 {
		t.Errorf("%d errors, want those of the 5 deactivated users at least: %s", n, result)
	}
	expectState := func() {
		t.Helper()
		inState := map[string]bool{}
		for _, id := range regexp.MustCompile(`"id": ?"([^"]+)"`).FindAllStringSubmatch(w.Read("terraform.tfstate"), -1) {
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

	// The five come back: here as others in their places, because a deactivated user looks like an unknown one.
	config := w.Read("main.tf")
	for i := range 5 {
		user := bed.hog.AddUser("", fmt.Sprintf("again%d@example.com", i))
		config = strings.ReplaceAll(config, bed.hog.User(10*i).UUID, user.UUID)
	}
	w.Write("main.tf", config)
	w.Apply()
	expectState()
	if n := len(bed.hog.Members(bed.role)); n != users {
		t.Errorf("%d members, want %d", n, users)
	}
}

// A state that is lost after the create is found again by the import block that the error prints, or by adoption.
func TestLostState(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user)})
	w.Must(0, "apply", "-auto-approve")
	before := bed.hog.Members(bed.role)[0].ID
	found := func(by string) {
		t.Helper()
		if after := bed.hog.Members(bed.role)[0].ID; after != before || !strings.Contains(w.Read("terraform.tfstate"), before) {
			t.Errorf("by %s: the membership is %s, and was %s", by, after, before)
		}
	}

	w.RemoveFile("terraform.tfstate")
	failed := w.Must(1, "apply", "-auto-approve")
	if !acctest.Message("Error: User is already in the role", bed.email(0), "moved {", "import {", `"Role 0/`+bed.email(0)+`"`, "adopt_existing = true").MatchString(failed.Stderr) {
		t.Errorf("the error does not help: %s", failed)
	}
	block := regexp.MustCompile(`(?s)import \{.*?\}`).FindString(failed.Stderr)
	w.Write("import.tf", strings.ReplaceAll(strings.ReplaceAll(block, "│", ""), ".example", ".one"))
	w.Apply()
	found("import")

	w.RemoveFile("terraform.tfstate")
	w.RemoveFile("import.tf")
	w.Write("main.tf", acctest.Requirements+bed.provider("adopt_existing = true")+membership(bed.role, bed.user))
	adopted := w.Must(0, "apply", "-auto-approve")
	if !acctest.Message("Warning: Existing membership will be adopted", bed.email(0), "Terraform will manage the membership").MatchString(adopted.Stdout) {
		t.Errorf("the plan does not say that it will adopt: %s", adopted)
	}
	if !acctest.Message("Warning: Existing membership adopted", bed.email(0), "From now on Terraform manages").MatchString(adopted.Stdout) {
		t.Errorf("the apply does not say that it adopted: %s", adopted)
	}
	w.Must(0, "plan", "-detailed-exitcode")
	found("adoption")
	w.Must(0, "destroy", "-auto-approve")
	if bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is still in the role")
	}
}

func TestForetelling_costsOneListingForEachRole(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(20))
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": bed.fleet(3, 20)})
	planned := w.Must(1, "plan")
	bed.hog.ExpectRequests(t, "GET role", 3)
	bed.hog.ExpectRequests(t, "", 3)
	if n := strings.Count(planned.Stderr, "User is already in the role"); n != 60 {
		t.Errorf("the plan fails for %d memberships, want 60: %s", n, planned)
	}
}

func TestForetelling_isQuietWhenTheMembershipIsReplaced(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user)})
	w.Must(0, "apply", "-auto-approve")
	for _, command := range []string{"plan -refresh=false -replace=" + one, "apply -auto-approve -replace=" + one} {
		if result := w.Must(0, strings.Fields(command)...); strings.Contains(result.Stdout, "already in the role") {
			t.Errorf("it warns of the membership that is to be replaced: %s", result)
		}
	}
	w.Must(0, "plan", "-detailed-exitcode")
}
