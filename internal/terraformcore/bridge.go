package terraformcore

import "slices"

// A bridge is a client of the protocol that is not Terraform, such as Pulumi's: it runs previews and changes in one process of the
// provider, plans a create without private state, and deletes without private state and without a plan.
type Bridge struct {
	*Core

	walk *walk
}

// NewBridge returns a bridge with a configured provider and the state of a core.
func NewBridge(c *Core) *Bridge {
	c.T.Helper()
	b := &Bridge{Core: c}
	b.Restart()
	return b
}

// restart begins another process of the provider, with the state as it is.
func (b *Bridge) Restart() {
	b.T.Helper()
	b.walk = b.Core.startWalk(&Result{Command: "bridge", Changes: map[string]Change{}, state: b.State})
	b.walk.isApply = true
	if !b.walk.isConfigured {
		b.T.Fatal(b.walk.result)
	}
}

// diff plans a resource in state with its private state, and changes nothing.
func (b *Bridge) Diff(address string, attributes map[string]any) (change Change, result *Result) {
	b.T.Helper()
	b.Config[address] = attributes
	return b.run(func() Change {
		it, _ := b.walk.upgrade(address, b.State[address])
		change, _ := b.walk.planChange(address, it, nil)
		return change
	})
}

// create plans a resource without state and private state, and makes it.
func (b *Bridge) Create(address string, attributes map[string]any) *Result {
	b.T.Helper()
	b.Config[address] = attributes
	_, result := b.run(func() Change {
		none := b.walk.missing(address)
		change, ok := b.walk.planChange(address, none, nil)
		if !ok {
			return change
		}
		made, _ := b.walk.applyChange(address, none, change, b.walk.configValue(address))
		b.walk.setObject(address, made)
		return change
	})
	return result
}

// update plans a resource in state with its private state, and changes it in place.
func (b *Bridge) Update(address string, attributes map[string]any) *Result {
	b.T.Helper()
	b.Config[address] = attributes
	_, result := b.run(func() Change {
		it, _ := b.walk.upgrade(address, b.State[address])
		change, ok := b.walk.planChange(address, it, nil)
		if !ok || change.Action != Update {
			return change
		}
		made, _ := b.walk.applyChange(address, it, change, b.walk.configValue(address))
		b.walk.setObject(address, made)
		return change
	})
	return result
}

// remove deletes a resource without a plan and without private state.
func (b *Bridge) Delete(address string) *Result {
	b.T.Helper()
	delete(b.Config, address)
	_, result := b.run(func() Change {
		it, _ := b.walk.upgrade(address, b.State[address])
		nothing := b.walk.missing(address).value
		change := Change{Action: Delete, Before: it.value, After: nothing}
		left, _ := b.walk.applyChange(address, it, change, nothing)
		b.walk.setObject(address, left)
		return change
	})
	return result
}

// step makes the calls of one step, and returns what was said in it.
func (b *Bridge) run(calls func() Change) (Change, *Result) {
	b.walk.result.Diagnostics = nil
	change := calls()
	said := *b.walk.result
	said.Diagnostics = slices.Clone(said.Diagnostics)
	return change, &said
}
