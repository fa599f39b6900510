package provider

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// A core stands in for Terraform's: it drives the provider over the protocol, in the test's own process, with the same
// calls in the same order. A command takes milliseconds instead of a second. What it leaves out is what a provider does not
// notice: expressions, modules, dependencies between resources, and how things look.
//
// A command is a validation, a plan and an apply, and each of them is a process of the provider to Terraform, and so a
// server here. What no provider may do (a result that is not what was planned, an identity that is missing) fails the test.
type core struct {
	t       *testing.T
	serve   func() tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
	ids     map[string]*tfprotov6.ResourceIdentitySchema
	log     *coreLog

	// The configuration. An address that begins with “data.” is a data source's.
	arguments map[string]any            // of the provider
	declared  map[string]map[string]any // resources and data sources, by address
	imports   map[string]any            // import blocks, by address: an id, or the attributes of an identity
	replace   map[string]bool           // addresses that -replace names
	written   int                       // how often the configuration was written as HCL
	order     []string                  // what is handled first, one after the other; the rest is in any order

	// readsOrphansFirst is whether a resource that is in state and not declared is read before its destroy is planned, as
	// Terraform 1.15.9 and OpenTofu 1.12.6 do. Terraform 1.11.4 plans first, from the state as it was, and then reads.
	readsOrphansFirst bool

	state map[string]coreObject
	husk  bool // whether the state names a resource without having it: a refresh lost it, and making it anew failed

	walking atomic.Pointer[coreWalk]
}

// A coreObject is a resource in state.
type coreObject struct {
	attributes map[string]any // as they are in a state file
	private    []byte
	identity   *tfprotov6.ResourceIdentityData
	tainted    bool
}

// New returns a core with an empty state and the provider's configuration. The function server starts the provider: it is called
// once for each process that Terraform would start.
func newCoreOf(t *testing.T, server func() tfprotov6.ProviderServer, arguments map[string]any) *core {
	t.Helper()
	served := server()
	schemas, err := served.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := served.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &core{
		t: t, serve: server, schemas: schemas, ids: identities.IdentitySchemas, log: &coreLog{}, arguments: arguments,
		declared: map[string]map[string]any{}, imports: map[string]any{}, replace: map[string]bool{}, state: map[string]coreObject{},
	}
}

// provider sets an argument of the provider; nil leaves it out.
func (c *core) provider(argument string, value any) { c.arguments[argument] = value }

// config declares a resource or a data source, in place of what was declared at its address.
func (c *core) config(address string, attributes map[string]any) { c.declared[address] = attributes }

// remove takes a resource or a data source out of the configuration.
func (c *core) remove(address string) { delete(c.declared, address) }

// importing adds an import block: from an id, or from an identity's attributes.
func (c *core) importing(address string, from any) { c.imports[address] = from }

// put puts into state what another version or provider has left there, without private state or identity.
func (c *core) put(address string, attributes map[string]any) {
	c.state[address] = coreObject{attributes: attributes}
}

// taint marks a resource in state as one to be replaced.
func (c *core) taint(address string) {
	object, ok := c.state[address]
	if !ok {
		c.t.Fatalf("%s is not in state", address)
	}
	object.tainted = true
	c.state[address] = object
}

// attribute returns what state has for an attribute.
func (c *core) attribute(address, name string) any { return c.state[address].attributes[name] }

// Identity returns the attributes of a resource's identity in state.
func (c *core) identityOf(address string) map[string]any {
	name, _ := kindOf(address)
	return inState(decoded(c.ids[name].ValueType(), c.state[address].identity.IdentityData))
}

// addresses returns those of the resources in state.
func (c *core) addresses() []string { return slices.Sorted(maps.Keys(c.state)) }

// plan does what “terraform plan” does.
func (c *core) plan() *coreResult {
	c.t.Helper()
	return c.planned("plan", false)
}

// planDestroy does what “terraform plan -destroy” does.
func (c *core) planDestroy() *coreResult {
	c.t.Helper()
	return c.planned("plan -destroy", true)
}

// apply does what “terraform apply -auto-approve” does.
func (c *core) apply() *coreResult {
	c.t.Helper()
	return c.carryOut(c.planned("apply", false))
}

// destroy does what “terraform destroy -auto-approve” does.
func (c *core) destroy() *coreResult {
	c.t.Helper()
	return c.carryOut(c.planned("destroy", true))
}

// applyPlan does what “terraform apply saved.tfplan” does.
func (c *core) applyPlan(plan *coreResult) *coreResult {
	c.t.Helper()
	saved := *plan
	saved.command, saved.diagnostics = "apply saved.tfplan", nil
	return c.carryOut(&saved)
}

// refresh does what “terraform refresh” does, which is to plan and to keep nothing but what was read.
func (c *core) refresh() *coreResult {
	c.t.Helper()
	result := c.plan()
	result.command, result.changes = "refresh", nil
	if !result.failed() {
		c.state = result.refreshed
	}
	return result
}

