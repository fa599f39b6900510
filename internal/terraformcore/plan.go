package terraformcore

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// planAddress refreshes and plans an address. In a destroy, import blocks are ignored.
func (w *walk) planAddress(address string, isDestroy bool) {
	if _, isData := splitAddress(address); isData {
		w.readData(address)
		return
	}
	var current instance
	var ok bool
	from, imports := w.imports[address]
	if _, exists := w.State[address]; exists || isDestroy {
		imports = false
	}
	if imports {
		current, ok = w.importObject(address, from)
		if ok {
			w.setObject(address, current)
		}
	} else if _, declared := w.Config[address]; !declared {
		w.planUndeclared(address)
		return
	} else {
		current, ok = w.refreshObject(address)
	}
	if !ok {
		return
	}
	if change, ok := w.planChange(address, current, nil); ok {
		change.IsImport = imports
		w.setChange(address, change)
	}
}

// planUndeclared reads a resource that is in state but not in the configuration, and plans its delete unless it is gone.
func (w *walk) planUndeclared(address string) {
	current, ok := w.upgrade(address, w.object(address))
	if !ok {
		return
	}
	if !w.ReadsOrphansFirst && !w.planDelete(address, current) {
		return
	}
	current, ok = w.refreshObject(address)
	switch {
	case !ok || current.value.IsNull():
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.result.Changes, address)
	case w.ReadsOrphansFirst:
		w.planDelete(address, current)
	}
}

func (w *walk) setChange(address string, change Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.Changes[address] = change
}

func (w *walk) readData(address string) {
	config := w.configValue(address)
	if !w.validate(address) || !config.IsFullyKnown() || w.halt(address) {
		return
	}
	name, _ := splitAddress(address)
	answer, err := w.server.ReadDataSource(w.context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: encode(config)})
	if w.callFailed(address, err) || !w.report(address, answer.Diagnostics) {
		return
	}
	read := Decode(w.typeOf(address), answer.State)
	if problem := checkPlan(w.Schema(address), config, config, read); problem != "" || !read.IsFullyKnown() {
		w.reportBug(address, "the data source changed its configuration or has unknown values: "+problem)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.Data[address] = GoValue(read)
}

// planChange plans a resource that is in the configuration. In an apply, earlier is the first plan.
func (w *walk) planChange(address string, current instance, earlier *Change) (change Change, ok bool) {
	if !w.validate(address) || w.halt(address) {
		return change, false
	}
	config, prior := w.configValue(address), current
	if current.tainted {
		prior = w.missing(address) // A tainted resource is planned as a create.
	}
	answer, ok := w.requestPlan(address, prior, config, true)
	if !ok {
		return change, false
	}
	after := Decode(w.typeOf(address), answer.PlannedState)
	if problem := checkPlan(w.Schema(address), prior.value, config, after); problem != "" {
		w.reportBug(address, "invalid plan: "+problem)
		return change, false
	}
	change = Change{Update, prior.value, after, answer.PlannedPrivate, answer.PlannedIdentity, w.replacingAttributes(answer, prior.value, after), false}
	switch {
	case prior.value.IsNull():
		change.Action = Create
	case len(change.Replacing) > 0 || w.Replace[address]:
		change.Action = Replace
	case after.Equal(prior.value):
		change.Action = NoOp
	}
	if change.Action == NoOp || change.Action == Update {
		if !w.checkIdentity(address, "planning", change.identity) {
			return change, false
		}
	}
	if change.Action == Replace {
		// A replacement is planned once more without prior state, because computed values do not survive it.
		replacement := w.missing(address)
		replacement.private, replacement.identity = answer.PlannedPrivate, answer.PlannedIdentity
		if answer, ok = w.requestPlan(address, replacement, config, false); !ok {
			return change, false
		}
		change.After, change.private, change.identity = Decode(w.typeOf(address), answer.PlannedState), answer.PlannedPrivate, answer.PlannedIdentity
	}
	if change.Action == Create && current.tainted && !current.value.IsNull() {
		change.Action, change.Before = Replace, current.value
	}
	if earlier != nil && earlier.Action == Replace && change.Action == Create {
		change.Action = Replace // The delete was already applied.
	}
	return change, true
}

// requestPlan calls the provider for a plan. Warnings are dropped for the second plan of a replacement, which repeats them.
func (w *walk) requestPlan(address string, prior instance, config tftypes.Value, withWarnings bool) (*tfprotov6.PlanResourceChangeResponse, bool) {
	name, _ := splitAddress(address)
	answer, err := w.server.PlanResourceChange(w.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: encode(prior.value), Config: encode(config),
		ProposedNewState: encode(proposedState(w.Schema(address), prior.value, config)),
		PriorPrivate:     prior.private, PriorIdentity: prior.identity,
	})
	if w.callFailed(address, err) {
		return nil, false
	}
	if !withWarnings && !slices.ContainsFunc(answer.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
		return answer, true
	}
	return answer, w.report(address, answer.Diagnostics)
}

