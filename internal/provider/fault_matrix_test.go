package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// mostRequests bounds what one command of Terraform may send, however long the server fails.
const mostRequests = 60

// After each failure: no user is in a role twice, no membership is missing from the state, no user keeps access after a successful
// destroy, no other host received the key, and the message contains advice. Operations that only read have written nothing.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	var cells atomic.Int32
	t.Cleanup(func() { t.Logf("the fault matrix has %d cells", cells.Load()) })
	eachCell(func(fault fault, operation operation, times string) {
		t.Run(fault.name+"/"+operation.name+"/"+times, func(t *testing.T) {
			t.Parallel()
			cells.Add(1)
			newCell(t, fault, operation, times, false).run()
		})
	})
}

// A sample of cells runs with the real Terraform: one or two of each kind of fault.
func TestFaultMatrix_realTerraform(t *testing.T) {
	t.Parallel()
	sample := map[string]bool{
		"connection refused/create/for ever": true, "connection refused/delete/for ever": true, "closed after the work/create/for ever": true,
		"late work/delete/once": true, "403 scope/list/for ever": true, "404/delete/once": true, "429 for an hour/create/once": true,
		"500/create/for ever": true, "502 after the work/delete/for ever": true, "login page/list/for ever": true, "null/create/once": true,
		"unknown fields/list/for ever": true, "308 to another host/create/for ever": true,
	}
	eachCell(func(fault fault, operation operation, times string) {
		name := fault.name + "/" + operation.name + "/" + times
		if !sample[name] {
			return
		}
		delete(sample, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newCell(t, fault, operation, times, true).run()
		})
	})
	if len(sample) > 0 {
		t.Errorf("there are no such cells: %v", sample)
	}
}

func eachCell(do func(fault fault, operation operation, times string)) {
	for _, fault := range faults() {
		for _, operation := range operations {
			for _, times := range fault.times() {
				if !fault.spares(operation) {
					do(fault, operation, times)
				}
			}
		}
	}
}

// A cell is one fault during one operation.
type cell struct {
	t           *testing.T
	bed         *testbed
	front       *front // nil unless the fault refuses connections
	runner      runner
	fault       fault
	operation   operation
	passes      bool   // whether the operation gets through
	stateBefore string // the state
	output      []string
}

