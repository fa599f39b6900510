package provider

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A coreWalk is one process of the provider, and what Terraform does with it: ten resources at a time, in any order.
type coreWalk struct {
	*core
	served tfprotov6.ProviderServer
	result *coreResult
	mu     sync.Mutex // over result
	ready  bool       // whether the provider is configured
	// applying is whether values that are known only in an apply (see knownLater) are known.
	applying bool
	stopped  atomic.Bool
}

// parallelism is how many resources Terraform handles at a time.
const parallelism = 10

// walk begins a process of the provider, and configures it.
func (c *core) walk(result *coreResult) *coreWalk {
	w := &coreWalk{core: c, served: c.serve(), result: result}
	c.walking.Store(w)
	if !w.validatesProvider() {
		return w
	}
	configured, err := w.served.ConfigureProvider(c.context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.0", Config: dynamic(w.providerConfig()),
	})
	if !w.broken("provider", err) {
		w.ready = w.heeds("provider", configured.Diagnostics)
	}
	return w
}

func (w *coreWalk) close() { w.walking.CompareAndSwap(w, nil) }

func (w *coreWalk) providerConfig() tftypes.Value {
	return valueOf(w.schemas.Provider.ValueType(), w.arguments)
}

// configValue returns the configuration of what is at an address.
func (w *coreWalk) configValue(address string) tftypes.Value {
	return valueOf(w.kind(address), evaluated(w.declared[address], w.applying))
}

// each does something with every address, unless the provider could not be configured.
func (w *coreWalk) each(addresses []string, do func(address string)) {
	if !w.ready {
		return
	}
	for _, address := range w.order {
		if slices.Contains(addresses, address) {
			do(address)
		}
	}
	slots := make(chan struct{}, parallelism)
	var all sync.WaitGroup
	for _, address := range addresses {
		if slices.Contains(w.order, address) {
			continue
		}
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			do(address)
		})
	}
	all.Wait()
}

// broken fails the test when a call came to nothing, which is a defect of the provider's.
func (w *coreWalk) broken(address string, err error) bool {
	if err != nil {
		w.t.Errorf("%s: %s: the call failed: %v", w.result.command, address, err)
		w.tell(coreDiagnostic{address: address, summary: "Plugin error", detail: err.Error()})
	}
	return err != nil
}

// breaks fails the test for what Terraform would call a bug in the provider.
func (w *coreWalk) breaks(address, problem string) {
	w.t.Errorf("%s: %s: the provider breaks a rule: %s", w.result.command, address, problem)
	w.tell(coreDiagnostic{address: address, summary: "Provider produced what it must not", detail: problem})
}

func (w *coreWalk) tell(diagnostic coreDiagnostic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.diagnostics = append(w.result.diagnostics, diagnostic)
}

// halted reports whether Terraform was interrupted, after which it begins with nothing more.
func (w *coreWalk) halted(address string) bool {
	if !w.stopped.Load() {
		return false
	}
	w.tell(coreDiagnostic{address: address, summary: "execution halted"})
	return true
}

// heeds keeps diagnostics, and reports whether none is an error. Terraform says what they are about where there is a
// configuration to point at.
func (w *coreWalk) heeds(address string, diagnostics []*tfprotov6.Diagnostic) bool {
	_, declared := w.declared[address]
	return w.heedsAt(address, declared || address == "provider", diagnostics)
}

func (w *coreWalk) heedsAt(address string, pointed bool, diagnostics []*tfprotov6.Diagnostic) bool {
	well := true
	for _, d := range diagnostics {
		warning := d.Severity == tfprotov6.DiagnosticSeverityWarning
		well = well && warning
		w.tell(coreDiagnostic{
			address: address, unpointed: !pointed, warning: warning, summary: d.Summary, detail: d.Detail, attribute: pathText(d.Attribute),
		})
	}
	return well
}

func (w *coreWalk) validatesProvider() bool {
	w.ready = false
	checked, err := w.served.ValidateProviderConfig(w.context(), &tfprotov6.ValidateProviderConfigRequest{Config: dynamic(w.providerConfig())})
	if !w.broken("provider", err) {
		w.ready = w.heeds("provider", checked.Diagnostics)
	}
	return w.ready
}

// validates has the provider check the configuration of what is at an address.
func (w *coreWalk) validates(address string) bool {
	name, data := kindOf(address)
	config := dynamic(w.configValue(address))
	if data {
		checked, err := w.served.ValidateDataResourceConfig(w.context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
		return !w.broken(address, err) && w.heeds(address, checked.Diagnostics)
	}
	checked, err := w.served.ValidateResourceConfig(w.context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config})
	return !w.broken(address, err) && w.heeds(address, checked.Diagnostics)
}

