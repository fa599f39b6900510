package terraformcore

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// walk is one process of the provider and the operations that Terraform runs with it.
type walk struct {
	*Core
	server       tfprotov6.ProviderServer
	result       *Result
	mu           sync.Mutex // guards result
	isConfigured bool       // whether the provider was configured without an error
	// isApply reports whether values of UnknownUntilApply are known.
	isApply       bool
	isInterrupted atomic.Bool
}

// parallelism is the number of resources that Terraform handles in parallel.
const parallelism = 10

// startWalk starts a process of the provider and configures it.
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

// configValue returns the configuration of an address.
func (w *walk) configValue(address string) tftypes.Value {
	return valueOf(w.typeOf(address), evaluateAttributes(w.Config[address], w.isApply))
}

// forEach calls do for each address, unless the provider could not be configured.
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

// callFailed fails the test if a call returned an error instead of a response.
func (w *walk) callFailed(address string, err error) bool {
	if err != nil {
		w.T.Errorf("%s: %s: the call failed: %v", w.result.Command, address, err)
		w.addDiagnostic(Diagnostic{Address: address, Summary: "Plugin error", Detail: err.Error()})
	}
	return err != nil
}

// reportBug fails the test for a result that Terraform would report as a bug in the provider.
func (w *walk) reportBug(address, problem string) {
	w.T.Errorf("%s: %s: bug in the provider: %s", w.result.Command, address, problem)
	w.addDiagnostic(Diagnostic{Address: address, Summary: "Provider produced invalid result", Detail: problem})
}

func (w *walk) addDiagnostic(diagnostic Diagnostic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.Diagnostics = append(w.result.Diagnostics, diagnostic)
}

// halt reports whether Terraform was interrupted. It starts no more operations then.
func (w *walk) halt(address string) bool {
	if !w.isInterrupted.Load() {
		return false
	}
	w.addDiagnostic(Diagnostic{Address: address, Summary: "execution halted"})
	return true
}

// report adds diagnostics to the result and reports whether none is an error. Terraform prints the address of resources that are
// in the configuration.
func (w *walk) report(address string, diagnostics []*tfprotov6.Diagnostic) bool {
	_, declared := w.Config[address]
	return w.reportAt(address, declared || address == "provider", diagnostics)
}

func (w *walk) reportAt(address string, hasAddress bool, diagnostics []*tfprotov6.Diagnostic) bool {
	ok := true
	for _, d := range diagnostics {
		isWarning := d.Severity == tfprotov6.DiagnosticSeverityWarning
		ok = ok && isWarning
		w.addDiagnostic(Diagnostic{
			Address: address, NoAddress: !hasAddress, IsWarning: isWarning, Summary: d.Summary, Detail: d.Detail, Attribute: pathText(d.Attribute),
		})
	}
	return ok
}

func (w *walk) validateProvider() bool {
	w.isConfigured = false
	checked, err := w.server.ValidateProviderConfig(w.context(), &tfprotov6.ValidateProviderConfigRequest{Config: encode(w.providerConfig())})
	if !w.callFailed("provider", err) {
		w.isConfigured = w.report("provider", checked.Diagnostics)
	}
	return w.isConfigured
}

// validate validates the configuration of an address.
func (w *walk) validate(address string) bool {
	name, isData := splitAddress(address)
	config := encode(w.configValue(address))
	if isData {
		checked, err := w.server.ValidateDataResourceConfig(w.context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
		return !w.callFailed(address, err) && w.report(address, checked.Diagnostics)
	}
	checked, err := w.server.ValidateResourceConfig(w.context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config})
	return !w.callFailed(address, err) && w.report(address, checked.Diagnostics)
}

// instance is a resource during a walk. Its value is null if the resource does not exist.
type instance struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

func (w *walk) typeOf(address string) tftypes.Type { return w.Schema(address).ValueType() }

// missing returns the instance of a resource that does not exist.
func (w *walk) missing(address string) instance {
	return instance{value: tftypes.NewValue(w.typeOf(address), nil)}
}

func (w *walk) object(address string) (object Object) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.result.state[address]
}

// setObject writes a resource to the state of the command, or removes it from there.
func (w *walk) setObject(address string, current instance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if current.value.IsNull() {
		delete(w.result.state, address)
		return
	}
	w.result.state[address] = Object{stateAttributes(current.value), current.private, current.identity, current.tainted}
}

// upgrade upgrades a resource in state. Identities have only one version.
func (w *walk) upgrade(address string, object Object) (current instance, ok bool) {
	if object.Attributes == nil {
		return w.missing(address), true
	}
	name, _ := splitAddress(address)
	upgraded, err := w.server.UpgradeResourceState(w.context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: name, Version: w.Schema(address).Version, RawState: rawState(object.Attributes),
	})
	if w.callFailed(address, err) || !w.report(address, upgraded.Diagnostics) {
		return current, false
	}
	current = instance{Decode(w.typeOf(address), upgraded.UpgradedState), object.Private, object.Identity, object.Tainted}
	return current, true
}

// refreshObject reads a resource in state and writes it to the state.
func (w *walk) refreshObject(address string) (current instance, ok bool) {
	current, ok = w.upgrade(address, w.object(address))
	if !ok || current.value.IsNull() {
		return current, ok
	}
	if current, ok = w.read(address, current); ok {
		w.setObject(address, current)
	}
	return current, ok
}

func (w *walk) read(address string, current instance) (read instance, ok bool) {
	if w.halt(address) {
		return current, false
	}
	name, _ := splitAddress(address)
	answer, err := w.server.ReadResource(w.context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: encode(current.value), Private: current.private, CurrentIdentity: current.identity,
	})
	if w.callFailed(address, err) || !w.report(address, answer.Diagnostics) {
		return current, false
	}
	read = instance{Decode(w.typeOf(address), answer.NewState), answer.Private, answer.NewIdentity, current.tainted}
	if !read.value.IsFullyKnown() {
		w.reportBug(address, "the read state has unknown values")
		return current, false
	}
	return read, w.checkIdentity(address, "reading", read.identity)
}

// checkIdentity fails the test if an identity is missing or unknown.
func (w *walk) checkIdentity(address, when string, identity *tfprotov6.ResourceIdentityData) bool {
	name, _ := splitAddress(address)
	schema, ok := w.identitySchemas[name]
	if !ok {
		return true
	}
	problem := "the identity is missing after " + when
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

// importObject imports and reads a resource.
func (w *walk) importObject(address string, from any) (current instance, ok bool) {
	if w.halt(address) {
		return current, false
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
		return current, false
	}
	if len(answer.ImportedResources) != 1 {
		w.reportBug(address, "an import did not return exactly one resource")
		return current, false
	}
	imported := answer.ImportedResources[0]
	if request.Identity != nil && !w.checkIdentity(address, "importing", imported.Identity) {
		return current, false
	}
	// After an import by id the identity may be incomplete. The read that follows completes it.
	current, ok = w.read(address, instance{Decode(w.typeOf(address), imported.State), imported.Private, imported.Identity, false})
	if ok && current.value.IsNull() {
		w.addDiagnostic(Diagnostic{Address: address, Summary: "Cannot import non-existent remote object"})
		return current, false
	}
	return current, ok
}