// replacingAttributes returns the attributes that force a replacement: those that the provider names and that change.
func (w *walk) replacingAttributes(answer *tfprotov6.PlanResourceChangeResponse, prior, after tftypes.Value) []string {
	var changed []string
	for _, path := range answer.RequiresReplace {
		if prior.IsNull() {
			continue
		}
		before, _, errBefore := tftypes.WalkAttributePath(prior, path)
		now, _, errNow := tftypes.WalkAttributePath(after, path)
		oldValue, _ := before.(tftypes.Value)
		newValue, _ := now.(tftypes.Value)
		if (errBefore == nil) != (errNow == nil) || errNow == nil && !oldValue.Equal(newValue) {
			changed = append(changed, pathText(path))
		}
	}
	return changed
}

// planDelete plans to delete a resource and reports whether the plan succeeded.
func (w *walk) planDelete(address string, current instance) bool {
	if w.halt(address) {
		return false
	}
	name, _ := splitAddress(address)
	nothing := encode(w.missing(address).value)
	answer, err := w.server.PlanResourceChange(w.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, Config: nothing, PriorState: encode(current.value), ProposedNewState: nothing,
		PriorPrivate: current.private, PriorIdentity: current.identity,
	})
	if w.callFailed(address, err) || !w.report(address, answer.Diagnostics) {
		return false
	}
	after := Decode(w.typeOf(address), answer.PlannedState)
	if !after.IsNull() {
		w.reportBug(address, "the planned state of a delete is not null")
		return false
	}
	w.setChange(address, Change{Delete, current.value, after, answer.PlannedPrivate, answer.PlannedIdentity, nil, false})
	return true
}

// applyAddress applies the change of an address.
func (w *walk) applyAddress(address string, change Change) {
	current, ok := w.upgrade(address, w.object(address))
	if !ok || change.Action == NoOp {
		return
	}
	if change.Action == Delete || change.Action == Replace {
		if current.value.IsNull() || w.halt(address) {
			return
		}
		deletion := Change{Action: Delete, Before: change.Before, After: w.missing(address).value, private: change.private}
		if change.Action == Delete {
			deletion.identity = change.identity
		}
		current, ok = w.applyChange(address, current, deletion, w.missing(address).value)
		w.setObject(address, current)
		if !ok || change.Action == Delete {
			return
		}
		current = w.missing(address)
	}
	again, ok := w.planChange(address, current, &change)
	if !ok {
		return
	}
	if again.Action != change.Action && (again.Action != NoOp || change.Action != Update) {
		w.reportBug(address, "inconsistent final plan: planned to "+change.Action+", and now to "+again.Action)
		return
	}
	if problem := checkMatch(change.After, again.After, address); problem != "" {
		w.reportBug(address, "inconsistent final plan: "+problem)
		return
	}
	if again.Action == NoOp || w.halt(address) {
		return
	}
	if again.Action == Replace {
		again.Action, again.Before = Create, w.missing(address).value
	}
	current, _ = w.applyChange(address, current, again, w.configValue(address))
	w.setObject(address, current)
}

// applyChange calls the provider to make a change and returns the new instance.
func (w *walk) applyChange(address string, current instance, change Change, config tftypes.Value) (made instance, ok bool) {
	if !config.IsFullyKnown() {
		w.reportBug(address, "the configuration has an unknown value in the apply")
		return current, false
	}
	name, _ := splitAddress(address)
	answer, err := w.server.ApplyResourceChange(w.context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: encode(change.Before), Config: encode(config), PlannedState: encode(change.After),
		PlannedPrivate: change.private, PlannedIdentity: change.identity,
	})
	if w.callFailed(address, err) {
		return current, false
	}
	// A delete has no configuration.
	ok = w.reportAt(address, change.Action != Delete, answer.Diagnostics)
	made = instance{Decode(w.typeOf(address), answer.NewState), answer.Private, answer.NewIdentity, false}
	switch {
	case !made.value.IsFullyKnown():
		w.reportBug(address, "the new state has unknown values")
		return current, false
	case ok && (change.Action == Delete) != made.value.IsNull():
		w.reportBug(address, "the new state is null after an update, or not null after a delete")
		ok = false
	case ok && change.Action != Delete:
		if problem := checkMatch(change.After, made.value, address); problem != "" {
			w.reportBug(address, "inconsistent result after apply: "+problem)
			ok = false
		}
	}
	switch {
	case !ok && made.value.IsNull():
		return current, false
	case !ok:
		made.tainted = current.tainted || change.Action == Create
	case !made.value.IsNull():
		ok = w.checkIdentity(address, "applying", made.identity)
	}
	return made, ok
}
