package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// mostRequests bounds what one command of Terraform may send, however long the server fails.
const mostRequests = 60

// An operation is what Terraform is at when a fault strikes.
type operation struct {
	name     string
	letter   string // in fault.once and fault.forEver
	request  string // the kind of request that fails
	prepared bool   // whether the membership is at the server and in state beforehand
	summary  string // of the error when it fails
	command  []string
	plan     []string // what plans the same, for a command that applies a saved plan
}

var operations = []operation{
	{"list", "l", "GET role", true, "Unable to read role", []string{"plan", "-detailed-exitcode", "-out=saved.tfplan"}, nil},
	{"create", "c", "POST role_memberships", false, "Unable to add user to role", []string{"apply", "-auto-approve"}, []string{"plan", "-out=saved.tfplan"}},
	{"delete", "d", "DELETE role_membership", true, "Unable to remove user from role", []string{"destroy", "-auto-approve"}, []string{"plan", "-destroy", "-out=saved.tfplan"}},
}

// After any failure: nobody is in a role twice, nobody is lost from state, nobody keeps access after a successful destroy,
// the key went nowhere else, and the message says what to do.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	var cells atomic.Int32
	t.Cleanup(func() { t.Logf("the fault matrix has %d cells", cells.Load()) })
	for _, fault := range faults() {
		for _, operation := range operations {
			for _, times := range fault.times() {
				if fault.spares(operation) {
					continue
				}
				passes := fault.once
				if times == forEver {
					passes = fault.forEver
				}
				t.Run(fault.name+"/"+operation.name+"/"+times, func(t *testing.T) {
					t.Parallel()
					cells.Add(1)
					c := newCell(t, fault, operation, times)
					c.run(strings.Contains(passes, operation.letter))
				})
			}
		}
	}
}

// A cell is one fault that strikes one operation.
type cell struct {
	t         *testing.T
	bed       *testbed
	front     *front // nil unless the fault is that nobody takes connections
	w         *workspace
	fault     fault
	operation operation
	outcomes  []outcome
}

