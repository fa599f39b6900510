package provider

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// createsUnknown stands in record.Creates for what is known only after apply.
const createsUnknown = "unknown"

// recordKey is where a record is in private state.
const recordKey = "record"

// A record is what a resource remembers beside its state, where nobody sees it.
type record struct {
	// OrganizationID is the UUID of the organization that the role is in, however state has it written. What is written
	// may come to mean another organization, and the membership does not move.
	OrganizationID string `json:"organization_id,omitempty"`
	// Holder tells this resource from every other that declares the same: a provider does not get to know addresses.
	Holder string `json:"holder"`
	// Creates is what the plan has this resource create: a membership (see ownership.Member), or a role (see recorded). The delete
	// half of a replacement shares this record, and leaves what the create half makes. It is "" if nothing is created.
	Creates string `json:"creates,omitempty"`
	// Begun are the memberships (see ownership.Member) that an unfinished move has added, or may have added.
	Begun []string `json:"begun,omitempty"`
	// Former are the UUIDs of those in a whole role whose email was another one, by that email in lower case, as FormerEmail.
	Former map[string]string `json:"former,omitempty"`
	// Ignored are the UUIDs of those in a whole role whom the ignored emails mean, by email in lower case: who gets another email
	// is left alone all the same.
	Ignored map[string]string `json:"ignored,omitempty"`
	// FormerEmail is what the user's email was when it was another one, so that a configuration which still has it can be
	// told what has happened.
	FormerEmail string `json:"former_email,omitempty"`

	// stored says that the record was in private state, which it is not for a resource that is created.
	stored bool
}

// begun returns the memberships in Begun.
func (r record) begun() []ownership.Member {
	var members []ownership.Member
	for _, text := range r.Begun {
		if member, ok := ownership.ParseMember(text); ok {
			members = append(members, member)
		}
	}
	return members
}

// hasBegun reports whether an unfinished move has added a membership, or may have added it.
func (r record) hasBegun(member ownership.Member) bool {
	return slices.Contains(r.Begun, member.String())
}

// begin records that a move has added a membership, or may have added it.
func (r *record) begin(member ownership.Member) {
	if !r.hasBegun(member) {
		r.Begun = append(r.Begun, member.String())
	}
}

// end records that a membership is not part of an unfinished move any more.
func (r *record) end(member ownership.Member) {
	r.Begun = slices.DeleteFunc(r.Begun, func(text string) bool { return text == member.String() })
}

// endRole records that no membership of a role (see recorded) is part of an unfinished move any more.
func (r *record) endRole(role string) {
	r.Begun = slices.DeleteFunc(r.Begun, func(text string) bool { return strings.HasPrefix(text, role+"/") })
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
		return record{Holder: rand.Text()}, diags
	}
	kept.stored = true
	return kept, diags
}

// clearRecord empties the record of a resource that leaves the state, because Terraform passes it to the plan of the create that follows.
func clearRecord(ctx context.Context, private privateState) diag.Diagnostics {
	return private.SetKey(ctx, recordKey, []byte("{}"))
}

// keepIn puts a record into private state.
func (r record) keepIn(ctx context.Context, private privateState) diag.Diagnostics {
	content, err := json.Marshal(r)
	if err != nil {
		panic(err) // Texts and truths can always be written.
	}
	return private.SetKey(ctx, recordKey, content)
}
