package ownership

import (
	"strings"
	"sync"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// RolePlan records what the posthog_role resources of a configuration want. Terraform plans resources one by one, so a conflict between two
// resources is detected when the second is planned. The zero value is ready to use. RolePlan is safe for concurrent use.
type RolePlan struct {
	inState sync.Map // the set of posthog.RoleRef that a resource has in state

	mu      sync.Mutex
	names   entries[roleName, string] // the holders that declare a name
	roles   entries[posthog.RoleRef, roleHolders]
	created map[string]bool // the set of holders that create a role
	filled  int             // how many posthog_role_members have a role that is unknown until apply
}

// roleHolders are the resources that a plan connects with one existing role. "" means none.
type roleHolders struct {
	keeps    string // has the role in state and keeps it
	releases string // has the role in state and is destroyed
	wants    string // declares the name of the role and does not have it in state
}

// roleName is the name of a role in lower case, because names are unique without regard to case.
type roleName struct{ organizationID, name string }

// DeclareName records that a resource wants a role with a name. It returns false if another resource declares the name.
func (p *RolePlan) DeclareName(organizationID, name, holder string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return take(p.names.at(roleName{organizationID, strings.ToLower(name)}), holder)
}

// MarkInState records that a resource has a role in state.
func (p *RolePlan) MarkInState(ref posthog.RoleRef) { p.inState.Store(ref, true) }

// IsInState reports whether a resource has a role in state, as far as this process has seen.
func (p *RolePlan) IsInState(ref posthog.RoleRef) bool {
	_, ok := p.inState.Load(ref)
	return ok
}

// Keep records that a resource has a role in state and keeps it. It returns false if another resource releases or wants the role.
func (p *RolePlan) Keep(ref posthog.RoleRef, holder string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	role := p.roles.at(ref)
	role.keeps = holder
	return !isAnother(role.releases, holder) && !isAnother(role.wants, holder)
}

// Release records that a resource which has a role in state is destroyed. It returns false if another resource keeps or wants the role.
func (p *RolePlan) Release(ref posthog.RoleRef, holder string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	role := p.roles.at(ref)
	role.releases = holder
	return !isAnother(role.keeps, holder) && !isAnother(role.wants, holder)
}

// Want records that a resource, which does not have a role in state, declares its name. It returns false if another resource keeps,
// releases or wants the role.
func (p *RolePlan) Want(ref posthog.RoleRef, holder string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	role := p.roles.at(ref)
	return take(&role.wants, holder) && !isAnother(role.keeps, holder) && !isAnother(role.releases, holder)
}

// MarkAdopted records that this process has adopted a role. From then on, a release of the role causes no conflict.
func (p *RolePlan) MarkAdopted(ref posthog.RoleRef) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*p.roles.at(ref) = roleHolders{}
}

// MarkCreated records that a resource creates a role.
func (p *RolePlan) MarkCreated(holder string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.created == nil {
		p.created = map[string]bool{}
	}
	p.created[holder] = true
}

// FillCreated records a posthog_role_members whose role is unknown until apply. It reports whether the role can be one that the same plan
// creates: each created role has at most one posthog_role_members. Terraform plans a role before the resources that refer to it.
func (p *RolePlan) FillCreated() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.filled++
	return p.filled <= len(p.created)
}

// take sets the holder of an entry. It returns false if another resource is the holder.
func take(entry *string, holder string) bool {
	if isAnother(*entry, holder) {
		return false
	}
	*entry = holder
	return true
}

// isAnother reports whether an entry has a holder other than holder.
func isAnother(entry, holder string) bool { return entry != "" && entry != holder }