func newCell(t *testing.T, f fault, o operation, times string) *cell {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		t.Errorf("another server was asked: %s %s", request.Method, request.URL)
	}))
	t.Cleanup(other.Close)

	bed := fake(t, f.options...)
	c := &cell{t: t, bed: bed, fault: f, operation: o}
	if f.refused {
		c.front = newFront(t, bed.host)
		bed.host = c.front.url()
	}
	files := map[string]string{}
	if o.prepared {
		id := bed.hog.Join(bed.role, bed.user).ID
		files["terraform.tfstate"] = vendorState(t, bed, id, bed.hog.User(0).Email, "2025-03-01T12:00:00Z")
	}
	c.w = newWorkspace(t, files)
	c.w.useWithoutRaceDetector()
	c.configure("adopt_existing = false")
	c.w.setenv("POSTHOG_PERSONAL_API_KEY", bed.key)
	c.w.setenv("TF_LOG", "TRACE")
	c.w.setenv("TF_LOG_PATH", filepath.Join(c.w.directory, "trace.log"))

	if f.do != nil {
		injected := fakeposthog.Fault{On: o.request, Times: 1, Do: f.do(bed, other.URL)}
		if times == forEver {
			injected.Times = fakeposthog.Forever
		}
		bed.hog.Inject(injected)
	}
	if f.blind {
		// The plan still lists the role.
		bed.hog.Inject(fakeposthog.Fault{On: "GET role", Skip: 1, Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
	}
	return c
}

func (c *cell) configure(argument string) {
	requestTimeout, retryTimeout := "500ms", "8s"
	if c.fault.patient {
		requestTimeout, retryTimeout = "1m", "2m"
	}
	provider := fmt.Sprintf("provider \"posthog\" {\n  host = %q\n  organization_id = %q\n  request_timeout = %q\n  retry_timeout = %q\n  %s\n}\n",
		c.bed.host, c.bed.organization, requestTimeout, retryTimeout, argument)
	c.w.write("main.tf", requirements+provider+membership(c.bed.role, c.bed.user))
}

// run lets the fault strike, checks what became of it, and then that the next run heals what is left.
func (c *cell) run(passes bool) {
	result := c.strike()
	printed := result.stdout + result.stderr
	if (result.code == 0) != passes {
		c.t.Errorf("exit code %d; should it pass: %t", result.code, passes)
	}
	switch {
	case result.code == 0:
		c.expectStateIsTrue()
	case !says("Error: "+c.summary(), c.fault.says).MatchString(printed):
		c.t.Errorf("the message does not say %q, and then %q", c.summary(), c.fault.says)
	default:
		c.expectNobodyIsLost()
	}

	if result.code != 0 {
		c.heal()
		c.expectStateIsTrue()
	} else if c.operation.name == "create" {
		c.heals("plan", "-detailed-exitcode")
	}
	if want := c.operation.name != "delete"; c.bed.hog.IsMember(c.bed.role, c.bed.user) != want {
		c.t.Errorf("the user is in the role: %t, want %t", !want, want)
	}
	c.w.expectNowhere(c.bed.key, nil, c.outcomes...)
	if strings.Contains(c.w.read("trace.log"), "DATA RACE") {
		c.t.Error("there is a data race in the provider; the log says where")
	}
	if c.t.Failed() {
		for _, o := range c.outcomes {
			c.t.Log(o)
		}
	}
}

// strike runs the command that the fault is to strike, and makes sure that it did.
func (c *cell) strike() outcome {
	c.t.Helper()
	command := c.operation.command
	if c.fault.refused {
		if c.operation.plan != nil {
			c.heals(c.operation.plan...)
			command = []string{"apply", "saved.tfplan"}
		}
		c.front.close()
	}
	result := c.terraform(command...)
	if c.fault.do != nil && c.bed.hog.FaultsUsed() == 0 {
		c.t.Error("the fault did not happen")
	}
	return result
}

// summary is that of the error that the cell's operation fails with.
func (c *cell) summary() string {
	if c.operation.name == "create" && c.fault.unclear {
		return summaryUnclear
	}
	return c.operation.summary
}

// heal ends the fault and runs Terraform again, with what the message says to do and nothing else.
func (c *cell) heal() {
	c.t.Helper()
	c.bed.hog.ClearFaults()
	if c.front != nil {
		c.front.open()
	}
	switch c.operation.name {
	case "list":
		c.heals("plan", "-detailed-exitcode")
	case "create":
		if c.fault.unclear {
			// It may have happened, and the message names adopt_existing as a way on. No other failure may need it.
			c.configure("adopt_existing = true")
		}
		c.heals("apply", "-auto-approve")
	case "delete":
		c.heals("destroy", "-auto-approve")
	}
}

// terraform runs a command, which must not send more requests than are decent.
func (c *cell) terraform(arguments ...string) outcome {
	c.t.Helper()
	c.bed.hog.ForgetRequests()
	result := c.w.run(arguments...)
	c.outcomes = append(c.outcomes, result)
	if n := c.bed.hog.CountRequests(""); n > mostRequests {
		c.t.Errorf("terraform %s sent %d requests, want at most %d", result.command, n, mostRequests)
	}
	return result
}

func (c *cell) heals(arguments ...string) {
	c.t.Helper()
	if result := c.terraform(arguments...); result.code != 0 {
		c.t.Errorf("terraform %s does not go well: exit code %d", result.command, result.code)
	}
}

// expectNobodyIsLost fails the test when somebody is in the role and not in state after a failure, unless the message said
// that this may be so.
func (c *cell) expectNobodyIsLost() {
	c.t.Helper()
	if c.operation.name == "create" && c.fault.unclear {
		return
	}
	if c.bed.hog.IsMember(c.bed.role, c.bed.user) && len(c.stateIDs()) == 0 {
		c.t.Error("the user is in the role, and Terraform has forgotten it")
	}
}

func (c *cell) stateIDs() []string {
	content, err := os.ReadFile(filepath.Join(c.w.directory, "terraform.tfstate"))
	if err != nil {
		return nil
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct {
					ID string `json:"id"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(content, &state); err != nil {
		c.t.Fatal(err)
	}
	var ids []string
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			ids = append(ids, instance.Attributes.ID)
		}
	}
	return ids
}

// expectStateIsTrue fails the test unless state and server hold the same membership, or both none.
func (c *cell) expectStateIsTrue() {
	c.t.Helper()
	var server []string
	for _, member := range c.bed.hog.Members(c.bed.role) {
		server = append(server, member.ID)
	}
	if state := c.stateIDs(); fmt.Sprint(state) != fmt.Sprint(server) {
		c.t.Errorf("the state has %v, the server %v", state, server)
	}
}