// refreshOnly does what “terraform apply -refresh-only” does, which is to read what is in state and to plan nothing.
func (c *core) refreshOnly() *coreResult {
	c.t.Helper()
	result := c.validated("apply -refresh-only")
	if result.failed() {
		return result
	}
	walk := c.walk(result)
	walk.each(slices.Collect(maps.Keys(c.state)), func(address string) { walk.readPrior(address) })
	walk.close()
	if !result.failed() {
		c.state = result.refreshed
	}
	return result
}

// importState does what “terraform import” does.
func (c *core) importState(address string, from any) *coreResult {
	c.t.Helper()
	result := &coreResult{command: "import", refreshed: maps.Clone(c.state)}
	walk := c.walk(result)
	walk.each([]string{address}, func(address string) {
		if object, ok := walk.imported(address, from); ok {
			walk.keep(address, object)
		}
	})
	walk.close()
	if !result.failed() {
		c.state = result.refreshed
	}
	return result
}

// must fails the test when a command fails.
func (c *core) must(result *coreResult) *coreResult {
	c.t.Helper()
	if result.failed() {
		c.t.Fatal(result)
	}
	return result
}

// mustApply runs an apply, which must succeed, and then a plan, which must be empty.
func (c *core) mustApply() *coreResult {
	c.t.Helper()
	result := c.must(c.apply())
	c.expectNoChanges()
	return result
}

func (c *core) expectNoChanges() {
	c.t.Helper()
	if empty := c.must(c.plan()); empty.changed() {
		c.t.Errorf("the plan is not empty: %s", empty)
	}
}

// interrupt tells the provider that Terraform is to stop, as Ctrl-C does, and lets nothing else begin.
func (c *core) interrupt(ctx context.Context) {
	walk := c.walking.Load()
	if walk == nil {
		c.t.Error("there is nothing to interrupt")
		return
	}
	walk.stopped.Store(true)
	if _, err := walk.served.StopProvider(context.WithoutCancel(ctx), &tfprotov6.StopProviderRequest{}); err != nil {
		c.t.Error(err)
	}
}

// validated is the validation that every command begins with.
func (c *core) validated(command string) *coreResult {
	c.t.Helper()
	result := &coreResult{command: command, changes: map[string]coreChange{}, data: map[string]any{}, refreshed: maps.Clone(c.state)}
	walk := &coreWalk{core: c, served: c.serve(), result: result}
	if walk.validatesProvider() {
		walk.each(slices.Collect(maps.Keys(c.declared)), func(address string) { walk.validates(address) })
	}
	return result
}

// planned is the plan of a command.
func (c *core) planned(command string, destroy bool) *coreResult {
	c.t.Helper()
	result := c.validated(command)
	if result.failed() {
		return result
	}
	if destroy && len(c.state) == 0 && !c.husk {
		return result // Terraform does not even refresh.
	}
	told := slices.Clone(result.diagnostics)
	walk := c.walk(result)
	walk.each(c.everywhere(), func(address string) { walk.plan(address, destroy) })
	walk.close()
	if !destroy || result.failed() {
		return result
	}
	// A destroy has refreshed with a normal plan, whose warnings are dropped, and then plans anew.
	result.changes, result.diagnostics = map[string]coreChange{}, told
	again := c.walk(result)
	again.each(slices.Collect(maps.Keys(result.refreshed)), func(address string) {
		if object, ok := again.upgraded(address, again.object(address)); ok {
			again.planDestroy(address, object)
		}
	})
	again.close()
	return result
}

// everywhere returns the addresses of the configuration and of the state.
func (c *core) everywhere() []string {
	every := maps.Collect(maps.All(c.declared))
	for address := range c.state {
		if _, ok := every[address]; !ok {
			every[address] = nil
		}
	}
	return slices.Collect(maps.Keys(every))
}

// carryOut is the apply of a command, which has the state in the end whatever fails.
func (c *core) carryOut(result *coreResult) *coreResult {
	c.t.Helper()
	if result.failed() {
		return result
	}
	before := result.refreshed
	result.refreshed = maps.Clone(before)
	walk := c.walk(result)
	walk.applying = true
	walk.each(slices.Collect(maps.Keys(result.changes)), func(address string) { walk.apply(address, result.changes[address]) })
	walk.close()
	c.husk = false
	for address := range c.state {
		_, was := before[address]
		_, is := result.refreshed[address]
		c.husk = c.husk || !was && !is
	}
	c.state = result.refreshed
	return result
}

// kindOf returns the type of a resource or data source, and whether it is a data source.
func kindOf(address string) (name string, data bool) {
	address, data = strings.CutPrefix(address, "data.")
	name, _, _ = strings.Cut(address, ".")
	return name, data
}

// schema returns the schema of what is at an address.
func (c *core) schema(address string) *tfprotov6.Schema {
	name, data := kindOf(address)
	schemas := c.schemas.ResourceSchemas
	if data {
		schemas = c.schemas.DataSourceSchemas
	}
	schema, ok := schemas[name]
	if !ok {
		c.t.Fatalf("the provider has no %s", name)
	}
	return schema
}

// coreLog is what the provider has logged.
type coreLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *coreLog) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *coreLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Log returns what the provider has logged.
func (c *core) logged() string { return c.log.String() }

// context returns that of every call, which keeps what the provider logs.
func (c *core) context() context.Context {
	return tflogtest.RootLogger(context.WithoutCancel(c.t.Context()), c.log)
}
