package provider

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// whole returns the configuration of a whole role, named “whole”, with everybody who is named.
func whole(role string, users []string, arguments ...string) string {
	quoted := make([]string, len(users))
	for i, user := range users {
		quoted[i] = fmt.Sprintf("%q", user)
	}
	return fmt.Sprintf("\nresource \"posthog_role_members\" \"whole\" {\n  role_id = %q\n  users = [%s]\n  %s\n}\n",
		role, strings.Join(quoted, ", "), strings.Join(arguments, "\n  "))
}

// emails returns the addresses of users from first until before end.
func (b *testbed) emails(first, end int) []string {
	var emails []string
	for i := first; i < end; i++ {
		emails = append(emails, b.email(i))
	}
	return emails
}

// wholeInState returns a state that has the testbed's role whole, as it is.
func (b *testbed) wholeInState(t *testing.T) string {
	t.Helper()
	users, members := []string{}, map[string]string{}
	for _, member := range b.hog.Members(b.role) {
		users, members[member.UserUUID] = append(users, member.Email), member.Email
	}
	slices.Sort(users)
	attributes, err := json.Marshal(map[string]any{
		"id": b.role, "organization_id": b.organization, "role_id": b.role, "role_name": "Role 0", "users": users, "members": members,
		"ignored_users": nil, "max_removals": nil,
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "6c1f5b0e-8a5d-4d0e-9a39-0d8a4a2c7f12",
		"outputs": {}, "resources": [{"mode": "managed", "type": "posthog_role_members", "name": "whole",
		"provider": "provider[\"%s/posthog-rbac/posthog\"]", "instances": [{"schema_version": 0, "sensitive_attributes": [], "attributes": %s}]}]}`,
		acctest.ProviderHost(), attributes)
}

// A role of three thousand that has not changed costs one read, and one of the organizations, and fits in 70 MB. What Terraform
// itself does for a list grows with the square of its length, and is most of the work for ten thousand.
func TestRoleMembersScale_realTerraform(t *testing.T) {
	t.Parallel()
	const n, most = 3000, 70 << 10 // KiB
	bed := fake(t, fakeposthog.MembersEach(n))
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf": acctest.Requirements + bed.provider() + whole(bed.role, bed.emails(0, n)), "terraform.tfstate": bed.wholeInState(t),
	})
	w.UseReleased()
	w.Setenv("GOGC", "100") // Memory is what is measured.
	plan, used := runMeasured(w, "plan", "-detailed-exitcode")
	if plan.Code != 0 {
		t.Fatalf("the plan is not empty: %.2000s", plan)
	}
	bed.hog.ExpectRequests(t, "GET role", 1)
	bed.hog.ExpectRequests(t, "GET organizations", 1)
	bed.hog.ExpectRequests(t, "", 2)
	t.Logf("the provider used %d MiB", used>>10)
	if _, err := os.Stat("/proc/self/status"); err == nil && (used == 0 || used > most) {
		t.Errorf("the provider used %d KiB, want some and at most %d", used, most)
	}
}

// Ten of five thousand are exchanged, and the list is turned round: that is ten creates and ten deletes.
func TestRoleMembersScale_exchange(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	const n, exchanged = 5000, 10
	bed := fake(t, fakeposthog.Users(n+exchanged))
	for i := range n {
		bed.hog.Join(bed.role, bed.hog.User(i).UUID)
	}
	c := newCore(t, bed)
	declare := func(users []string) { c.Declare(oneWhole, map[string]any{"role_id": bed.role, "users": users}) }
	declare(bed.emails(0, n))
	c.Must(c.Apply())
	bed.hog.ExpectRequests(t, "POST role_memberships", 0)

	users := bed.emails(exchanged, n+exchanged)
	slices.Reverse(users)
	declare(users)
	bed.hog.ForgetRequests()
	c.Must(c.Apply())
	bed.hog.ExpectRequests(t, "POST role_memberships", exchanged)
	bed.hog.ExpectRequests(t, "DELETE role_membership", exchanged)
	// The plan and the apply are a process each, which asks for the role, the organizations, and 5,010 people in two pages.
	if n, most := bed.others(), 2*(1+1+2); n > most {
		t.Errorf("the apply made %d requests besides the writes, want at most %d", n, most)
	}
}

// A thousand come under PostHog's limit of 480 requests a minute. Here the minute takes five seconds: the counts are
// PostHog's own, and the limit is met twice.
func TestRoleMembersScale_rateLimit(t *testing.T) {
	t.Parallel()
	const n = 1000
	bed := fake(t, fakeposthog.Users(n), fakeposthog.RateLimit(480, 5*time.Second))
	c := newCore(t, bed)
	c.Declare(oneWhole, map[string]any{"role_id": bed.role, "users": bed.emails(0, n)})
	c.Must(c.Apply())
	refused, sent := 0, 0
	for _, request := range bed.hog.Requests() {
		if sent++; request.Status == 429 {
			refused++
		}
	}
	t.Logf("%d of %d requests were refused", refused, sent)
	if refused*20 >= sent {
		t.Errorf("%d of %d requests were refused, want less than 5%%", refused, sent)
	}
	if in := len(bed.hog.Members(bed.role)); in != n {
		t.Errorf("%d are in the role, want %d", in, n)
	}
}
