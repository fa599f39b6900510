package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// plan refreshes what is at an address and plans it. The normal plan that a destroy begins with is not kept.
func (w *coreWalk) plan(address string, destroying bool) {
	if _, data := kindOf(address); data {
		w.readData(address)
		return
	}
	var it instance
	var ok bool
	from, imports := w.imports[address]
	if _, there := w.state[address]; there || destroying {
		imports = false
	}
	if imports {
		it, ok = w.imported(address, from)
		if ok {
			w.keep(address, it)
		}
	} else if _, declared := w.declared[address]; !declared {
		w.planOrphan(address)
		return
	} else {
		it, ok = w.readPrior(address)
	}
	if !ok {
		return
	}
	if change, ok := w.planOne(address, it, nil); ok {
		change.imported = imports
		w.note(address, change)
	}
}

// planOrphan reads a resource that is in state and not declared, and plans its destroy, unless it is gone.
func (w *coreWalk) planOrphan(address string) {
	it, ok := w.upgraded(address, w.object(address))
	if !ok {
		return
	}
	if !w.readsOrphansFirst && !w.planDestroy(address, it) {
		return
	}
	it, ok = w.readPrior(address)
	switch {
	case !ok || it.value.IsNull():
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.result.changes, address)
	case w.readsOrphansFirst:
		w.planDestroy(address, it)
	}
}

func (w *coreWalk) note(address string, change coreChange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.changes[address] = change
}

func (w *coreWalk) readData(address string) {
	config := w.configValue(address)
	if !w.validates(address) || !config.IsFullyKnown() || w.halted(address) {
		return
	}
	name, _ := kindOf(address)
	answer, err := w.served.ReadDataSource(w.context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: dynamic(config)})
	if w.broken(address, err) || !w.heeds(address, answer.Diagnostics) {
		return
	}
	read := decoded(w.kind(address), answer.State)
	if problem := invalid(w.schema(address), config, config, read); problem != "" || !read.IsFullyKnown() {
		w.breaks(address, "what was read is not what is configured, or not known: "+problem)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.data[address] = plain(read)
}

// planOne plans a resource that is declared. In an apply, earlier is what was planned first.
func (w *coreWalk) planOne(address string, it instance, earlier *coreChange) (change coreChange, ok bool) {
	if !w.validates(address) || w.halted(address) {
		return change, false
	}
	config, prior := w.configValue(address), it
	if it.tainted {
		prior = w.none(address) // It is planned like a new one, and replaced in the end.
	}
	answer, ok := w.planChange(address, prior, config, true)
	if !ok {
		return change, false
	}
	after := decoded(w.kind(address), answer.PlannedState)
	if problem := invalid(w.schema(address), prior.value, config, after); problem != "" {
		w.breaks(address, "invalid plan: "+problem)
		return change, false
	}
	change = coreChange{actUpdate, prior.value, after, answer.PlannedPrivate, answer.PlannedIdentity, w.replacing(answer, prior.value, after), false}
	switch {
	case prior.value.IsNull():
		change.action = actCreate
	case len(change.replacing) > 0 || w.replace[address]:
		change.action = actReplace
	case after.Equal(prior.value):
		change.action = actNothing
	}
	if change.action == actNothing || change.action == actUpdate {
		if !w.identified(address, "planning", change.identity) {
			return change, false
		}
	}
	if change.action == actReplace {
		// Planned once more without what was there, whose computed values go with it.
		again := w.none(address)
		again.private, again.identity = answer.PlannedPrivate, answer.PlannedIdentity
		if answer, ok = w.planChange(address, again, config, false); !ok {
			return change, false
		}
		change.after, change.private, change.identity = decoded(w.kind(address), answer.PlannedState), answer.PlannedPrivate, answer.PlannedIdentity
	}
	if change.action == actCreate && it.tainted && !it.value.IsNull() {
		change.action, change.before = actReplace, it.value
	}
	if earlier != nil && earlier.action == actReplace && change.action == actCreate {
		change.action = actReplace // What was there is destroyed by now.
	}
	return change, true
}

