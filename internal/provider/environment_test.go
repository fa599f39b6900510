package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// fromEnvironment runs a life of a membership whose provider block has nothing but these arguments.
func (b *testbed) fromEnvironment(t *testing.T, arguments map[string]any) {
	t.Helper()
	c := newCore(t, b)
	c.Arguments = arguments
	c.Declare(one, membershipOf(b.role, b.user))
	c.MustApply()
	if !b.hog.IsMember(b.role, b.user) {
		t.Error("the user is not in the role")
	}
	c.Must(c.Destroy())
	if err := b.leftBehind(); err != nil {
		t.Error(err)
	}
}

func TestEnvironment_standsInForTheConfiguration(t *testing.T) {
	for _, variable := range []string{"POSTHOG_PERSONAL_API_KEY", "POSTHOG_API_KEY"} {
		t.Run(variable, func(t *testing.T) {
			bed := fake(t)
			t.Setenv("POSTHOG_HOST", bed.host)
			t.Setenv("POSTHOG_ORGANIZATION_ID", bed.organization)
			t.Setenv(variable, bed.key)
			bed.fromEnvironment(t, map[string]any{})
		})
	}
}

func TestEnvironment_personalKeyComesFirst(t *testing.T) {
	bed := fake(t)
	t.Setenv("POSTHOG_PERSONAL_API_KEY", bed.key)
	t.Setenv("POSTHOG_API_KEY", "phx_wrong")
	t.Setenv("POSTHOG_HOST", bed.host)
	t.Setenv("POSTHOG_ORGANIZATION_ID", bed.organization)
	bed.fromEnvironment(t, map[string]any{})
}

func TestEnvironment_configurationComesFirst(t *testing.T) {
	bed := fake(t)
	t.Setenv("POSTHOG_PERSONAL_API_KEY", "phx_wrong")
	t.Setenv("POSTHOG_HOST", "http://"+closedPort(t))
	t.Setenv("POSTHOG_ORGANIZATION_ID", "018f401e-9a6b-7a00-8b00-00000000aaaa")
	bed.fromEnvironment(t, map[string]any{"host": bed.host, "api_key": bed.key, "organization_id": bed.organization})
}

func TestUnknownValues_inTheResource(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Configure("organization_id", nil)
	c.Declare(one, map[string]any{"organization_id": terraformcore.Unknown, "role_id": terraformcore.Unknown, "user_uuid": terraformcore.Unknown})
	plan := c.Must(c.Plan())
	if plan.Action(one) != terraformcore.Create || plan.Changes[one].PlannedValue("organization_id") != terraformcore.Unknown {
		t.Errorf("the organization is not left open: %s", plan)
	}
	c.Declare(one, map[string]any{"organization_id": bed.organization, "role_id": bed.role, "user_uuid": bed.user})
	c.Must(c.ApplyPlan(plan))
	c.ExpectNoChanges()
	if got := c.Attribute(one, "organization_id"); got != bed.organization {
		t.Errorf("the organization in state is %v", got)
	}
	if !bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is not in the role")
	}
	c.Must(c.Destroy())
	if err := bed.leftBehind(); err != nil {
		t.Error(err)
	}
}

// The real Terraform, since it decides what it asks a provider that is not configured yet.
func TestUnknownValues_inTheProvider(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	config := func(generation int) string {
		return fmt.Sprintf(`
			resource "terraform_data" "secrets" {
				triggers_replace = %d
				input            = { key = %q, organization = %q }
			}
			provider "posthog" {
				host            = %q
				api_key         = terraform_data.secrets.output.key
				organization_id = terraform_data.secrets.output.organization
			}`, generation, bed.key, bed.organization, bed.host) + membership(bed.role, bed.user)
	}
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + config(1)})
	w.Must(0, "apply", "-auto-approve")
	w.Write("main.tf", acctest.Requirements+config(2)) // The key is made anew: it is unknown while the membership is in state.
	result := w.Must(0, "apply", "-auto-approve")
	if !acctest.Message("1 added, 0 changed, 1 destroyed").MatchString(result.Stdout) || strings.Contains(result.Stdout, one+" will be") {
		t.Errorf("something but the key changes: %s", result)
	}
	if !bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is not in the role any more")
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 1)
	bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
	w.Must(0, "plan", "-detailed-exitcode")
	w.Must(0, "destroy", "-auto-approve")
	if err := bed.leftBehind(); err != nil {
		t.Error(err)
	}
}

func TestUnknownValues_aDataSourceNeedsThem(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Configure("api_key", terraformcore.Unknown)
	listing(bed, c)
	if result := c.Plan(); !acctest.Message("Provider configuration not known yet", "The provider's api_key will be known only after apply.", "-target").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}

func TestTwoConfigurations(t *testing.T) {
	t.Parallel()
	bed, other := fake(t), fake(t)
	config := bed.provider() + fmt.Sprintf(`
		provider "posthog" {
			alias           = "other"
			host            = %q
			api_key         = %q
			organization_id = %q
		}
		resource "posthog_role_membership" "other" {
			provider  = posthog.other
			role_id   = %q
			user_uuid = %q
		}`, other.host, other.key, other.organization, other.role, other.hog.User(1).UUID) + membership(bed.role, bed.user)
	// In processes of their own, as each configuration is: the stand-in for Terraform's core has one configuration.
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + config})
	w.Apply()
	if !bed.hog.IsMember(bed.role, bed.user) || bed.hog.IsMember(bed.role, other.hog.User(1).UUID) ||
		!other.hog.IsMember(other.role, other.hog.User(1).UUID) {
		t.Error("a configuration went to the wrong server")
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 1)
	other.hog.ExpectRequests(t, "POST role_memberships", 1)
}
