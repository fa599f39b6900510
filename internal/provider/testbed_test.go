package provider

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A testbed is a PostHog with one role and one user who is not in it.
type testbed struct {
	hog                     *fakeposthog.Server // nil when it is a real PostHog
	host, key, organization string
	role, user              string
	t                       *testing.T
}

// fake returns a testbed on fakeposthog.
func fake(t *testing.T, options ...fakeposthog.Option) *testbed {
	t.Helper()
	if acctest.IsRealPostHog() {
		t.Skip("needs fakeposthog; this run has a real PostHog")
	}
	hog := fakeposthog.Start(t, append([]fakeposthog.Option{fakeposthog.Users(3)}, options...)...)
	return &testbed{t: t, hog: hog, host: hog.URL, key: hog.Key, organization: hog.OrganizationID, role: hog.Role(0), user: hog.User(0).UUID}
}

// accepting returns a testbed on the real PostHog of the environment, when “make testacc” asks for it, else on fakeposthog,
// in parallel with other tests.
func accepting(t *testing.T) *testbed {
	t.Helper()
	if !acctest.IsRealPostHog() {
		t.Parallel() // Nobody else is in its role.
		return fake(t)
	}
	return &testbed{
		host: os.Getenv("POSTHOG_HOST"), key: os.Getenv("POSTHOG_PERSONAL_API_KEY"), organization: os.Getenv("POSTHOG_ORGANIZATION_ID"),
		role: os.Getenv("POSTHOG_TEST_ROLE_ID"), user: os.Getenv("POSTHOG_TEST_USER_UUID"),
	}
}

// email returns the address of fakeposthog's i-th user.
func (b *testbed) email(i int) string { return b.hog.User(i).Email }

// arguments returns those of the provider.
func (b *testbed) arguments() map[string]any {
	return map[string]any{"host": b.host, "api_key": b.key, "organization_id": b.organization}
}

// provider returns the provider block, with further arguments.
func (b *testbed) provider(arguments ...string) string {
	return fmt.Sprintf("provider \"posthog\" {\n  host = %q\n  api_key = %q\n  organization_id = %q\n  %s\n}\n",
		b.host, b.key, b.organization, strings.Join(arguments, "\n  "))
}

// bare returns a provider block without an organization.
func (b *testbed) bare(arguments ...string) string {
	return fmt.Sprintf("provider \"posthog\" {\n  host = %q\n  api_key = %q\n  %s\n}\n", b.host, b.key, strings.Join(arguments, "\n  "))
}

// membership returns a resource block named “one”.
func membership(role, user string, arguments ...string) string {
	return fmt.Sprintf("\nresource \"posthog_role_membership\" \"one\" {\n  role_id = %q\n  user_uuid = %q\n  %s\n}\n",
		role, user, strings.Join(arguments, "\n  "))
}

// test runs steps with the provider in this process, and adds to each apply that the next plan is empty.
func (b *testbed) test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	for i := range steps {
		if steps[i].Config != "" && steps[i].ExpectError == nil && !steps[i].ExpectNonEmptyPlan && !steps[i].PlanOnly && !steps[i].ImportState {
			steps[i].ConfigPlanChecks.PostApplyPostRefresh = append(steps[i].ConfigPlanChecks.PostApplyPostRefresh, plancheck.ExpectEmptyPlan())
		}
	}
	testCase := resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: steps}
	if b.hog != nil {
		testCase.CheckDestroy = func(*terraform.State) error { return b.leftBehind() }
	}
	resource.Test(t, testCase)
}

// leftBehind says who is in the role after everything was destroyed, when it should be nobody.
func (b *testbed) leftBehind() error {
	for _, member := range b.hog.Members(b.role) {
		if member.UserUUID == b.user {
			return fmt.Errorf("user %s is still in role %s", b.user, b.role)
		}
	}
	return nil
}