func newCell(t *testing.T, f fault, o operation, times string, realTerraform bool) *cell {
	t.Helper()
	other := otherHost(t, f)
	bed := fake(t, f.options...)
	c := &cell{t: t, bed: bed, fault: f, operation: o, passes: strings.Contains(f.once, o.letter)}
	if times == forEver {
		c.passes = strings.Contains(f.forEver, o.letter)
	}
	if f.refused {
		c.front = newFront(t, bed.host)
		bed.host = c.front.url()
	}
	id := ""
	if o.prepared {
		id = bed.hog.Join(bed.role, bed.user).ID
	}
	prepared := bed.prepare(t, id, f.patience())
	if o.configure != nil {
		o.configure(bed, prepared)
	}
	if realTerraform {
		c.runner = newWorkspaceRunner(t, bed, prepared)
	} else {
		c.runner = &coreRunner{Core: prepared}
	}
	if !o.writes {
		c.stateBefore = c.runner.stateText()
	}

	if f.do != nil {
		injected := fakeposthog.Fault{On: o.request, Times: 1, Do: f.do(bed, other)}
		if times == forEver {
			injected.Times = fakeposthog.Forever
		}
		bed.hog.Inject(injected)
	}
	if f.list != nil {
		bed.hog.Inject(fakeposthog.Fault{On: "GET role_memberships", Times: fakeposthog.Forever, Do: f.list(bed, other)})
	}
	if f.blind {
		bed.hog.Inject(fakeposthog.Fault{On: "GET role", Skip: o.reads, Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
	}
	return c
}

// run runs the operation with the fault and checks the result. The next run without the fault must repair what is left.
func (c *cell) run() {
	code, errors := c.strike()
	well := code == c.operation.well()
	if well != c.passes || !well && code != 1 {
		c.t.Errorf("exit code %d; should it pass: %t", code, c.passes)
	}
	switch {
	case well:
		c.expectStateIsTrue()
	case !acctest.Message("Error: "+c.summary(), c.fault.says).MatchString(errors):
		c.t.Errorf("the message does not say %q, and then %q", c.summary(), c.fault.says)
	default:
		c.expectNobodyLost()
	}
	if !well && !c.operation.writes && !fullMessage.MatchString(errors) {
		c.t.Error("the message lacks one of: what failed, why, advice")
	}
	c.expectPlannedValue(well)

	if !well {
		c.heal()
		c.expectStateIsTrue()
		c.expectPlannedValue(true)
	} else if c.operation.name == "create" {
		c.heals("plan", 0)
	}
	if want := c.operation.prepared != c.operation.writes; c.bed.hog.IsMember(c.bed.role, c.bed.user) != want {
		c.t.Errorf("the user is in the role: %t, want %t", !want, want)
	}
	c.runner.expectNowhere(c.bed.key)
	if c.t.Failed() {
		c.t.Log(strings.Join(c.output, "\n"))
	}
}

// fullMessage matches a message of three paragraphs (what failed, why, advice), however Terraform frames it.
var fullMessage = regexp.MustCompile(`(?s)The provider could not .*?\.\n[│ ]*\n.*?\n[│ ]*\n[│ ]*[A-Z]`)

// strike runs the command with the fault and fails the test if the fault was not used.
func (c *cell) strike() (code int, errors string) {
	c.t.Helper()
	command := c.operation.command
	if c.fault.refused {
		if c.operation.plan != "" {
			c.heals(c.operation.plan, 2)
			command = "apply saved.tfplan"
		}
		c.front.close()
	}
	code, errors = c.terraform(command)
	if c.fault.do != nil && c.bed.hog.FaultsUsed() == 0 {
		c.t.Error("the fault did not happen")
	}
	if sent := c.bed.hog.CountRequests(c.operation.request); c.fault.final && sent != 1 {
		c.t.Errorf("a request with a final refusal was sent %d times", sent)
	}
	return code, errors
}

// summary returns the summary of the expected error.
func (c *cell) summary() string {
	switch {
	case c.operation.name == "create" && c.fault.unclear:
		return "Membership may have been created"
	case c.operation.follows && c.fault.refused:
		return "Unable to read role"
	}
	return c.operation.summary
}

// heal ends the fault, follows the advice of the message, and runs Terraform again.
func (c *cell) heal() {
	c.t.Helper()
	c.bed.hog.ClearFaults()
	if c.front != nil {
		c.front.open()
	}
	if c.operation.name == "create" && c.fault.unclear {
		// The create may have happened: the message suggests adopt_existing. No other failure may need it.
		c.runner.Configure("adopt_existing", true)
	}
	c.heals(c.operation.command, c.operation.well())
}

// terraform runs a command. It must send at most mostRequests.
func (c *cell) terraform(command string) (code int, errors string) {
	c.t.Helper()
	c.bed.hog.ForgetRequests()
	code, errors = c.runner.run(command)
	c.output = append(c.output, fmt.Sprintf("terraform %s (exit code %d)\n%s", command, code, errors))
	if n := c.bed.hog.CountRequests(""); n > mostRequests {
		c.t.Errorf("terraform %s sent %d requests, want at most %d", command, n, mostRequests)
	}
	if !c.operation.writes {
		c.expectNothingIsWritten()
	}
	return code, errors
}

func (c *cell) heals(command string, want int) {
	c.t.Helper()
	if code, _ := c.terraform(command); code != want {
		c.t.Errorf("terraform %s does not go well: exit code %d, want %d", command, code, want)
	}
}

// expectNothingIsWritten fails the test when a command that only reads has changed anything.
func (c *cell) expectNothingIsWritten() {
	c.t.Helper()
	for _, request := range c.bed.hog.Requests() {
		if request.Method != http.MethodGet {
			c.t.Errorf("a plan sent %s", request.Kind)
		}
	}
	if after := c.runner.stateText(); after != c.stateBefore {
		c.t.Errorf("a plan has changed the state from %s to %s", c.stateBefore, after)
	}
}

// expectPlannedValue fails the test unless the last plan has the value that the request returns, or none after a failure.
func (c *cell) expectPlannedValue(well bool) {
	c.t.Helper()
	if c.operation.planned == nil {
		return
	}
	got, want := c.operation.planned(c.bed, c.runner.(*coreRunner).saved)
	if !well {
		want = nil
	}
	if got != want {
		c.t.Errorf("the plan says %v, want %v", got, want)
	}
}

// expectNobodyLost fails the test if the user is in the role and not in state after a failure, unless the message warned of that.
func (c *cell) expectNobodyLost() {
	c.t.Helper()
	if c.operation.name == "create" && c.fault.unclear {
		return
	}
	if c.bed.hog.IsMember(c.bed.role, c.bed.user) && len(c.runner.ids()) == 0 {
		c.t.Error("the user is in the role and not in state")
	}
}

// expectStateIsTrue fails the test unless the state and the server have the same memberships.
func (c *cell) expectStateIsTrue() {
	c.t.Helper()
	var server []string
	for _, member := range c.bed.hog.Members(c.bed.role) {
		server = append(server, member.ID)
	}
	if state := c.runner.ids(); fmt.Sprint(state) != fmt.Sprint(server) {
		c.t.Errorf("the state has %v, the server %v", state, server)
	}
}