// planChange asks the provider for a plan. Warnings of the second plan of a replacement are those of the first.
func (w *coreWalk) planChange(address string, prior instance, config tftypes.Value, warn bool) (*tfprotov6.PlanResourceChangeResponse, bool) {
	name, _ := kindOf(address)
	answer, err := w.served.PlanResourceChange(w.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: dynamic(prior.value), Config: dynamic(config),
		ProposedNewState: dynamic(proposed(w.schema(address), prior.value, config)),
		PriorPrivate:     prior.private, PriorIdentity: prior.identity,
	})
	if w.broken(address, err) {
		return nil, false
	}
	if !warn && !slices.ContainsFunc(answer.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
		return answer, true
	}
	return answer, w.heeds(address, answer.Diagnostics)
}

// replacing returns the attributes that replace a resource: those that the provider names and that change.
func (w *coreWalk) replacing(answer *tfprotov6.PlanResourceChangeResponse, prior, after tftypes.Value) []string {
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
func (w *coreWalk) planDestroy(address string, it instance) bool {
	if w.halted(address) {
		return false
	}
	name, _ := kindOf(address)
	nothing := dynamic(w.none(address).value)
	answer, err := w.served.PlanResourceChange(w.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, Config: nothing, PriorState: dynamic(it.value), ProposedNewState: nothing,
		PriorPrivate: it.private, PriorIdentity: it.identity,
	})
	if w.broken(address, err) || !w.heeds(address, answer.Diagnostics) {
		return false
	}
	after := decoded(w.kind(address), answer.PlannedState)
	if !after.IsNull() {
		w.breaks(address, "a destroy is planned to leave something")
		return false
	}
	w.note(address, coreChange{actDelete, it.value, after, answer.PlannedPrivate, answer.PlannedIdentity, nil, false})
	return true
}

// apply carries out a change.
func (w *coreWalk) apply(address string, change coreChange) {
	it, ok := w.upgraded(address, w.object(address))
	if !ok || change.action == actNothing {
		return
	}
	if change.action == actDelete || change.action == actReplace {
		if it.value.IsNull() || w.halted(address) {
			return
		}
		away := coreChange{action: actDelete, before: change.before, after: w.none(address).value, private: change.private}
		if change.action == actDelete {
			away.identity = change.identity
		}
		it, ok = w.applyOne(address, it, away, w.none(address).value)
		w.keep(address, it)
		if !ok || change.action == actDelete {
			return
		}
		it = w.none(address)
	}
	again, ok := w.planOne(address, it, &change)
	if !ok {
		return
	}
	if again.action != change.action && (again.action != actNothing || change.action != actUpdate) {
		w.breaks(address, "inconsistent final plan: planned to "+change.action+", and now to "+again.action)
		return
	}
	if problem := incompatible(change.after, again.after, address); problem != "" {
		w.breaks(address, "inconsistent final plan: "+problem)
		return
	}
	if again.action == actNothing || w.halted(address) {
		return
	}
	if again.action == actReplace {
		again.action, again.before = actCreate, w.none(address).value
	}
	it, _ = w.applyOne(address, it, again, w.configValue(address))
	w.keep(address, it)
}

// applyOne has the provider make a change, and returns what is there then.
func (w *coreWalk) applyOne(address string, it instance, change coreChange, config tftypes.Value) (made instance, ok bool) {
	if !config.IsFullyKnown() {
		w.breaks(address, "the test gives no value at apply for what was unknown in the plan")
		return it, false
	}
	name, _ := kindOf(address)
	answer, err := w.served.ApplyResourceChange(w.context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: dynamic(change.before), Config: dynamic(config), PlannedState: dynamic(change.after),
		PlannedPrivate: change.private, PlannedIdentity: change.identity,
	})
	if w.broken(address, err) {
		return it, false
	}
	// A destroy is carried out without a configuration.
	ok = w.heedsAt(address, change.action != actDelete, answer.Diagnostics)
	made = instance{decoded(w.kind(address), answer.NewState), answer.Private, answer.NewIdentity, false}
	switch {
	case !made.value.IsFullyKnown():
		w.breaks(address, "a value is unknown after apply")
		return it, false
	case ok && (change.action == actDelete) != made.value.IsNull():
		w.breaks(address, "after an apply something is there that must not be, or the other way round")
		ok = false
	case ok && change.action != actDelete:
		if problem := incompatible(change.after, made.value, address); problem != "" {
			w.breaks(address, "inconsistent result after apply: "+problem)
			ok = false
		}
	}
	switch {
	case !ok && made.value.IsNull():
		return it, false
	case !ok:
		made.tainted = it.tainted || change.action == actCreate
	case !made.value.IsNull():
		ok = w.identified(address, "applying", made.identity)
	}
	return made, ok
}
