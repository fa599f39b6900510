package provider

import (
	"sync"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// declarations are what one plan has seen of each membership: which resource declares it, and which gives it up. Terraform
// plans resources side by side and tells a provider of one at a time, so that what does not go together is noticed with
// the second of two. The zero value is ready for use.
type declarations struct {
	mu    sync.Mutex
	all   map[declared]*declaration
	roles map[posthog.RoleRef]*roleDeclaration
}

// declared is who is declared to be where.
type declared struct {
	role     posthog.RoleRef
	userUUID string
}

type declaration struct {
	by      string // the resource that declares it; "" when none does
	created bool   // whether that resource is to create it
	givenUp string // the resource that is to be destroyed, or to become another's membership; "" when none is
	read    bool   // whether a refresh has seen a resource that has it in state
}

// A clash is what does not go together about a membership.
type clash int

const (
	noClash  clash = iota
	twice          // two resources declare it
	moved          // one resource creates it, and another is destroyed
	leftOver       // one resource has it and goes on having it, and another that has it too is destroyed

	mixed      // a role is declared whole and in single memberships
	wholeTwice // two resources declare a role whole
	wholeMoved // one resource declares a role whole, and another that has it is destroyed
	intoWhole  // single memberships of a role that is declared whole are destroyed
	outOfWhole // a whole role is destroyed whose single memberships are declared
)

// declare notes that a resource declares a membership, which it is to create or has in state.
func (d *declarations) declare(who declared, holder string, create bool) clash {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.of(who)
	if known.by != "" && known.by != holder {
		return twice
	}
	known.by, known.created = holder, create
	role := d.role(who.role)
	role.declared = true
	if clash := known.clash(); clash != noClash {
		return clash
	}
	return role.clash()
}

// giveUp notes that a resource which has a membership in state will have it no more.
func (d *declarations) giveUp(who declared, holder string) clash {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.of(who)
	known.givenUp = holder
	role := d.role(who.role)
	role.givenUp = true
	if clash := known.clash(); clash != noClash {
		return clash
	}
	return role.clash()
}

func (d *declaration) clash() clash {
	switch {
	case d.by == "" || d.givenUp == "" || d.by == d.givenUp:
		return noClash
	case d.created:
		return moved
	}
	return leftOver
}

// saw notes that a refresh has seen a resource that has a membership in state.
func (d *declarations) saw(who declared) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of(who).read = true
}

// inState reports whether a refresh has seen a resource that has a membership in state.
func (d *declarations) inState(who declared) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of(who).read
}

// of returns what is known of a membership. The caller holds the lock.
func (d *declarations) of(who declared) *declaration {
	known, ok := d.all[who]
	if !ok {
		if d.all == nil {
			d.all = map[declared]*declaration{}
		}
		known = &declaration{}
		d.all[who] = known
	}
	return known
}

// roleDeclaration is what one plan has seen of a role.
type roleDeclaration struct {
	declared, givenUp bool   // whether single memberships are declared, and given up
	whole             string // the resource that declares the role whole; "" when none does
	made              string // the resource that has made the role whole in this process, and claimed who is in it
	wholeGivenUp      string // the resource that had it whole and is to be destroyed, or to become another role's
}

func (d *roleDeclaration) clash() clash {
	switch {
	case d.whole != "" && d.declared:
		return mixed
	case d.whole != "" && d.wholeGivenUp != "" && d.whole != d.wholeGivenUp && d.whole != d.made:
		return wholeMoved
	case d.whole != "" && d.givenUp:
		return intoWhole
	case d.wholeGivenUp != "" && d.declared:
		return outOfWhole
	}
	return noClash
}

// declareWhole notes that a resource declares a role whole.
func (d *declarations) declareWhole(ref posthog.RoleRef, holder string) clash {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.role(ref)
	if known.whole != "" && known.whole != holder {
		return wholeTwice
	}
	known.whole = holder
	return known.clash()
}

// giveUpWhole notes that a resource which has a whole role in state will have it no more.
func (d *declarations) giveUpWhole(ref posthog.RoleRef, holder string) clash {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.role(ref)
	known.wholeGivenUp = holder
	return known.clash()
}

// made notes that the resource which declares a role whole has made it so: what is destroyed after that, such as the one that it replaces
// with create_before_destroy, takes nobody out whom it has claimed.
func (d *declarations) made(ref posthog.RoleRef) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.role(ref)
	known.made = known.whole
}

// role returns what is known of a role. The caller holds the lock.
func (d *declarations) role(ref posthog.RoleRef) *roleDeclaration {
	known, ok := d.roles[ref]
	if !ok {
		if d.roles == nil {
			d.roles = map[posthog.RoleRef]*roleDeclaration{}
		}
		known = &roleDeclaration{}
		d.roles[ref] = known
	}
	return known
}
