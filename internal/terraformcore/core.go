package terraformcore

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
type Core struct {
	T               *testing.T
	startServer     func() tfprotov6.ProviderServer
	schemas         *tfprotov6.GetProviderSchemaResponse
	identitySchemas map[string]*tfprotov6.ResourceIdentitySchema
	log             *logBuffer

	// The configuration. An address that begins with “data.” is a data source's.
	Arguments map[string]any            // of the provider
	Config    map[string]map[string]any // resources and data sources, by address
	imports   map[string]any            // import blocks, by address: an id, or the attributes of an identity
	Replace   map[string]bool           // addresses that -replace names
	hclCount  int                       // how often the configuration was written as HCL
	Order     []string                  // what is handled first, one after the other; the rest is in any order

	// readsOrphansFirst is whether a resource that is in state and not declared is read before its destroy is planned, as
	// Terraform 1.15.9 and OpenTofu 1.12.6 do. Terraform 1.11.4 plans first, from the state as it was, and then reads.
	ReadsOrphansFirst bool

	State            map[string]Object
	hasEmptyResource bool // whether the state names a resource without having it: a refresh lost it, and making it anew failed

	current atomic.Pointer[walk]
}

// A coreObject is a resource in state.
type Object struct {
	Attributes map[string]any // as they are in a state file
	Private    []byte
	Identity   *tfprotov6.ResourceIdentityData
	Tainted    bool
}

// New returns a core with an empty state and the provider's configuration. The function server starts the provider: it is called
// once for each process that Terraform would start.
func New(t *testing.T, server func() tfprotov6.ProviderServer, arguments map[string]any) *Core {
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
	return &Core{
		T: t, startServer: server, schemas: schemas, identitySchemas: identities.IdentitySchemas, log: &logBuffer{}, Arguments: arguments,
		Config: map[string]map[string]any{}, imports: map[string]any{}, Replace: map[string]bool{}, State: map[string]Object{},
	}
}

// provider sets an argument of the provider; nil leaves it out.
func (c *Core) Configure(argument string, value any) { c.Arguments[argument] = value }

// config declares a resource or a data source, in place of what was declared at its address.
func (c *Core) Declare(address string, attributes map[string]any) { c.Config[address] = attributes }

// remove takes a resource or a data source out of the configuration.
func (c *Core) Remove(address string) { delete(c.Config, address) }

// importing adds an import block: from an id, or from an identity's attributes.
func (c *Core) AddImport(address string, from any) { c.imports[address] = from }

// put puts into state what another version or provider has left there, without private state or identity.
func (c *Core) SetState(address string, attributes map[string]any) {
	c.State[address] = Object{Attributes: attributes}
}

// taint marks a resource in state as one to be replaced.
func (c *Core) Taint(address string) {
	object, ok := c.State[address]
	if !ok {
		c.T.Fatalf("%s is not in state", address)
	}
	object.Tainted = true
	c.State[address] = object
}

// attribute returns what state has for an attribute.
func (c *Core) Attribute(address, name string) any { return c.State[address].Attributes[name] }

// Identity returns the attributes of a resource's identity in state.
func (c *Core) Identity(address string) map[string]any {
	name, _ := splitAddress(address)
	return stateAttributes(Decode(c.identitySchemas[name].ValueType(), c.State[address].Identity.IdentityData))
}

// addresses returns those of the resources in state.
func (c *Core) StateAddresses() []string { return slices.Sorted(maps.Keys(c.State)) }

// plan does what “terraform plan” does.
func (c *Core) Plan() *Result {
	c.T.Helper()
	return c.runPlan("plan", false)
}

// planDestroy does what “terraform plan -destroy” does.
func (c *Core) PlanDestroy() *Result {
	c.T.Helper()
	return c.runPlan("plan -destroy", true)
}

// apply does what “terraform apply -auto-approve” does.
func (c *Core) Apply() *Result {
	c.T.Helper()
	return c.runApply(c.runPlan("apply", false))
}

// destroy does what “terraform destroy -auto-approve” does.
func (c *Core) Destroy() *Result {
	c.T.Helper()
	return c.runApply(c.runPlan("destroy", true))
}

// applyPlan does what “terraform apply saved.tfplan” does.
func (c *Core) ApplyPlan(plan *Result) *Result {
	c.T.Helper()
	saved := *plan
	saved.Command, saved.Diagnostics = "apply saved.tfplan", nil
	return c.runApply(&saved)
}

// refresh does what “terraform refresh” does, which is to plan and to keep nothing but what was read.
func (c *Core) Refresh() *Result {
	c.T.Helper()
	result := c.Plan()
	result.Command, result.Changes = "refresh", nil
	if !result.HasErrors() {
		c.State = result.state
	}
	return result
}

// refreshOnly does what “terraform apply -refresh-only” does, which is to read what is in state and to plan nothing.
func (c *Core) RefreshOnly() *Result {
	c.T.Helper()
	result := c.validateConfig("apply -refresh-only")
	if result.HasErrors() {
		return result
	}
	walk := c.startWalk(result)
	walk.forEach(slices.Collect(maps.Keys(c.State)), func(address string) { walk.refreshObject(address) })
	walk.end()
	if !result.HasErrors() {
		c.State = result.state
	}
	return result
}

