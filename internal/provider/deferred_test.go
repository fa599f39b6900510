package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

// If Terraform supports deferred actions, the provider defers everything while its configuration is unknown.
func TestUnknownValues_areDeferredWhereTerraformCan(t *testing.T) {
	served := tfserver.New(newTestProvider())
	schemas, err := served.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	object := func(schema *tfprotov6.Schema, values map[string]any) *tfprotov6.DynamicValue {
		kind := schema.ValueType().(tftypes.Object)
		complete := map[string]tftypes.Value{}
		for name, attribute := range kind.AttributeTypes {
			complete[name] = tftypes.NewValue(attribute, values[name])
		}
		value, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, complete))
		if err != nil {
			t.Fatal(err)
		}
		return &value
	}
	configured, err := served.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config:             object(schemas.Provider, map[string]any{"host": tftypes.UnknownValue, "api_key": "phx_x", "organization_id": "@current"}),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured.Diagnostics)
	}
	memberships := schemas.ResourceSchemas["posthog_role_membership"]
	ids := map[string]any{"role_id": "018f401e-9a6b-7a00-8b00-00000000aaaa", "user_uuid": "018f401e-9a6b-7a00-8b00-00000000bbbb"}
	nothing, err := tfprotov6.NewDynamicValue(memberships.ValueType(), tftypes.NewValue(memberships.ValueType(), nil))
	if err != nil {
		t.Fatal(err)
	}
	planned, err := served.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: "posthog_role_membership", Config: object(memberships, ids), PriorState: &nothing, ProposedNewState: object(memberships, ids),
		ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || planned.Deferred == nil || planned.Deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
		t.Errorf("the plan is not deferred: %v %+v", err, planned)
	}
}
