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

// Core is a configuration and a state, with methods that do what Terraform's commands do. Each command starts new processes of the
// provider. A result that breaks Terraform's rules for providers fails the test.
type Core struct {
	T *testing.T

	startServer     func() tfprotov6.ProviderServer
	schemas         *tfprotov6.GetProviderSchemaResponse
	identitySchemas map[string]*tfprotov6.ResourceIdentitySchema
	log             *logBuffer

	// The configuration. The address of a data source begins with “data.”.
	Arguments map[string]any            // of the provider block
	Config    map[string]map[string]any // arguments of resources and data sources, by address
	Replace   map[string]bool           // addresses named by -replace
	Order     []string                  // addresses to handle first, one after another; the others run in parallel
	imports   map[string]any            // import blocks, by address: an id or the attributes of an identity
	hclCount  int                       // number of calls of HCL

	// ReadsOrphansFirst makes a plan read an undeclared resource before it plans the delete, as Terraform 1.15.9 and OpenTofu 1.12.6
	// do. Terraform 1.11.4 plans the delete first and reads then.
	ReadsOrphansFirst bool

	State map[string]Object

	// hasEmptyResource reports whether the state has a resource without an instance. Terraform keeps one after a refresh lost
	// the object and the new create failed.
	hasEmptyResource bool

	current atomic.Pointer[walk] // the running process of the provider
}

// Object is a resource in state.
type Object struct {
	Attributes map[string]any // as in a state file
	Private    []byte
	Identity   *tfprotov6.ResourceIdentityData
	Tainted    bool
}

// New returns a core with an empty state and the provider's arguments. It calls server once for each process of the provider.
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

// Configure sets an argument of the provider. nil omits it.
func (c *Core) Configure(argument string, value any) { c.Arguments[argument] = value }

// Declare sets the configuration of a resource or a data source.
func (c *Core) Declare(address string, attributes map[string]any) { c.Config[address] = attributes }

// Remove removes a resource or a data source from the configuration.
func (c *Core) Remove(address string) { delete(c.Config, address) }

// AddImport adds an import block. from is an id or the attributes of an identity.
func (c *Core) AddImport(address string, from any) { c.imports[address] = from }

// SetState sets the attributes of a resource in state, without private state or identity, as another provider leaves them.
func (c *Core) SetState(address string, attributes map[string]any) {
	c.State[address] = Object{Attributes: attributes}
}

// Taint marks a resource in state as tainted.
func (c *Core) Taint(address string) {
	object, ok := c.State[address]
	if !ok {
		c.T.Fatalf("%s is not in state", address)
	}
	object.Tainted = true
	c.State[address] = object
}

// Attribute returns the value of an attribute in state.
func (c *Core) Attribute(address, name string) any { return c.State[address].Attributes[name] }

// Identity returns the attributes of the identity that a resource has in state.
func (c *Core) Identity(address string) map[string]any {
	name, _ := splitAddress(address)
	return stateAttributes(Decode(c.identitySchemas[name].ValueType(), c.State[address].Identity.IdentityData))
}

// StateAddresses returns the addresses of the resources in state.
func (c *Core) StateAddresses() []string { return slices.Sorted(maps.Keys(c.State)) }

// Plan runs “terraform plan”.
func (c *Core) Plan() *Result {
	c.T.Helper()
	return c.runPlan("plan", false)
}

// PlanDestroy runs “terraform plan -destroy”.
func (c *Core) PlanDestroy() *Result {
	c.T.Helper()
	return c.runPlan("plan -destroy", true)
}

// Apply runs “terraform apply -auto-approve”.
func (c *Core) Apply() *Result {
	c.T.Helper()
	return c.runApply(c.runPlan("apply", false))
}

// Destroy runs “terraform destroy -auto-approve”.
func (c *Core) Destroy() *Result {
	c.T.Helper()
	return c.runApply(c.runPlan("destroy", true))
}

// ApplyPlan runs “terraform apply saved.tfplan”.
func (c *Core) ApplyPlan(plan *Result) *Result {
	c.T.Helper()
	saved := *plan
	saved.Command, saved.Diagnostics = "apply saved.tfplan", nil
	return c.runApply(&saved)
}

// Refresh runs “terraform refresh”: a plan of which only the refreshed state is kept.
func (c *Core) Refresh() *Result {
	c.T.Helper()
	result := c.Plan()
	result.Command, result.Changes = "refresh", nil
	if !result.HasErrors() {
		c.State = result.state
	}
	return result
}

