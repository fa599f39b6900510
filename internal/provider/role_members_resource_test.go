package provider

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

const wholeAddress = "posthog_role_members.whole"

// A wholeRoleTest is a workspace with a whole role in it.
type wholeRoleTest struct {
	*testbed
	*acctest.Workspace
}

// wholeRoleOf returns a workspace for a role with nobody in it, of an organization of ten.
func wholeRoleOf(t *testing.T, options ...fakeposthog.Option) wholeRoleTest {
	t.Helper()
	bed := fake(t, append([]fakeposthog.Option{fakeposthog.Users(10)}, options...)...)
	return wholeRoleTest{bed, acctest.NewWorkspace(t, nil)}
}

// declare writes a configuration that has a whole role of these users, and more.
func (w wholeRoleTest) declare(users []string, arguments ...string) {
	w.t().Helper()
	w.Write("main.tf", acctest.Requirements+w.provider()+whole(w.role, users, arguments...))
}

func (w wholeRoleTest) t() *testing.T { return w.T }

// joined puts users in the role behind Terraform's back.
func (b *testbed) joined(users ...int) {
	for _, user := range users {
		b.hog.Join(b.role, b.hog.User(user).UUID)
	}
}

// expect fails the test when others than these users are in the role.
func (b *testbed) expect(users ...int) {
	b.t.Helper()
	var got, want []string
	for _, member := range b.hog.Members(b.role) {
		got = append(got, member.Email)
	}
	for _, user := range users {
		want = append(want, b.email(user))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		b.t.Errorf("in the role are %v, want %v", got, want)
	}
}

// plans makes a plan and returns its change of the whole role, and what Terraform printed.
func (w wholeRoleTest) plans(arguments ...string) (*tfjson.Change, acctest.Outcome) {
	w.t().Helper()
	printed := w.Must(0, append([]string{"plan", "-out=saved.tfplan"}, arguments...)...)
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(w.Must(0, "show", "-json", "saved.tfplan").Stdout), &plan); err != nil {
		w.t().Fatal(err)
	}
	for _, change := range plan.ResourceChanges {
		if change.Address == wholeAddress {
			return change.Change, printed
		}
	}
	return &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionNoop}}, printed
}

// expectPlan makes a plan, and fails the test when others than these come and go.
func (w wholeRoleTest) expectPlan(come, leave []int, arguments ...string) acctest.Outcome {
	w.t().Helper()
	change, printed := w.plans(arguments...)
	w.expectChange(membersIn(change.Before), membersIn(change.After), come, leave)
	return printed
}

// expectChange fails the test when between the members before and after others than these come and go.
func (b *testbed) expectChange(before, after map[string]string, come, leave []int) {
	b.t.Helper()
	got := [2][]string{}
	for uuid, email := range after {
		if _, in := before[uuid]; !in {
			got[0] = append(got[0], email)
		}
	}
	for uuid, email := range before {
		if _, in := after[uuid]; !in {
			got[1] = append(got[1], email)
		}
	}
	for i, users := range [][]int{come, leave} {
		var want []string
		for _, user := range users {
			want = append(want, b.email(user))
		}
		slices.Sort(got[i])
		slices.Sort(want)
		if !slices.Equal(got[i], want) {
			b.t.Errorf("in the plan %v %s, want %v", got[i], []string{"come", "go"}[i], want)
		}
	}
}

func membersIn(resource any) map[string]string {
	members := map[string]string{}
	if attributes, ok := resource.(map[string]any); ok {
		texts, _ := attributes["members"].(map[string]any)
		for uuid, email := range texts {
			members[uuid], _ = email.(string)
		}
	}
	return members
}

