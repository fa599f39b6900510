package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// fleet returns the configuration of every one of users in every one of roles.
func (b *testbed) fleet(roles, users int, arguments ...string) string {
	var ids []string
	for user := range users {
		ids = append(ids, fmt.Sprintf("%q", b.hog.User(user).UUID))
	}
	config := acctest.Requirements + b.provider(arguments...) + fmt.Sprintf("locals {\n  users = [%s]\n}\n", strings.Join(ids, ", "))
	for role := range roles {
		config += fmt.Sprintf(`
resource "posthog_role_membership" "role%d" {
  count     = length(local.users)
  role_id   = %q
  user_uuid = local.users[count.index]
}
`, role, b.hog.Role(role))
	}
	return config
}

// others counts the requests that are neither creates nor deletes.
func (b *testbed) others() int {
	return b.hog.CountRequests("") - b.hog.CountRequests("POST role_memberships") - b.hog.CountRequests("DELETE role_membership")
}

func (b *testbed) members(roles int) int {
	n := 0
	for i := range roles {
		n += len(b.hog.Members(b.hog.Role(i)))
	}
	return n
}

// crew returns a core that has the configuration of fleet.
func (b *testbed) crew(t *testing.T, roles, users int) *terraformcore.Core {
	t.Helper()
	c := newCore(t, b)
	for role := range roles {
		for user := range users {
			c.Declare(fmt.Sprintf("posthog_role_membership.role%d_%d", role, user), membershipOf(b.hog.Role(role), b.hog.User(user).UUID))
		}
	}
	return c
}

// expectFleet runs an apply, a plan and a destroy of every one of users in every one of roles, and counts the requests. The
// commands fail the test unless they go well, and the plan is empty.
func (b *testbed) expectFleet(t *testing.T, roles, users int, apply, plan, destroy func()) {
	t.Helper()
	apply()
	b.hog.ExpectRequests(t, "POST role_memberships", roles*users)
	// The plan and the apply are a process each. Both read each role, and once who is in the organization.
	if n, most := b.others(), 2*(roles+1); n > most {
		t.Errorf("the apply made %d requests besides the creates, want at most %d", n, most)
	}
	if n := b.members(roles); n != roles*users {
		t.Fatalf("%d memberships after the apply, want %d", n, roles*users)
	}

	b.hog.ForgetRequests()
	plan()
	b.hog.ExpectRequests(t, "GET role", roles)
	b.hog.ExpectRequests(t, "", roles)

	b.hog.ForgetRequests()
	destroy()
	b.hog.ExpectRequests(t, "DELETE role_membership", roles*users)
	if n := b.others(); n > roles {
		t.Errorf("the destroy made %d requests besides the deletes, want at most %d", n, roles)
	}
	if n := b.members(roles); n != 0 {
		t.Errorf("%d memberships after the destroy", n)
	}
}

func TestScale_requestsForAThousandMemberships(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	const roles, users = 10, 100
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.Users(users))
	c := bed.crew(t, roles, users)
	bed.expectFleet(t, roles, users, func() { c.Must(c.Apply()) }, c.ExpectNoChanges, func() { c.Must(c.Destroy()) })
}

// The same with the real Terraform, and fewer: what Terraform itself does for a membership grows with their number, and is
// most of the work for a thousand.
func TestScale_realTerraform(t *testing.T) {
	t.Parallel()
	const roles, users = 10, 10
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.Users(users))
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": bed.fleet(roles, users)})
	bed.expectFleet(t, roles, users,
		func() { w.Must(0, "apply", "-auto-approve") },
		func() { w.Must(0, "plan", "-detailed-exitcode") },
		func() { w.Must(0, "destroy", "-auto-approve") })
}

// PostHog allows 480 requests a minute. Here the minute takes five seconds: the counts are PostHog's own, and the
// limit is met twice in each direction.
func TestScale_rateLimit(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	const roles, users = 10, 100
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.Users(users), fakeposthog.RateLimit(480, 5*time.Second))
	c := bed.crew(t, roles, users)

	for _, run := range []func() *terraformcore.Result{c.Apply, c.Plan, c.Destroy} {
		bed.hog.ForgetRequests()
		result := c.Must(run())
		command := result.Command
		if command == "plan" && result.HasChanges() {
			t.Error("the plan after the apply is not empty")
		}
		refused, sent := 0, 0
		for _, request := range bed.hog.Requests() {
			sent++
			if request.Status == 429 {
				refused++
			}
		}
		t.Logf("%s: %d of %d requests were refused", command, refused, sent)
		if refused*20 >= sent {
			t.Errorf("%s: %d of %d requests were refused, want less than 5%%", command, refused, sent)
		}
	}
	if n := bed.members(roles); n != 0 {
		t.Errorf("%d memberships after the destroy", n)
	}
}