// An instance is a resource while a walk is at it: value is null when there is none.
type instance struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

func (w *coreWalk) kind(address string) tftypes.Type { return w.schema(address).ValueType() }

// none is a resource that is not there.
func (w *coreWalk) none(address string) instance {
	return instance{value: tftypes.NewValue(w.kind(address), nil)}
}

func (w *coreWalk) object(address string) (object coreObject) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.result.refreshed[address]
}

// keep puts a resource into the state that the command works on, or takes it out.
func (w *coreWalk) keep(address string, it instance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if it.value.IsNull() {
		delete(w.result.refreshed, address)
		return
	}
	w.result.refreshed[address] = coreObject{inState(it.value), it.private, it.identity, it.tainted}
}

// upgraded returns what is in state. The identity is of the same version, and so not upgraded.
func (w *coreWalk) upgraded(address string, object coreObject) (it instance, ok bool) {
	if object.attributes == nil {
		return w.none(address), true
	}
	name, _ := kindOf(address)
	upgraded, err := w.served.UpgradeResourceState(w.context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: name, Version: w.schema(address).Version, RawState: raw(object.attributes),
	})
	if w.broken(address, err) || !w.heeds(address, upgraded.Diagnostics) {
		return it, false
	}
	it = instance{decoded(w.kind(address), upgraded.UpgradedState), object.private, object.identity, object.tainted}
	return it, true
}

// readPrior refreshes what is in state, and keeps it.
func (w *coreWalk) readPrior(address string) (it instance, ok bool) {
	it, ok = w.upgraded(address, w.object(address))
	if !ok || it.value.IsNull() {
		return it, ok
	}
	if it, ok = w.read(address, it); ok {
		w.keep(address, it)
	}
	return it, ok
}

func (w *coreWalk) read(address string, it instance) (read instance, ok bool) {
	if w.halted(address) {
		return it, false
	}
	name, _ := kindOf(address)
	answer, err := w.served.ReadResource(w.context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: dynamic(it.value), Private: it.private, CurrentIdentity: it.identity,
	})
	if w.broken(address, err) || !w.heeds(address, answer.Diagnostics) {
		return it, false
	}
	read = instance{decoded(w.kind(address), answer.NewState), answer.Private, answer.NewIdentity, it.tainted}
	if !read.value.IsFullyKnown() {
		w.breaks(address, "the state that was read has unknown values")
		return it, false
	}
	return read, w.identified(address, "reading", read.identity)
}

// identified fails the test when an identity is missing or unknown.
func (w *coreWalk) identified(address, when string, identity *tfprotov6.ResourceIdentityData) bool {
	name, _ := kindOf(address)
	schema, ok := w.ids[name]
	if !ok {
		return true
	}
	problem := "there is no identity after " + when
	if identity != nil {
		value := decoded(schema.ValueType(), identity.IdentityData)
		switch {
		case !value.IsFullyKnown():
			problem = "the identity has unknown values after " + when
		case !value.IsNull() && !allNull(value):
			return true
		}
	}
	w.breaks(address, problem)
	return false
}

func allNull(object tftypes.Value) bool {
	for value := range maps.Values(attributesOf(object)) {
		if !value.IsNull() {
			return false
		}
	}
	return true
}

// imported imports and reads a resource.
func (w *coreWalk) imported(address string, from any) (it instance, ok bool) {
	if w.halted(address) {
		return it, false
	}
	name, _ := kindOf(address)
	request := &tfprotov6.ImportResourceStateRequest{TypeName: name}
	if id, ok := from.(string); ok {
		request.ID = id
	} else {
		request.Identity = &tfprotov6.ResourceIdentityData{IdentityData: dynamic(valueOf(w.ids[name].ValueType(), from))}
	}
	answer, err := w.served.ImportResourceState(w.context(), request)
	if w.broken(address, err) || !w.heedsAt(address, false, answer.Diagnostics) {
		return it, false
	}
	if len(answer.ImportedResources) != 1 {
		w.breaks(address, "an import returned not one resource")
		return it, false
	}
	one := answer.ImportedResources[0]
	if request.Identity != nil && !w.identified(address, "importing", one.Identity) {
		return it, false
	}
	// An import by id need not know the whole identity: the read that follows it does.
	it, ok = w.read(address, instance{decoded(w.kind(address), one.State), one.Private, one.Identity, false})
	if ok && it.value.IsNull() {
		w.tell(coreDiagnostic{address: address, summary: "Cannot import non-existent remote object"})
		return it, false
	}
	return it, ok
}
