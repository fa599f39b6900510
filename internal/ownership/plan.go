package ownership

import (
	"cmp"
	"sync"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Plan records which resource declares each membership and which one releases it. Terraform plans resources one by one, so a
// conflict between two resources is detected when the second is planned. The zero value is ready to use. Plan is safe for
// concurrent use.
type Plan struct {
	inState        sync.Map // the set of Member that a resource has in state
	readers        sync.Map // the holder that was read, by Member or posthog.RoleRef in its state; "" if there are several
	skippedDeletes sync.Map // the set of Member that the delete half of a replacement did not remove

	mu      sync.Mutex
	members entries[Member, intent]
	roles   entries[posthog.RoleRef, roleIntent]
}

// intent is what the resources want for one membership, or for all members of one role. A resource is identified by its holder, a random
// ID in its private state.
type intent struct {
	declaredBy string // the holder; "" for none
	releasedBy string // the holder; "" for none
	isNew      bool   // declaredBy does not have it in state
	isApplied  bool   // this process has written it, so that it causes no conflict any more
}

func (i *intent) isDeclaredByAnother(holder string) bool {
	return i.declaredBy != "" && i.declaredBy != holder
}

// isDisputed reports whether one resource declares what another one releases.
func (i *intent) isDisputed() bool {
	return !i.isApplied && i.releasedBy != "" && i.isDeclaredByAnother(i.releasedBy)
}

// roleIntent is the intent of posthog_role_members for one role. It also records posthog_role_membership resources of the same role.
type roleIntent struct {
	intent

	users               map[string]bool // the UUIDs that declaredBy wants in the role
	hasMemberships      bool            // a posthog_role_membership of the role is declared
	releasesMemberships bool            // a posthog_role_membership of the role is released
}

// A Conflict describes why two resources cannot both be applied.
type Conflict int

const (
	// NoConflict means that both can be applied.
	NoConflict Conflict = iota
	// DeclaredTwice means that two resources declare one membership.
	DeclaredTwice
	// Moved means that one resource adds a membership which another one removes.
	Moved
	// DestroyedElsewhere means that one resource keeps a membership which another one removes.
	DestroyedElsewhere

	// RoleAndMembership means that both posthog_role_members and posthog_role_membership are declared for a role.
	RoleAndMembership
	// RoleDeclaredTwice means that two posthog_role_members declare one role.
	RoleDeclaredTwice
	// RoleMoved means that one posthog_role_members declares a role which another one releases.
	RoleMoved
	// MembershipsDestroyed means that posthog_role_members is declared and posthog_role_membership of the same role is destroyed.
	MembershipsDestroyed
	// RoleDestroyed means that posthog_role_members is destroyed and posthog_role_membership of the same role is declared.
	RoleDestroyed
)

// Declare records that a resource wants a membership. isNew is true if the resource has to add it.
func (p *Plan) Declare(m Member, holder string, isNew bool) Conflict {
	p.mu.Lock()
	defer p.mu.Unlock()
	member, role := p.members.at(m), p.roles.at(m.Role)
	if member.isDeclaredByAnother(holder) {
		return DeclaredTwice
	}
	member.declaredBy, member.isNew, role.hasMemberships = holder, isNew, true
	return cmp.Or(member.memberConflict(), role.roleConflict())
}

// Release records that a resource which has a membership in state stops wanting it.
func (p *Plan) Release(m Member, holder string) Conflict {
	p.mu.Lock()
	defer p.mu.Unlock()
	member, role := p.members.at(m), p.roles.at(m.Role)
	member.releasedBy, role.releasesMemberships = holder, true
	return cmp.Or(member.memberConflict(), role.roleConflict())
}

func (i *intent) memberConflict() Conflict {
	switch {
	case !i.isDisputed():
		return NoConflict
	case i.isNew:
		return Moved
	}
	return DestroyedElsewhere
}

// DeclareRole records that a resource manages all members of a role. users are the UUIDs that it wants in the role. isNew is true if
// the resource does not have the role in state.
func (p *Plan) DeclareRole(ref posthog.RoleRef, holder string, users map[string]bool, isNew bool) Conflict {
	p.mu.Lock()
	defer p.mu.Unlock()
	role := p.roles.at(ref)
	if role.isDeclaredByAnother(holder) {
		return RoleDeclaredTwice
	}
	role.declaredBy, role.users, role.isNew = holder, users, isNew
	return role.roleConflict()
}

// ReleaseRole records that a resource which has a role in state stops managing its members.
func (p *Plan) ReleaseRole(ref posthog.RoleRef, holder string) Conflict {
	p.mu.Lock()
	defer p.mu.Unlock()
	role := p.roles.at(ref)
	role.releasedBy = holder
	return role.roleConflict()
}

// roleConflict returns the first conflict about a role. RoleAndMembership and RoleDestroyed remain conflicts after the apply.
func (r *roleIntent) roleConflict() Conflict {
	switch {
	case r.declaredBy != "" && r.hasMemberships:
		return RoleAndMembership
	case r.isDisputed():
		return RoleMoved
	case r.declaredBy != "" && r.releasesMemberships && !r.isApplied:
		return MembershipsDestroyed
	case r.releasedBy != "" && r.hasMemberships:
		return RoleDestroyed
	}
	return NoConflict
}

// MarkApplied records that this process has written a membership. From then on, the membership causes no conflict.
func (p *Plan) MarkApplied(m Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members.at(m).isApplied = true
}

// MarkRoleApplied records that this process has applied the resource that declares a role.
func (p *Plan) MarkRoleApplied(ref posthog.RoleRef) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roles.at(ref).isApplied = true
}

