package diagnostics

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// The resource of a wrong name is usually not in state yet, so there is nothing to destroy.
func TestNotFound_saysNothingAboutDestroy(t *testing.T) {
	t.Parallel()
	for _, message := range []diag.Diagnostic{
		UserNotFound(path.Root("user_email"), "alise@example.com", "the role", nil),
		UsersNotFound(path.Root("users"), []UnknownEntry{{Entry: "alise@example.com"}}, "the role"),
		RoleNotFoundByName(path.Root("role_name"), "Enginering", "the organization", nil, nil),
	} {
		if strings.Contains(message.Detail(), "destroy") {
			t.Error(message.Detail())
		}
	}
}
