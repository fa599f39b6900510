package ownership

import (
	"sync"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Plan records which resource declares each membership and which one releases it. Terraform plans resources one by one, so a
// conflict between two resources is detected when the second is planned. The zero value is ready to use. Plan is safe for
// concurrent use.
type Plan struct {
	mu      sync.Mutex
	members map[Member]*memberPlan
	roles   map[posthog.RoleRef]*rolePlan
}

// memberPlan is what the plan knows of one membership. A resource is named by its holder, "" stands for none.
type memberPlan struct {
	declaredBy string
	isNew      bool // declaredBy adds the membership, by a create or a move
	releasedBy string
	inState    bool // a resource has the membership in state
	applied    bool // this process has added, adopted, kept or removed the membership
	skipped    bool // this process has skipped the delete half of a replacement
}

// rolePlan is what the plan knows of one role and the resources that manage all its members.
type rolePlan struct {
	declaredBy string
	isNew      bool            // declaredBy does not have the role in state
	users      map[string]bool // the UUIDs that declaredBy wants in the role
	releasedBy string
	applied    bool // this process has applied the resource that declares the role

	hasMemberships      bool // single memberships of the role are declared
	releasesMemberships bool // single memberships of the role are released
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

	// RoleAndMembership means that a role has both kinds of resource.
	RoleAndMembership
	// RoleDeclaredTwice means that two resources declare all members of one role.
	RoleDeclaredTwice
	// RoleMoved means that one resource declares all members of a role, and another one that has the role is destroyed.
	RoleMoved
	// MembershipsDestroyed means that a role is declared as a whole while single memberships of it are destroyed.
	MembershipsDestroyed
	// RoleDestroyed means that the resource of a role is destroyed while single memberships of it are declared.
	RoleDestroyed
)

// Declare records that a resource wants a membership. isNew is true if the resource has to add it.
func (p *Plan) Declare(m Member, holder string, isNew bool) Conflict {
	p.mu.Lock()
	defer p.mu.Unlock()
	member := p.member(m)
	if member.declaredBy != "" && member.declaredBy != holder {
		return DeclaredTwice
	}
	member.declaredBy, member.isNew = holder, isNew
	role := p.role(m.Role)
	role.hasMemberships = true
	if conflict := member.conflict(); conflict != NoConflict {
		return conflict
	}
	return role.conflict()
}

// Release records that a resource which has a membership in state stops wanting it.
func (p *Plan) Release(m Member, holder string) Conflict {
	p.mu.Lock()
	defer p.mu.Unlock()
	member := p.member(m)
	member.releasedBy = holder
	role := p.role(m.Role)
	role.releasesMemberships = true
	if conflict := member.conflict(); conflict != NoConflict {
		return conflict
	}
	return role.conflict()
}

// conflict ignores memberships that this process has written: the apply of one of the two resources is done.
func (m *memberPlan) conflict() Conflict {
	switch {
	case m.applied, m.declaredBy == "", m.releasedBy == "", m.declaredBy == m.releasedBy:
		return NoConflict
	case m.isNew:
		return Moved
	}
	return DestroyedElsewhere
}

// DeclareRole records that a resource manages all members of a role. users are the UUIDs that it wants in the role. isNew is true if
// the resource does not have the role in state.
func (p *Plan) DeclareRole(role posthog.RoleRef, holder string, users map[string]bool, isNew bool) Conflict {
	p.mu.Lock()
	defer p.mu.Unlock()
	plan := p.role(role)
	if plan.declaredBy != "" && plan.declaredBy != holder {
		return RoleDeclaredTwice
	}
	plan.declaredBy, plan.users, plan.isNew = holder, users, isNew
	return plan.conflict()
}

// ReleaseRole records that a resource which has a role in state stops managing its members.
func (p *Plan) ReleaseRole(role posthog.RoleRef, holder string) Conflict {
	p.mu.Lock()
	defer p.mu.Unlock()
	plan := p.role(role)
	plan.releasedBy = holder
	return plan.conflict()
}

func (r *rolePlan) conflict() Conflict {
	switch {
	case r.declaredBy != "" && r.hasMemberships:
		return RoleAndMembership
	case r.declaredBy != "" && r.releasedBy != "" && r.declaredBy != r.releasedBy && !r.applied:
		return RoleMoved
	case r.declaredBy != "" && r.releasesMemberships && !r.applied:
		return MembershipsDestroyed
	case r.releasedBy != "" && r.hasMemberships:
		return RoleDestroyed
	}
	return NoConflict
}

// MarkInState records that a resource has a membership in state.
func (p *Plan) MarkInState(m Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.member(m).inState = true
}

// IsInState reports whether a resource has a membership in state, as far as this process has seen.
func (p *Plan) IsInState(m Member) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.member(m).inState
}

// MarkApplied records that this process has written a membership. From then on, the membership causes no conflict.
func (p *Plan) MarkApplied(m Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.member(m).applied = true
}

// MarkRoleApplied records that this process has applied the resource that declares a role.
func (p *Plan) MarkRoleApplied(role posthog.RoleRef) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.role(role).applied = true
}

// MarkDeleteSkipped records that the delete half of a replacement has left a membership to the create half.
func (p *Plan) MarkDeleteSkipped(m Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.member(m).skipped = true
}

// IsDeleteSkipped reports whether the delete half of a replacement has left a membership to the create half.
func (p *Plan) IsDeleteSkipped(m Member) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.member(m).skipped
}

// DeclaredByAnother reports whether a resource other than holder wants a membership. isNew is true if that resource does not have it
// in state yet, and may fail.
func (p *Plan) DeclaredByAnother(m Member, holder string) (declared, isNew bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if member := p.member(m); member.declaredBy != "" && member.declaredBy != holder {
		return true, member.isNew
	}
	role := p.role(m.Role)
	return role.declaredBy != "" && role.declaredBy != holder && role.users[m.UserUUID], role.isNew && !role.applied
}

// RoleDeclaredByAnother reports whether a resource other than holder manages all members of a role. isNew is true if that resource does
// not have the role in state yet, and may fail.
func (p *Plan) RoleDeclaredByAnother(role posthog.RoleRef, holder string) (declared, isNew bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	plan := p.role(role)
	return plan.declaredBy != "" && plan.declaredBy != holder, plan.isNew && !plan.applied
}

// member returns the entry of a membership. The caller holds the lock.
func (p *Plan) member(m Member) *memberPlan {
	if p.members == nil {
		p.members = map[Member]*memberPlan{}
	}
	return entry(p.members, m)
}

// role returns the entry of a role. The caller holds the lock.
func (p *Plan) role(role posthog.RoleRef) *rolePlan {
	if p.roles == nil {
		p.roles = map[posthog.RoleRef]*rolePlan{}
	}
	return entry(p.roles, role)
}

// entry returns the entry of a key, new if there is none.
func entry[K comparable, V any](entries map[K]*V, key K) *V {
	if entries[key] == nil {
		entries[key] = new(V)
	}
	return entries[key]
}