// The life of a whole role: users are named as one likes, the plan says who comes and goes, drift is seen both ways, and a
// destroy takes out those in state.
func TestRoleMembers_life(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.declare([]string{w.email(0), w.hog.User(1).UUID, strings.ToUpper(w.email(2))})
	w.expectPlan([]int{0, 1, 2}, nil)
	w.Must(0, "apply", "saved.tfplan")
	w.expect(0, 1, 2)

	// Order, case and the way somebody is named mean nothing.
	w.hog.ForgetRequests()
	w.declare([]string{w.email(2), strings.ToUpper(w.email(1)), w.hog.User(0).UUID})
	w.Must(0, "plan", "-detailed-exitcode")
	w.hog.ExpectRequests(w.t(), "GET role", 1)
	w.hog.ExpectRequests(w.t(), "GET organizations", 1)
	w.hog.ExpectRequests(w.t(), "GET members", 1) // Another spelling may be the email of another user.
	w.hog.ExpectRequests(w.t(), "", 3)

	// Who was added outside is to go, who was removed outside to come back.
	w.joined(5)
	w.hog.Leave(w.role, w.hog.User(1).UUID)
	w.expectPlan([]int{1}, []int{5})
	w.Must(0, "apply", "saved.tfplan")
	w.expect(0, 1, 2)

	// However the list is re-ordered, the plan has those who come and those who go.
	w.declare([]string{w.email(6), w.email(1), w.hog.User(7).UUID, w.email(0)})
	w.hog.ForgetHistory()
	w.expectPlan([]int{6, 7}, []int{2})
	w.Must(0, "apply", "saved.tfplan")
	w.expect(0, 1, 6, 7)
	if history := w.hog.History(w.role); len(history) != 3 || !history[0].In || !history[1].In || history[2].In {
		t.Errorf("not first those came who were to come: %+v", history)
	}

	w.declare(nil)
	w.expectPlan(nil, []int{0, 1, 6, 7})
	w.Must(0, "apply", "saved.tfplan")
	w.Must(0, "plan", "-detailed-exitcode")
	w.expect()

	w.declare(w.emails(0, 3), fmt.Sprintf("ignored_users = [%q, %q]", w.email(8), w.hog.User(9).UUID))
	w.joined(8, 9)
	w.Apply()
	w.expect(0, 1, 2, 8, 9)
	w.Must(0, "destroy", "-auto-approve")
	w.expect(8, 9)
}

// Who is not known when planning is resolved in the apply.
func TestRoleMembers_knownAfterApply(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.joined(4)
	w.Write("main.tf", acctest.Requirements+w.provider()+fmt.Sprintf(`
		resource "terraform_data" "one" { input = %q }
		resource "terraform_data" "all" { input = [%q, %q] }
		resource "posthog_role_members" "whole" {
			role_id = %q
			users   = [terraform_data.one.output, %q]
		}
		resource "posthog_role_members" "other" {
			role_id       = %q
			users         = terraform_data.all.output
			ignored_users = [terraform_data.one.output]
		}`, w.email(0), w.email(1), w.email(2), w.role, w.hog.User(3).UUID, w.hog.AddRole("", "Other")))
	w.Apply()
	w.expect(0, 3)
}

// A declared member who is deactivated stays. PostHog would refuse to add the user again after a removal.
func TestRoleMembers_deactivatedStays(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.declare(w.emails(0, 3))
	w.Apply()
	w.hog.DeactivateUser(w.hog.User(1).UUID)
	w.hog.ForgetHistory()
	w.declare(append(w.emails(0, 2), w.email(4)))
	w.Must(0, "apply", "-auto-approve")
	w.Must(0, "apply", "-auto-approve", "-replace="+wholeAddress)
	w.Must(0, "taint", wholeAddress)
	w.Must(0, "apply", "-auto-approve", "-refresh=false")
	w.expect(0, 1, 4)
	for _, user := range []int{0, 1} {
		if w.hog.EverOut(w.role, w.hog.User(user).UUID) {
			t.Errorf("user %d was out of the role", user)
		}
	}
	// An import names who may not be found in the organization.
	w.Must(0, "state", "rm", wholeAddress)
	w.Must(0, "import", wholeAddress, w.role)
	w.Must(0, "plan", "-detailed-exitcode")
}

// A role, an organization's address and a provider that are known only after apply.
func TestRoleMembers_unknownUntilApply(t *testing.T) {
	t.Parallel()
	w := wholeRoleOf(t)
	w.hog.Join(w.role, w.hog.User(5).UUID)
	config := func(users []string, generation int) string {
		return acctest.Requirements + fmt.Sprintf(`
			resource "terraform_data" "known" {
				input            = { host = %q, role = %q, organization = %q }
				triggers_replace = %d
			}
			provider "posthog" {
				host            = terraform_data.known.output.host
				api_key         = %q
				organization_id = terraform_data.known.output.organization
			}`, w.host, w.role, w.organization, generation, w.key) +
			strings.ReplaceAll(whole(w.role, users), fmt.Sprintf("role_id = %q", w.role), "role_id = terraform_data.known.output.role")
	}
	w.Write("main.tf", config(w.emails(0, 3), 1))
	w.Apply()
	w.expect(0, 1, 2)
	w.Write("main.tf", config(w.emails(1, 4), 1))
	w.Apply()
	w.expect(1, 2, 3)
	w.Must(0, "destroy", "-auto-approve")
	w.expect()
}
