package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A failure midway: everybody who was refused is named in one error, the others are done, and the next apply sends only what
// is missing. A create leaves no state, which Terraform would take for damaged; an update leaves what is true.
func TestRoleMembers_failureMidway(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.joined(7, 8)
	w.hog.DeactivateUser(w.hog.User(1).UUID)
	w.hog.DeactivateUser(w.hog.User(2).UUID)
	users := []string{w.email(0), w.hog.User(1).UUID, w.hog.User(2).UUID, w.email(3)}
	named := acctest.Message("Error: Unable to change role members", "made 2 of 6 changes to the members of role Role 0",
		"Not added:", w.hog.User(1).UUID, w.hog.User(2).UUID, "User does not exist.", "must be active and in the organization")
	w.declare(users)
	result := w.Must(1, "apply", "-auto-approve")
	if !named.MatchString(result.Stderr) || !acctest.Message("This resource was not written to the state").MatchString(result.Stderr) || strings.Count(result.Stderr, "Error:") != 1 {
		t.Errorf("the create says something else: %s", result)
	}
	w.expect(0, 3, 7, 8)
	if w.HasFile("terraform.tfstate") && strings.Contains(w.Read("terraform.tfstate"), "posthog_role_members") {
		t.Error("the create has left state")
	}
	w.hog.ForgetRequests()
	w.Must(1, "apply", "-auto-approve")
	w.hog.ExpectRequests(t, "POST role_memberships", 2)

	w.declare(w.emails(3, 5))
	w.hog.ForgetRequests()
	w.Apply()
	w.hog.ExpectRequests(t, "POST role_memberships", 1)
	w.hog.ExpectRequests(t, "DELETE role_membership", 3)
	w.joined(7, 8)
	w.declare(append(users, w.email(4)))
	if result := w.Must(1, "apply", "-auto-approve"); !acctest.Message("made 1 of 5 changes", "The state has the current members of the role.").MatchString(result.Stderr) {
		t.Errorf("the update says something else: %s", result)
	}
	w.expect(0, 3, 4, 7, 8)
	w.Must(0, "plan", "-refresh=false", "-target=terraform_data.none")
	if state := w.members(); !maps.Equal(state, map[string]bool{w.email(0): true, w.email(3): true, w.email(4): true, w.email(7): true, w.email(8): true}) {
		t.Errorf("in state are %v", state)
	}
	w.declare([]string{w.email(0), w.email(3), w.email(4)})
	w.Apply()
	w.expect(0, 3, 4)
}

