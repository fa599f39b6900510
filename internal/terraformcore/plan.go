package terraformcore

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// plan refreshes what is at an address and plans it. The normal plan that a destroy begins with is not kept.
func (w *walk) planAddress(address string, destroying bool) {
	if _, data := splitAddress(address); data {
		w.readData(address)
		return
	}
	var it instance
	var ok bool
	from, imports := w.imports[address]
	if _, there := w.State[address]; there || destroying {
		imports = false
	}
	if imports {
		it, ok = w.importObject(address, from)
		if ok {
			w.setObject(address, it)
		}
	} else if _, declared := w.Config[address]; !declared {
		w.planUndeclared(address)
		return
	} else {
		it, ok = w.refreshObject(address)
	}
	if !ok {
		return
	}
	if change, ok := w.planChange(address, it, nil); ok {
		change.IsImport = imports
		w.setChange(address, change)
	}
}

// planOrphan reads a resource that is in state and not declared, and plans its destroy, unless it is gone.
func (w *walk) planUndeclared(address string) {
	it, ok := w.upgrade(address, w.object(address))
	if !ok {
		return
	}
	if !w.ReadsOrphansFirst && !w.planDelete(address, it) {
		return
	}
	it, ok = w.refreshObject(address)
	switch {
	case !ok || it.value.IsNull():
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.result.Changes, address)
	case w.ReadsOrphansFirst:
		w.planDelete(address, it)
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
		w.reportBug(address, "what was read is not what is configured, or not known: "+problem)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.Data[address] = GoValue(read)
}

// planOne plans a resource that is declared. In an apply, earlier is what was planned first.
func (w *walk) planChange(address string, it instance, earlier *Change) (change Change, ok bool) {
	if !w.validate(address) || w.halt(address) {
		return change, false
	}
	config, prior := w.configValue(address), it
	if it.tainted {
		prior = w.missing(address) // It is planned like a new one, and replaced in the end.
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
		// Planned once more without what was there, whose computed values go with it.
		again := w.missing(address)
		again.private, again.identity = answer.PlannedPrivate, answer.PlannedIdentity
		if answer, ok = w.requestPlan(address, again, config, false); !ok {
			return change, false
		}
		change.After, change.private, change.identity = Decode(w.typeOf(address), answer.PlannedState), answer.PlannedPrivate, answer.PlannedIdentity
	}
	if change.Action == Create && it.tainted && !it.value.IsNull() {
		change.Action, change.Before = Replace, it.value
	}
	if earlier != nil && earlier.Action == Replace && change.Action == Create {
		change.Action = Replace // What was there is destroyed by now.
	}
	return change, true
}

// planChange asks the provider for a plan. Warnings of the second plan of a replacement are those of the first.
func (w *walk) requestPlan(address string, prior instance, config tftypes.Value, warn bool) (*tfprotov6.PlanResourceChangeResponse, bool) {
	name, _ := splitAddress(address)
	answer, err := w.server.PlanResourceChange(w.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: encode(prior.value), Config: encode(config),
		ProposedNewState: encode(proposedState(w.Schema(address), prior.value, config)),
		PriorPrivate:     prior.private, PriorIdentity: prior.identity,
	})
	if w.callFailed(address, err) {
		return nil, false
	}
	if !warn && !slices.ContainsFunc(answer.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
		return answer, true
	}
	return answer, w.report(address, answer.Diagnostics)
}

// replacing returns the attributes that replace a resource: those that the provider names and that change.
func (w *walk) replacingAttributes(answer *tfprotov6.PlanResourceChangeResponse, prior, after tftypes.Value) []string {
	var changed []string
	for _, path := range answer.RequiresReplace {
		if prior.IsNull() {
			continue
		}
		before, _, errBefore := tftypes.WalkAttributePath(prior, path)
		now, _, errNow := tftypes.WalkAttributePath(after, path)
		was, _ := before.(tftypes.Value)
		is, _ := now.(tftypes.Value)
		if (errBefore == nil) != (errNow == nil) || errNow == nil && !was.Equal(is) {
			changed = append(changed, pathText(path))
		}
	}
	return changed
}

// planDestroy plans that a resource goes, and reports whether it can.
func (w *walk) planDelete(address string, it instance) bool {
	if w.halt(address) {
		return false
	}
	name, _ := splitAddress(address)
	nothing := encode(w.missing(address).value)
	answer, err := w.server.PlanResourceChange(w.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, Config: nothing, PriorState: encode(it.value), ProposedNewState: nothing,
		PriorPrivate: it.private, PriorIdentity: it.identity,
	})
	if w.callFailed(address, err) || !w.report(address, answer.Diagnostics) {
		return false
	}
	after := Decode(w.typeOf(address), answer.PlannedState)
	if !after.IsNull() {
		w.reportBug(address, "a destroy is planned to leave something")
		return false
	}
	w.setChange(address, Change{Delete, it.value, after, answer.PlannedPrivate, answer.PlannedIdentity, nil, false})
	return true
}

// apply carries out a change.
func (w *walk) applyAddress(address string, change Change) {
	it, ok := w.upgrade(address, w.object(address))
	if !ok || change.Action == NoOp {
		return
	}
	if change.Action == Delete || change.Action == Replace {
		if it.value.IsNull() || w.halt(address) {
			return
		}
		away := Change{Action: Delete, Before: change.Before, After: w.missing(address).value, private: change.private}
		if change.Action == Delete {
			away.identity = change.identity
		}
		it, ok = w.applyChange(address, it, away, w.missing(address).value)
		w.setObject(address, it)
		if !ok || change.Action == Delete {
			return
		}
		it = w.missing(address)
	}
	again, ok := w.planChange(address, it, &change)
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
	it, _ = w.applyChange(address, it, again, w.configValue(address))
	w.setObject(address, it)
}

// applyOne has the provider make a change, and returns what is there then.
func (w *walk) applyChange(address string, it instance, change Change, config tftypes.Value) (made instance, ok bool) {
	if !config.IsFullyKnown() {
		w.reportBug(address, "the test gives no value at apply for what was unknown in the plan")
		return it, false
	}
	name, _ := splitAddress(address)
	answer, err := w.server.ApplyResourceChange(w.context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: encode(change.Before), Config: encode(config), PlannedState: encode(change.After),
		PlannedPrivate: change.private, PlannedIdentity: change.identity,
	})
	if w.callFailed(address, err) {
		return it, false
	}
	// A destroy is carried out without a configuration.
	ok = w.reportAt(address, change.Action != Delete, answer.Diagnostics)
	made = instance{Decode(w.typeOf(address), answer.NewState), answer.Private, answer.NewIdentity, false}
	switch {
	case !made.value.IsFullyKnown():
		w.reportBug(address, "a value is unknown after apply")
		return it, false
	case ok && (change.Action == Delete) != made.value.IsNull():
		w.reportBug(address, "after an apply something is there that must not be, or the other way round")
		ok = false
	case ok && change.Action != Delete:
		if problem := checkMatch(change.After, made.value, address); problem != "" {
			w.reportBug(address, "inconsistent result after apply: "+problem)
			ok = false
		}
	}
	switch {
	case !ok && made.value.IsNull():
		return it, false
	case !ok:
		made.tainted = it.tainted || change.Action == Create
	case !made.value.IsNull():
		ok = w.checkIdentity(address, "applying", made.identity)
	}
	return made, ok
}
