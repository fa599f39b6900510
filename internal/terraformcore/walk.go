package terraformcore

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A coreWalk is one process of the provider, and what Terraform does with it: ten resources at a time, in any order.
type walk struct {
	*Core
	server       tfprotov6.ProviderServer
	result       *Result
	mu           sync.Mutex // over result
	isConfigured bool       // whether the provider is configured
	// applying is whether values that are known only in an apply (see knownLater) are known.
	isApply       bool
	isInterrupted atomic.Bool
}

// parallelism is how many resources Terraform handles at a time.
const parallelism = 10

// walk begins a process of the provider, and configures it.
func (c *Core) startWalk(result *Result) *walk {
	w := &walk{Core: c, server: c.startServer(), result: result}
	c.current.Store(w)
	if !w.validateProvider() {
		return w
	}
	configured, err := w.server.ConfigureProvider(c.context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.0", Config: encode(w.providerConfig()),
	})
	if !w.callFailed("provider", err) {
		w.isConfigured = w.report("provider", configured.Diagnostics)
	}
	return w
}

func (w *walk) end() { w.current.CompareAndSwap(w, nil) }

func (w *walk) providerConfig() tftypes.Value {
	return valueOf(w.schemas.Provider.ValueType(), w.Arguments)
}

// configValue returns the configuration of what is at an address.
func (w *walk) configValue(address string) tftypes.Value {
	return valueOf(w.typeOf(address), evaluated(w.Config[address], w.isApply))
}

// each does something with every address, unless the provider could not be configured.
func (w *walk) forEach(addresses []string, do func(address string)) {
	if !w.isConfigured {
		return
	}
	for _, address := range w.Order {
		if slices.Contains(addresses, address) {
			do(address)
		}
	}
	slots := make(chan struct{}, parallelism)
	var all sync.WaitGroup
	for _, address := range addresses {
		if slices.Contains(w.Order, address) {
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
func (w *walk) callFailed(address string, err error) bool {
	if err != nil {
		w.T.Errorf("%s: %s: the call failed: %v", w.result.Command, address, err)
		w.addDiagnostic(Diagnostic{Address: address, Summary: "Plugin error", Detail: err.Error()})
	}
	return err != nil
}

// breaks fails the test for what Terraform would call a bug in the provider.
func (w *walk) reportBug(address, problem string) {
	w.T.Errorf("%s: %s: the provider breaks a rule: %s", w.result.Command, address, problem)
	w.addDiagnostic(Diagnostic{Address: address, Summary: "Provider produced what it must not", Detail: problem})
}

func (w *walk) addDiagnostic(diagnostic Diagnostic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.Diagnostics = append(w.result.Diagnostics, diagnostic)
}

// halted reports whether Terraform was interrupted, after which it begins with nothing more.
func (w *walk) halt(address string) bool {
	if !w.isInterrupted.Load() {
		return false
	}
	w.addDiagnostic(Diagnostic{Address: address, Summary: "execution halted"})
	return true
}

// heeds keeps diagnostics, and reports whether none is an error. Terraform says what they are about where there is a
// configuration to point at.
func (w *walk) report(address string, diagnostics []*tfprotov6.Diagnostic) bool {
	_, declared := w.Config[address]
	return w.reportAt(address, declared || address == "provider", diagnostics)
}

func (w *walk) reportAt(address string, pointed bool, diagnostics []*tfprotov6.Diagnostic) bool {
	well := true
	for _, d := range diagnostics {
		warning := d.Severity == tfprotov6.DiagnosticSeverityWarning
		well = well && warning
		w.addDiagnostic(Diagnostic{
			Address: address, NoAddress: !pointed, IsWarning: warning, Summary: d.Summary, Detail: d.Detail, Attribute: pathText(d.Attribute),
		})
	}
	return well
}

func (w *walk) validateProvider() bool {
	w.isConfigured = false
	checked, err := w.server.ValidateProviderConfig(w.context(), &tfprotov6.ValidateProviderConfigRequest{Config: encode(w.providerConfig())})
	if !w.callFailed("provider", err) {
		w.isConfigured = w.report("provider", checked.Diagnostics)
	}
	return w.isConfigured
}

// validates has the provider check the configuration of what is at an address.
func (w *walk) validate(address string) bool {
	name, data := splitAddress(address)
	config := encode(w.configValue(address))
	if data {
		checked, err := w.server.ValidateDataResourceConfig(w.context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
		return !w.callFailed(address, err) && w.report(address, checked.Diagnostics)
	}
	checked, err := w.server.ValidateResourceConfig(w.context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config})
	return !w.callFailed(address, err) && w.report(address, checked.Diagnostics)
}

// An instance is a resource while a walk is at it: value is null when there is none.
type instance struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

func (w *walk) typeOf(address string) tftypes.Type { return w.Schema(address).ValueType() }

// none is a resource that is not there.
func (w *walk) missing(address string) instance {
	return instance{value: tftypes.NewValue(w.typeOf(address), nil)}
}

func (w *walk) object(address string) (object Object) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.result.state[address]
}

// keep puts a resource into the state that the command works on, or takes it out.
func (w *walk) setObject(address string, it instance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if it.value.IsNull() {
		delete(w.result.state, address)
		return
	}
	w.result.state[address] = Object{stateAttributes(it.value), it.private, it.identity, it.tainted}
}

// upgraded returns what is in state. The identity is of the same version, and so not upgraded.
func (w *walk) upgrade(address string, object Object) (it instance, ok bool) {
	if object.Attributes == nil {
		return w.missing(address), true
	}
	name, _ := splitAddress(address)
	upgraded, err := w.server.UpgradeResourceState(w.context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: name, Version: w.Schema(address).Version, RawState: rawState(object.Attributes),
	})
	if w.callFailed(address, err) || !w.report(address, upgraded.Diagnostics) {
		return it, false
	}
	it = instance{Decode(w.typeOf(address), upgraded.UpgradedState), object.Private, object.Identity, object.Tainted}
	return it, true
}

// readPrior refreshes what is in state, and keeps it.
func (w *walk) refreshObject(address string) (it instance, ok bool) {
	it, ok = w.upgrade(address, w.object(address))
	if !ok || it.value.IsNull() {
		return it, ok
	}
	if it, ok = w.read(address, it); ok {
		w.setObject(address, it)
	}
	return it, ok
}

func (w *walk) read(address string, it instance) (read instance, ok bool) {
	if w.halt(address) {
		return it, false
	}
	name, _ := splitAddress(address)
	answer, err := w.server.ReadResource(w.context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: encode(it.value), Private: it.private, CurrentIdentity: it.identity,
	})
	if w.callFailed(address, err) || !w.report(address, answer.Diagnostics) {
		return it, false
	}
	read = instance{Decode(w.typeOf(address), answer.NewState), answer.Private, answer.NewIdentity, it.tainted}
	if !read.value.IsFullyKnown() {
		w.reportBug(address, "the state that was read has unknown values")
		return it, false
	}
	return read, w.checkIdentity(address, "reading", read.identity)
}

