package provider

import "slices"

// A bridge is a client of the protocol that is not Terraform, such as Pulumi's: it runs previews and changes in one process of the
// provider, plans a create without private state, and deletes without private state and without a plan.
type bridge struct {
	*core

	walk *coreWalk
}

// NewBridge returns a bridge with a configured provider and the state of a core.
func bridgeOf(c *core) *bridge {
	c.t.Helper()
	b := &bridge{core: c}
	b.restart()
	return b
}

// restart begins another process of the provider, with the state as it is.
func (b *bridge) restart() {
	b.t.Helper()
	b.walk = b.core.walk(&coreResult{command: "bridge", changes: map[string]coreChange{}, refreshed: b.state})
	b.walk.applying = true
	if !b.walk.ready {
		b.t.Fatal(b.walk.result)
	}
}

// diff plans a resource in state with its private state, and changes nothing.
func (b *bridge) diff(address string, attributes map[string]any) (change coreChange, result *coreResult) {
	b.t.Helper()
	b.declared[address] = attributes
	return b.step(func() coreChange {
		it, _ := b.walk.upgraded(address, b.state[address])
		change, _ := b.walk.planOne(address, it, nil)
		return change
	})
}

// create plans a resource without state and private state, and makes it.
func (b *bridge) create(address string, attributes map[string]any) *coreResult {
	b.t.Helper()
	b.declared[address] = attributes
	_, result := b.step(func() coreChange {
		none := b.walk.none(address)
		change, ok := b.walk.planOne(address, none, nil)
		if !ok {
			return change
		}
		made, _ := b.walk.applyOne(address, none, change, b.walk.configValue(address))
		b.walk.keep(address, made)
		return change
	})
	return result
}

// update plans a resource in state with its private state, and changes it in place.
func (b *bridge) update(address string, attributes map[string]any) *coreResult {
	b.t.Helper()
	b.declared[address] = attributes
	_, result := b.step(func() coreChange {
		it, _ := b.walk.upgraded(address, b.state[address])
		change, ok := b.walk.planOne(address, it, nil)
		if !ok || change.action != actUpdate {
			return change
		}
		made, _ := b.walk.applyOne(address, it, change, b.walk.configValue(address))
		b.walk.keep(address, made)
		return change
	})
	return result
}

// remove deletes a resource without a plan and without private state.
func (b *bridge) remove(address string) *coreResult {
	b.t.Helper()
	delete(b.declared, address)
	_, result := b.step(func() coreChange {
		it, _ := b.walk.upgraded(address, b.state[address])
		nothing := b.walk.none(address).value
		change := coreChange{action: actDelete, before: it.value, after: nothing}
		left, _ := b.walk.applyOne(address, it, change, nothing)
		b.walk.keep(address, left)
		return change
	})
	return result
}

// step makes the calls of one step, and returns what was said in it.
func (b *bridge) step(calls func() coreChange) (coreChange, *coreResult) {
	b.walk.result.diagnostics = nil
	change := calls()
	said := *b.walk.result
	said.diagnostics = slices.Clone(said.diagnostics)
	return change, &said
}