// RefreshOnly runs “terraform apply -refresh-only”: it reads the resources in state and plans nothing.
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

// Import runs “terraform import”. from is an id or the attributes of an identity.
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

// Must fails the test if a command failed.
func (c *Core) Must(result *Result) *Result {
	c.T.Helper()
	if result.HasErrors() {
		c.T.Fatal(result)
	}
	return result
}

// MustApply fails the test unless an apply succeeds and the next plan is empty.
func (c *Core) MustApply() *Result {
	c.T.Helper()
	result := c.Must(c.Apply())
	c.ExpectNoChanges()
	return result
}

// ExpectNoChanges fails the test unless the plan is empty.
func (c *Core) ExpectNoChanges() {
	c.T.Helper()
	if empty := c.Must(c.Plan()); empty.HasChanges() {
		c.T.Errorf("the plan is not empty: %s", empty)
	}
}

// Interrupt stops the running command, as Ctrl-C does. The command starts no more operations.
func (c *Core) Interrupt(ctx context.Context) {
	walk := c.current.Load()
	if walk == nil {
		c.T.Error("no command is running")
		return
	}
	walk.isInterrupted.Store(true)
	if _, err := walk.server.StopProvider(context.WithoutCancel(ctx), &tfprotov6.StopProviderRequest{}); err != nil {
		c.T.Error(err)
	}
}

// validateConfig validates the configuration, as each command does first.
func (c *Core) validateConfig(command string) *Result {
	c.T.Helper()
	result := &Result{Command: command, Changes: map[string]Change{}, Data: map[string]any{}, state: maps.Clone(c.State)}
	walk := &walk{Core: c, server: c.startServer(), result: result}
	if walk.validateProvider() {
		walk.forEach(slices.Collect(maps.Keys(c.Config)), func(address string) { walk.validate(address) })
	}
	return result
}

// runPlan validates and plans.
func (c *Core) runPlan(command string, destroy bool) *Result {
	c.T.Helper()
	result := c.validateConfig(command)
	if result.HasErrors() {
		return result
	}
	if destroy && len(c.State) == 0 && !c.hasEmptyResource {
		return result // Terraform does not refresh either.
	}
	validation := slices.Clone(result.Diagnostics)
	walk := c.startWalk(result)
	walk.forEach(c.Addresses(), func(address string) { walk.planAddress(address, destroy) })
	walk.end()
	if !destroy || result.HasErrors() {
		return result
	}
	// A destroy refreshes with a normal plan. Terraform drops its warnings and plans the deletes.
	result.Changes, result.Diagnostics = map[string]Change{}, validation
	destroyWalk := c.startWalk(result)
	destroyWalk.forEach(slices.Collect(maps.Keys(result.state)), func(address string) {
		if object, ok := destroyWalk.upgrade(address, destroyWalk.object(address)); ok {
			destroyWalk.planDelete(address, object)
		}
	})
	destroyWalk.end()
	return result
}

// Addresses returns the addresses of the configuration and of the state.
func (c *Core) Addresses() []string {
	all := maps.Collect(maps.All(c.Config))
	for address := range c.State {
		if _, ok := all[address]; !ok {
			all[address] = nil
		}
	}
	return slices.Collect(maps.Keys(all))
}

// runApply applies a plan. The state is saved even if the apply fails.
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
		_, existed := before[address]
		_, exists := result.state[address]
		c.hasEmptyResource = c.hasEmptyResource || !existed && !exists
	}
	c.State = result.state
	return result
}

// splitAddress returns the type of a resource or data source.
func splitAddress(address string) (name string, isData bool) {
	address, isData = strings.CutPrefix(address, "data.")
	name, _, _ = strings.Cut(address, ".")
	return name, isData
}

// Schema returns the schema of the resource or data source at an address.
func (c *Core) Schema(address string) *tfprotov6.Schema {
	name, isData := splitAddress(address)
	schemas := c.schemas.ResourceSchemas
	if isData {
		schemas = c.schemas.DataSourceSchemas
	}
	schema, ok := schemas[name]
	if !ok {
		c.T.Fatalf("the provider has no %s", name)
	}
	return schema
}

// logBuffer collects the log of the provider.
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

// Log returns the log of the provider.
func (c *Core) Log() string { return c.log.String() }

// context returns the context of each call, which collects the log of the provider.
func (c *Core) context() context.Context {
	return tflogtest.RootLogger(context.WithoutCancel(c.T.Context()), c.log)
}
