package terraformcore

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestCheckMatch(t *testing.T) {
	t.Parallel()
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"role": tftypes.String, "user": tftypes.String, "id": tftypes.String}}
	planned := valueOf(kind, map[string]any{"role": "a", "id": Unknown})
	if problem := checkMatch(planned, valueOf(kind, map[string]any{"role": "a", "id": "b"}), "example"); problem != "" {
		t.Error(problem)
	}
	for _, wrong := range []map[string]any{nil, {"role": "b", "id": "b"}, {"role": "a", "id": "b", "user": "c"}, {"role": "a", "id": "b", "user": Unknown}} {
		if checkMatch(planned, valueOf(kind, wrong), "example") == "" {
			t.Errorf("%v matches the plan", wrong)
		}
	}
}
