package provider

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// recordKey is where a record is in private state.
const recordKey = "record"

// A record is what a resource remembers beside its state, where nobody sees it.
type record struct {
	// OrganizationID is the UUID of the organization that the role is in, however state has it written. What is written
	// may come to mean another organization, and the membership does not move.
	OrganizationID string `json:"organization_id,omitempty"`
	// Holder tells this resource from every other that declares the same: a provider does not get to know addresses.
	Holder string `json:"holder"`
	// HandedOver says that the plan has another resource take the membership over, so that it is not to be destroyed.
	HandedOver bool `json:"handed_over,omitempty"`
	// Creates is the role that the plan has a whole role's resource make (see recorded), so that the destroy which is the
	// other half of a replacement does not empty it first. It is "" when nothing is created.
	Creates string `json:"creates,omitempty"`
	// Former are the UUIDs of those in a whole role whose email was another one, by that email in lower case, as FormerEmail.
	Former map[string]string `json:"former,omitempty"`
	// Ignored are the UUIDs of those in a whole role whom the ignored emails mean, by email in lower case: who gets another email
	// is left alone all the same.
	Ignored map[string]string `json:"ignored,omitempty"`
	// FormerEmail is what the user's email was when it was another one, so that a configuration which still has it can be
	// told what has happened.
	FormerEmail string `json:"former_email,omitempty"`
}

// recorded names a role in a record.
func recorded(ref posthog.RoleRef) string { return ref.OrganizationID + "/" + ref.ID }

// organizationOr returns the organization of a record, or as it is written where the record does not say.
func (r record) organizationOr(written types.String) string {
	return cmp.Or(r.OrganizationID, written.ValueString())
}

// privateState is the framework's, which gives it no name.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// recordIn returns the record of a resource, or the beginning of one for a resource that has none: a new one, one that is
// imported, or one that an older version or another provider has written.
func recordIn(ctx context.Context, private privateState) (record, diag.Diagnostics) {
	content, diags := private.GetKey(ctx, recordKey)
	var kept record
	if len(content) == 0 || json.Unmarshal(content, &kept) != nil || kept.Holder == "" {
		kept = record{Holder: rand.Text()}
	}
	return kept, diags
}

// keepIn puts a record into private state.
func (r record) keepIn(ctx context.Context, private privateState) diag.Diagnostics {
	content, err := json.Marshal(r)
	if err != nil {
		panic(err) // Texts and truths can always be written.
	}
	return private.SetKey(ctx, recordKey, content)
}