// importState does what “terraform import” does.
func (c *Core) Import(address string, from any) *Result {
	c.T.Helper()
	result := &Result{Command: "import", state: maps.Clone(c.State)}
	walk := c.startWalk(result)
	walk.forEach([]string{address}, func(address string) {
		if object, ok := walk.importObject(address, from); ok {
			walk.setObject(address, object)
		}
	})
	walk.end()
	if !result.HasErrors() {
		c.State = result.state
	}
	return result
}

// must fails the test when a command fails.
func (c *Core) Must(result *Result) *Result {
	c.T.Helper()
	if result.HasErrors() {
		c.T.Fatal(result)
	}
	return result
}

// mustApply runs an apply, which must succeed, and then a plan, which must be empty.
func (c *Core) MustApply() *Result {
	c.T.Helper()
	result := c.Must(c.Apply())
	c.ExpectNoChanges()
	return result
}

func (c *Core) ExpectNoChanges() {
	c.T.Helper()
	if empty := c.Must(c.Plan()); empty.HasChanges() {
		c.T.Errorf("the plan is not empty: %s", empty)
	}
}

// interrupt tells the provider that Terraform is to stop, as Ctrl-C does, and lets nothing else begin.
func (c *Core) Interrupt(ctx context.Context) {
	walk := c.current.Load()
	if walk == nil {
		c.T.Error("there is nothing to interrupt")
		return
	}
	walk.isInterrupted.Store(true)
	if _, err := walk.server.StopProvider(context.WithoutCancel(ctx), &tfprotov6.StopProviderRequest{}); err != nil {
		c.T.Error(err)
	}
}

// validated is the validation that every command begins with.
func (c *Core) validateConfig(command string) *Result {
	c.T.Helper()
	result := &Result{Command: command, Changes: map[string]Change{}, Data: map[string]any{}, state: maps.Clone(c.State)}
	walk := &walk{Core: c, server: c.startServer(), result: result}
	if walk.validateProvider() {
		walk.forEach(slices.Collect(maps.Keys(c.Config)), func(address string) { walk.validate(address) })
	}
	return result
}

// planned is the plan of a command.
func (c *Core) runPlan(command string, destroy bool) *Result {
	c.T.Helper()
	result := c.validateConfig(command)
	if result.HasErrors() {
		return result
	}
	if destroy && len(c.State) == 0 && !c.hasEmptyResource {
		return result // Terraform does not even refresh.
	}
	told := slices.Clone(result.Diagnostics)
	walk := c.startWalk(result)
	walk.forEach(c.Addresses(), func(address string) { walk.planAddress(address, destroy) })
	walk.end()
	if !destroy || result.HasErrors() {
		return result
	}
	// A destroy has refreshed with a normal plan, whose warnings are dropped, and then plans anew.
	result.Changes, result.Diagnostics = map[string]Change{}, told
	again := c.startWalk(result)
	again.forEach(slices.Collect(maps.Keys(result.state)), func(address string) {
		if object, ok := again.upgrade(address, again.object(address)); ok {
			again.planDelete(address, object)
		}
	})
	again.end()
	return result
}

// everywhere returns the addresses of the configuration and of the state.
func (c *Core) Addresses() []string {
	every := maps.Collect(maps.All(c.Config))
	for address := range c.State {
		if _, ok := every[address]; !ok {
			every[address] = nil
		}
	}
	return slices.Collect(maps.Keys(every))
}

// carryOut is the apply of a command, which has the state in the end whatever fails.
func (c *Core) runApply(result *Result) *Result {
	c.T.Helper()
	if result.HasErrors() {
		return result
	}
	before := result.state
	result.state = maps.Clone(before)
	walk := c.startWalk(result)
	walk.isApply = true
	walk.forEach(slices.Collect(maps.Keys(result.Changes)), func(address string) { walk.applyAddress(address, result.Changes[address]) })
	walk.end()
	c.hasEmptyResource = false
	for address := range c.State {
		_, was := before[address]
		_, is := result.state[address]
		c.hasEmptyResource = c.hasEmptyResource || !was && !is
	}
	c.State = result.state
	return result
}

// kindOf returns the type of a resource or data source, and whether it is a data source.
func splitAddress(address string) (name string, data bool) {
	address, data = strings.CutPrefix(address, "data.")
	name, _, _ = strings.Cut(address, ".")
	return name, data
}

// schema returns the schema of what is at an address.
func (c *Core) Schema(address string) *tfprotov6.Schema {
	name, data := splitAddress(address)
	schemas := c.schemas.ResourceSchemas
	if data {
		schemas = c.schemas.DataSourceSchemas
	}
	schema, ok := schemas[name]
	if !ok {
		c.T.Fatalf("the provider has no %s", name)
	}
	return schema
}

// coreLog is what the provider has logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Log returns what the provider has logged.
func (c *Core) Log() string { return c.log.String() }

// context returns that of every call, which keeps what the provider logs.
func (c *Core) context() context.Context {
	return tflogtest.RootLogger(context.WithoutCancel(c.T.Context()), c.log)
}