// DeclaredByAnother reports whether a resource other than holder wants a membership: posthog_role_membership, or posthog_role_members that
// lists the user. isNew is true if that resource does not have it in state yet, and may fail.
func (p *Plan) DeclaredByAnother(m Member, holder string) (isDeclared, isNew bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	member, role := p.members.at(m), p.roles.at(m.Role)
	if member.isDeclaredByAnother(holder) {
		return true, member.isNew
	}
	return role.isDeclaredByAnother(holder) && role.users[m.UserUUID], role.isNew && !role.isApplied
}

// RoleDeclaredByAnother reports whether a resource other than holder manages all members of a role. isNew is true if that resource does
// not have the role in state yet, and may fail.
func (p *Plan) RoleDeclaredByAnother(ref posthog.RoleRef, holder string) (isDeclared, isNew bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	role := p.roles.at(ref)
	return role.isDeclaredByAnother(holder), role.isNew && !role.isApplied
}

// MarkInState records that a resource has a membership in state. The plan of a create needs it to distinguish such a membership from
// one that Terraform does not manage.
func (p *Plan) MarkInState(m Member) { p.inState.Store(m, true) }

// IsInState reports whether a resource has a membership in state, as far as this process has seen.
func (p *Plan) IsInState(m Member) bool {
	_, ok := p.inState.Load(m)
	return ok
}

// RecordRead records that the resource of a holder was read, with a membership (Member) or the members of a role (posthog.RoleRef) in state.
func (p *Plan) RecordRead(inState any, holder string) {
	if first, wasRead := p.readers.LoadOrStore(inState, holder); wasRead && first != holder {
		p.readers.Store(inState, "")
	}
}

// Reader returns the holder of the only resource that was read with a membership or the members of a role in state, or "".
func (p *Plan) Reader(inState any) string {
	holder, _ := p.readers.Load(inState)
	text, _ := holder.(string)
	return text
}

// MarkDeleteSkipped records that the delete half of a replacement did not remove a membership, so that the create half keeps it.
func (p *Plan) MarkDeleteSkipped(m Member) { p.skippedDeletes.Store(m, true) }

// IsDeleteSkipped reports whether the delete half of a replacement did not remove a membership.
func (p *Plan) IsDeleteSkipped(m Member) bool {
	_, ok := p.skippedDeletes.Load(m)
	return ok
}

// entries is a map that creates missing values. The zero value is empty.
type entries[K comparable, V any] struct{ values map[K]*V }

func (e *entries[K, V]) at(key K) *V {
	if e.values == nil {
		e.values = map[K]*V{}
	}
	if e.values[key] == nil {
		e.values[key] = new(V)
	}
	return e.values[key]
}
