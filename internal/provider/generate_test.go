package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

// Generated configuration names people by email, but for those who share one.
func TestGenerate_namesPeople(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.MembersEach(2))
	bed.hog.Join(bed.role, bed.hog.AddUser("", "USER1@example.com").UUID)
	p := newProtocol(t, bed)
	byEmail, byUUID := 0, 0
	for _, result := range p.lists(100, true, nil) {
		generated, err := p.served.(tfserver.FrameworkServer).GenerateResourceConfig(t.Context(), &tfprotov6.GenerateResourceConfigRequest{
			TypeName: "posthog_role_membership", State: result.Resource,
		})
		if err != nil || len(generated.Diagnostics) > 0 {
			t.Fatal(err, generated)
		}
		texts := p.texts(p.schemas.ResourceSchemas["posthog_role_membership"].ValueType(), generated.Config)
		_, email := texts["user_email"]
		_, uuid := texts["user_uuid"]
		switch {
		case email && !uuid:
			byEmail++
		case uuid && !email:
			byUUID++
		}
		for _, computed := range []string{"id", "role_id", "organization_id", "joined_at"} {
			if _, ok := texts[computed]; ok {
				t.Errorf("%s is in the configuration: %v", computed, texts)
			}
		}
	}
	if byEmail != 1 || byUUID != 2 {
		t.Errorf("%d are named by email and %d by UUID, want 1 and 2", byEmail, byUUID)
	}
}
