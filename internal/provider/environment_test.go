package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// fromEnvironment runs a life of a membership whose provider block has nothing but these arguments.
func (b *testbed) fromEnvironment(t *testing.T, arguments map[string]any) {
	t.Helper()
	c := newCore(t, b)
	c.arguments = arguments
	c.config(one, membershipOf(b.role, b.user))
	c.mustApply()
	if !b.hog.IsMember(b.role, b.user) {
		t.Error("the user is not in the role")
	}
	c.must(c.destroy())
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
	bed.test(t, resource.TestStep{
		Config: bed.bare() + fmt.Sprintf(`
			resource "terraform_data" "ids" {
				input = { organization = %q, role = %q, user = %q }
			}
			resource "posthog_role_membership" "one" {
				organization_id = terraform_data.ids.output.organization
				role_id         = terraform_data.ids.output.role
				user_uuid       = terraform_data.ids.output.user
			}`, bed.organization, bed.role, bed.user),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectUnknownValue(one, tfjsonpath.New("organization_id")),
		}},
		ConfigStateChecks: []statecheck.StateCheck{has("organization_id", knownvalue.StringExact(bed.organization))},
	})
}

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
	bed.test(t,
		resource.TestStep{Config: config(1)},
		resource.TestStep{ // The key is made anew: it is unknown while the membership is in state.
			Config:           config(2),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
			Check: func(*terraform.State) error {
				if !bed.hog.IsMember(bed.role, bed.user) {
					return fmt.Errorf("the user is not in the role any more")
				}
				return nil
			},
		},
	)
}

func TestUnknownValues_aDataSourceNeedsThem(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
		Config: fmt.Sprintf(`
			resource "terraform_data" "key" { input = %q }
			provider "posthog" {
				host            = %q
				api_key         = terraform_data.key.output
				organization_id = %q
			}`, bed.key, bed.host, bed.organization) + roleMemberships(bed.role),
		ExpectError: says("Provider configuration not known yet", "The provider's api_key will be known only after apply.", "-target"),
	}}})
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
	// In processes of their own, as each configuration is: terraform-plugin-testing would serve both from one.
	w := newWorkspace(t, map[string]string{"main.tf": requirements + config})
	w.apply()
	if !bed.hog.IsMember(bed.role, bed.user) || bed.hog.IsMember(bed.role, other.hog.User(1).UUID) ||
		!other.hog.IsMember(other.role, other.hog.User(1).UUID) {
		t.Error("a configuration went to the wrong server")
	}
	bed.hog.ExpectRequests(t, "POST role_memberships", 1)
	other.hog.ExpectRequests(t, "POST role_memberships", 1)
}