// identified fails the test when an identity is missing or unknown.
func (w *walk) checkIdentity(address, when string, identity *tfprotov6.ResourceIdentityData) bool {
	name, _ := splitAddress(address)
	schema, ok := w.identitySchemas[name]
	if !ok {
		return true
	}
	problem := "there is no identity after " + when
	if identity != nil {
		value := Decode(schema.ValueType(), identity.IdentityData)
		switch {
		case !value.IsFullyKnown():
			problem = "the identity has unknown values after " + when
		case !value.IsNull() && !allNull(value):
			return true
		}
	}
	w.reportBug(address, problem)
	return false
}

func allNull(object tftypes.Value) bool {
	for value := range maps.Values(elements(object)) {
		if !value.IsNull() {
			return false
		}
	}
	return true
}

// imported imports and reads a resource.
func (w *walk) importObject(address string, from any) (it instance, ok bool) {
	if w.halt(address) {
		return it, false
	}
	name, _ := splitAddress(address)
	request := &tfprotov6.ImportResourceStateRequest{TypeName: name}
	if id, ok := from.(string); ok {
		request.ID = id
	} else {
		request.Identity = &tfprotov6.ResourceIdentityData{IdentityData: encode(valueOf(w.identitySchemas[name].ValueType(), from))}
	}
	answer, err := w.server.ImportResourceState(w.context(), request)
	if w.callFailed(address, err) || !w.reportAt(address, false, answer.Diagnostics) {
		return it, false
	}
	if len(answer.ImportedResources) != 1 {
		w.reportBug(address, "an import returned not one resource")
		return it, false
	}
	one := answer.ImportedResources[0]
	if request.Identity != nil && !w.checkIdentity(address, "importing", one.Identity) {
		return it, false
	}
	// An import by id need not know the whole identity: the read that follows it does.
	it, ok = w.read(address, instance{Decode(w.typeOf(address), one.State), one.Private, one.Identity, false})
	if ok && it.value.IsNull() {
		w.addDiagnostic(Diagnostic{Address: address, Summary: "Cannot import non-existent remote object"})
		return it, false
	}
	return it, ok
}