// members returns who is in state.
func (w wholeRoleTest) members() map[string]bool {
	w.t().Helper()
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct{ Members map[string]string } `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal([]byte(w.Read("terraform.tfstate")), &state); err != nil {
		w.t().Fatal(err)
	}
	all := map[string]bool{}
	for _, email := range state.Resources[0].Instances[0].Attributes.Members {
		all[email] = true
	}
	return all
}

// A row that PostHog hides is reported, once.
func TestRoleMembers_hiddenRow(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.joined(1)
	w.hog.HideMembership(w.role, w.hog.User(1).UUID)
	w.declare(w.emails(0, 3))
	result := w.Must(1, "apply", "-auto-approve")
	if !acctest.Message("Not added:", w.email(1)+" ("+w.hog.User(1).UUID+")", "already part of the role, but does not list the user in it", "contact PostHog's support").
		MatchString(result.Stderr) {
		t.Errorf("the message is another: %s", result)
	}
	w.hog.ExpectRequests(t, "POST role_memberships", 3)
}

// A key below admin may not see everybody, and would take nobody seen for nobody there.
func TestRoleMembers_keyBelowAdmin(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.declare(w.emails(0, 2))
	w.Apply()
	w.hog.ForgetRequests()
	admins := w.key
	w.key = w.hog.AddKey(fakeposthog.Key{Owner: w.hog.User(9).UUID})
	blind := acctest.Message("Error: Key may not see all members", "not an admin of organization", "Use the key of an organization admin or owner")
	for name, try := range map[string]func() acctest.Outcome{
		"an update":                   func() acctest.Outcome { return w.Must(1, "plan") },
		"an update without a refresh": func() acctest.Outcome { return w.Must(1, "plan", "-refresh=false") },
		"a destroy":                   func() acctest.Outcome { return w.Must(1, "destroy", "-auto-approve") },
		"a destroy without a refresh": func() acctest.Outcome { return w.Must(1, "destroy", "-auto-approve", "-refresh=false") },
		"an import": func() acctest.Outcome {
			return w.Must(1, "import", "posthog_role_members.other", w.role)
		},
		"a create": func() acctest.Outcome {
			return w.Must(1, "plan", "-target=posthog_role_members.other")
		},
	} {
		w.hog.RestrictVisibility("", w.hog.User(9).UUID)
		w.Write("main.tf", acctest.Requirements+w.provider()+whole(w.role, w.emails(0, 3))+fmt.Sprintf(
			"resource \"posthog_role_members\" \"other\" {\n  role_id = %q\n  users = []\n}\n", w.hog.AddRole("", name)))
		if result := try(); !blind.MatchString(result.Stderr) {
			t.Errorf("%s says something else: %s", name, result)
		}
	}
	w.hog.ExpectRequests(t, "POST role_memberships", 0)
	w.hog.ExpectRequests(t, "DELETE role_membership", 0)
	w.key = admins
	w.declare(w.emails(0, 2))
	w.Must(0, "plan", "-detailed-exitcode")
}

// A key that may not read its owner's level is not refused: the level is then unknown.
func TestRoleMembers_levelIsNotTold(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeposthog.Action{
		"404": fakeposthog.Error(404, "invalid_request", "not_found", "Not found.", ""),
		"403": fakeposthog.Error(403, "authentication_error", "permission_denied", "You do not have permission to perform this action.", ""),
	} {
		t.Run(name, func(t *testing.T) {
			w := wholeRoleInCore(t)
			w.hog.Inject(fakeposthog.Fault{On: "GET organizations", Times: fakeposthog.Forever, Do: answer})
			w.declare(w.emails(0, 2))
			w.MustApply()
			w.expect(0, 1)
		})
	}
}

// Ctrl-C lets what was sent finish. A create leaves no state, an update what is true; the next apply does what is missing.
func TestRoleMembers_interrupted(t *testing.T) {
	t.Parallel()
	const n, parallel = 40, 10
	w := wholeRoleOf(t, fakeposthog.Users(n))
	for _, there := range []int{0, 1} { // A create, and an update of one.
		w.declare(w.emails(0, there))
		if there > 0 {
			w.Must(0, "destroy", "-auto-approve")
			w.Apply()
		}
		w.hog.ForgetRequests()
		w.declare(w.emails(0, n))
		action, release := fakeposthog.Hold()
		w.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Times: fakeposthog.Forever, Do: action})
		answer := func() { time.AfterFunc(2500*time.Millisecond, release) } // As slow as PostHog was once seen to be.
		result := interruptTerraform(w.Workspace, w.hog, "POST role_memberships", parallel, answer, "apply", "-auto-approve")
		w.hog.ClearFaults()
		if result.Code == 0 || !acctest.Message("Unable to change role members", "interrupted").MatchString(result.Stderr) {
			t.Errorf("the apply says something else: %s", result)
		}
		w.hog.ExpectRequests(t, "POST role_memberships", parallel)
		if in := len(w.hog.Members(w.role)); in != there+parallel {
			t.Errorf("%d are in the role, want %d", in, there+parallel)
		} else if there > 0 && len(w.members()) != in {
			t.Errorf("%d are in the role, and %d in state", in, len(w.members()))
		}
		w.Apply()
		w.hog.ExpectRequests(t, "POST role_memberships", n-there)
	}
}
