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

// createsUnknown is the value of privateState.Creates while the role or the user is unknown until apply.
const createsUnknown = "unknown"

// privateStateKey is the key of the private state in Terraform's private storage.
const privateStateKey = "record"

// privateState is what all three resources store next to the state. Terraform does not show it.
type privateState struct {
	// OrganizationID is the UUID of the resource's organization, if state has @current or a slug. It does not change when these mean
	// another organization.
	OrganizationID string `json:"organization_id,omitempty"`
	// Holder is a random ID of this resource, because providers do not know resource addresses. It is short, because Terraform writes the
	// whole state after each resource. It is compared only among the resources of one membership or role.
	Holder string `json:"holder"`
	// Creates is what the plan creates: a membership (ownership.Member) or the members of a role (roleKey). The delete half of a replacement
	// shares the private state, and skips the delete of what the create half makes. It is "" if nothing is created.
	Creates string `json:"creates,omitempty"`
	// Begun are the memberships (ownership.Member) that an unfinished move has added, or may have added.
	Begun []string `json:"begun,omitempty"`
	// FormerRoleName is the role's name in state before it was renamed. A configuration with this name is an error that names the new one.
	FormerRoleName string `json:"former_role_name,omitempty"`

	isStored bool // false for a resource that is created
}

// roleMembershipPrivateState is the private state of posthog_role_membership.
type roleMembershipPrivateState struct {
	privateState

	// FormerEmail is the email in state before PostHog changed it. A configuration with this email is an error that names the new one.
	FormerEmail string `json:"former_email,omitempty"`
}

// roleMembersPrivateState is the private state of posthog_role_members.
type roleMembersPrivateState struct {
	privateState

	// FormerEmails maps each email that a member had in state, in lower case, to the user's UUID.
	FormerEmails map[string]string `json:"former,omitempty"`
	// Ignored maps each ignored email, in lower case, to a user UUID, so that the user stays ignored when their email changes.
	Ignored map[string]string `json:"ignored,omitempty"`
}

// common returns the part that all resources share.
func (s *privateState) common() *privateState { return s }

// recordOrganization records the organization of a resource. written is organization_id in state. If that is the UUID, it is not stored twice.
func (s *privateState) recordOrganization(written types.String, id string) {
	s.OrganizationID = ""
	if written.ValueString() != id {
		s.OrganizationID = id
	}
}

// identify gives a resource without private state the holder that was read with the same membership or role in state. Pulumi's
// "up --refresh" reads and plans a resource, and then deletes it without private state: the plan must not count as another resource.
func (s *privateState) identify(plans *ownership.Plan, inState any) {
	if !s.isStored {
		s.Holder = cmp.Or(plans.Reader(inState), s.Holder)
	}
}

// begun returns the memberships in Begun.
func (s *privateState) begun() []ownership.Member {
	var members []ownership.Member
	for _, text := range s.Begun {
		if member, ok := ownership.ParseMember(text); ok {
			members = append(members, member)
		}
	}
	return members
}

// recordRoleName records the name in state of a role that was renamed.
func (s *privateState) recordRoleName(inState types.String, roleName string) {
	if former := inState.ValueString(); former != "" && !strings.EqualFold(former, roleName) {
		s.FormerRoleName = former
	}
}

// hasBegun reports whether an unfinished move has added a membership, or may have added it.
func (s *privateState) hasBegun(member ownership.Member) bool {
	return slices.Contains(s.Begun, member.String())
}

// beginMember records that a move has added a membership, or may have added it.
func (s *privateState) beginMember(member ownership.Member) {
	if !s.hasBegun(member) {
		s.Begun = append(s.Begun, member.String())
	}
}

// endMember records that a membership is not part of an unfinished move any more.
func (s *privateState) endMember(member ownership.Member) {
	s.Begun = slices.DeleteFunc(slices.Clone(s.Begun), func(text string) bool { return text == member.String() })
}

// endRole records that no membership of a role (roleKey) is part of an unfinished move any more.
func (s *privateState) endRole(role string) {
	s.Begun = slices.DeleteFunc(slices.Clone(s.Begun), func(text string) bool { return strings.HasPrefix(text, role+"/") })
}

// roleKey returns a role as private state stores it.
func roleKey(ref posthog.RoleRef) string { return ref.OrganizationID + "/" + ref.ID }

// privateStore reads and writes private state. The framework's type has no exported name.
type privateStore interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// hasPrivateState is a pointer to the private state of a resource.
type hasPrivateState[S any] interface {
	*S
	common() *privateState
}

// readPrivateState returns the private state of a resource. It is new for a resource that is created or imported, and for the state of
// an older version or another provider.
func readPrivateState[S any, P hasPrivateState[S]](ctx context.Context, store privateStore, diags *diag.Diagnostics) S {
	content, failures := store.GetKey(ctx, privateStateKey)
	diags.Append(failures...)
	var stored S
	if len(content) > 0 && json.Unmarshal(content, &stored) == nil && P(&stored).common().Holder != "" {
		P(&stored).common().isStored = true
		return stored
	}
	var fresh S
	P(&fresh).common().Holder = rand.Text()[:8] // 40 bits
	return fresh
}

// writePrivateState stores the private state of a resource.
func writePrivateState(ctx context.Context, store privateStore, state any, diags *diag.Diagnostics) {
	content, err := json.Marshal(state)
	if err != nil {
		panic(err) // Strings and maps of strings can always be marshaled.
	}
	diags.Append(store.SetKey(ctx, privateStateKey, content)...)
}

// clearPrivateState empties the private state of a resource that leaves the state, because Terraform passes it to the plan of the create
// that follows.
func clearPrivateState(ctx context.Context, store privateStore, diags *diag.Diagnostics) {
	diags.Append(store.SetKey(ctx, privateStateKey, []byte("{}"))...)
}
