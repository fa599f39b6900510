package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A stand-in that is content with everything would prove nothing.
func TestCore_noticesWhatIsNotAsPlanned(t *testing.T) {
	t.Parallel()
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"role": tftypes.String, "user": tftypes.String, "id": tftypes.String}}
	planned := valueOf(kind, map[string]any{"role": "a", "id": unknown})
	if problem := incompatible(planned, valueOf(kind, map[string]any{"role": "a", "id": "b"}), "example"); problem != "" {
		t.Error(problem)
	}
	for _, wrong := range []map[string]any{nil, {"role": "b", "id": "b"}, {"role": "a", "id": "b", "user": "c"}, {"role": "a", "id": "b", "user": unknown}} {
		if incompatible(planned, valueOf(kind, wrong), "example") == "" {
			t.Errorf("%v is taken for what was planned", wrong)
		}
	}
}
