package terraformcore

import "slices"

// Bridge calls a provider as Pulumi's bridge to Terraform providers does. One process of the provider serves previews and changes.
// Creates are planned without private state. Deletes come without private state and without a plan.
type Bridge struct {
	*Core

	walk *walk
}

// NewBridge returns a bridge with the configuration and the state of a core.
func NewBridge(c *Core) *Bridge {
	c.T.Helper()
	b := &Bridge{Core: c}
	b.Restart()
	return b
}

// Restart starts another process of the provider and keeps the state.
func (b *Bridge) Restart() {
	b.T.Helper()
	b.walk = b.startWalk(&Result{Command: "bridge", Changes: map[string]Change{}, state: b.State})
	b.walk.isApply = true
	if !b.walk.isConfigured {
		b.T.Fatal(b.walk.result)
	}
}

// Read reads a resource in state, with its private state.
func (b *Bridge) Read(address string) *Result {
	b.T.Helper()
	_, result := b.run(func() Change {
		b.walk.refreshObject(address)
		return Change{}
	})
	return result
}

// Diff plans a resource in state with its private state and changes nothing.
func (b *Bridge) Diff(address string, attributes map[string]any) (change Change, result *Result) {
	b.T.Helper()
	b.Config[address] = attributes
	return b.run(func() Change {
		current, _ := b.walk.upgrade(address, b.State[address])
		change, _ := b.walk.planChange(address, current, nil)
		return change
	})
}

// Create plans a resource without state and private state, and creates it.
func (b *Bridge) Create(address string, attributes map[string]any) *Result {
	b.T.Helper()
	b.Config[address] = attributes
	_, result := b.run(func() Change {
		none := b.walk.missing(address)
		change, ok := b.walk.planChange(address, none, nil)
		if !ok {
			return change
		}
		created, _ := b.walk.applyChange(address, none, change, b.walk.configValue(address))
		b.walk.setObject(address, created)
		return change
	})
	return result
}

// Update plans a resource in state with its private state, and updates it in place.
func (b *Bridge) Update(address string, attributes map[string]any) *Result {
	b.T.Helper()
	b.Config[address] = attributes
	_, result := b.run(func() Change {
		current, _ := b.walk.upgrade(address, b.State[address])
		change, ok := b.walk.planChange(address, current, nil)
		if !ok || change.Action != Update {
			return change
		}
		created, _ := b.walk.applyChange(address, current, change, b.walk.configValue(address))
		b.walk.setObject(address, created)
		return change
	})
	return result
}

// Delete deletes a resource without a plan and without private state.
func (b *Bridge) Delete(address string) *Result {
	b.T.Helper()
	delete(b.Config, address)
	_, result := b.run(func() Change {
		current, _ := b.walk.upgrade(address, b.State[address])
		nothing := b.walk.missing(address).value
		change := Change{Action: Delete, Before: current.value, After: nothing}
		left, _ := b.walk.applyChange(address, current, change, nothing)
		b.walk.setObject(address, left)
		return change
	})
	return result
}

// run makes the calls of one step and returns their result.
func (b *Bridge) run(calls func() Change) (Change, *Result) {
	b.walk.result.Diagnostics = nil
	change := calls()
	result := *b.walk.result
	result.Diagnostics = slices.Clone(result.Diagnostics)
	return change, &result
}
