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
	command  []string
}

var operations = []operation{
	{"list", "l", "GET role_memberships", true, []string{"plan", "-detailed-exitcode"}},
	{"create", "c", "POST role_memberships", false, []string{"apply", "-auto-approve"}},
	{"delete", "d", "DELETE role_membership", true, []string{"destroy", "-auto-approve"}},
}

// After any failure: nobody is in a role twice, nobody is lost from state, nobody keeps access after a successful destroy,
// the key went nowhere else, and the message says what to do.
func TestFaultMatrix(t *testing.T) {
	var cells atomic.Int32
	t.Cleanup(func() { t.Logf("the fault matrix has %d cells", cells.Load()) })
	for _, fault := range faults() {
		for _, operation := range operations {
			for times, passes := range map[string]string{"once": fault.once, "for ever": fault.forEver} {
				t.Run(fault.name+"/"+operation.name+"/"+times, func(t *testing.T) {
					t.Parallel()
					cells.Add(1)
					c := newCell(t, fault, operation, times == "for ever")
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
	w         *workspace
	fault     fault
	operation operation
	outcomes  []outcome
}

func newCell(t *testing.T, f fault, o operation, forEver bool) *cell {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		t.Errorf("another server was asked: %s %s", request.Method, request.URL)
	}))
	t.Cleanup(other.Close)

	bed := fake(t, f.options...)
	files := map[string]string{}
	if o.prepared {
		id := bed.hog.Join(bed.role, bed.user).ID
		files["terraform.tfstate"] = vendorState(t, bed, id, bed.hog.User(0).Email, "2025-03-01T12:00:00Z")
	}
	if f.do != nil {
		injected := fakeposthog.Fault{On: o.request, Times: 1, Do: f.do(bed, other.URL)}
		if forEver {
			injected.Times = fakeposthog.Forever
		}
		bed.hog.Inject(injected)
	}
	c := &cell{t: t, bed: bed, w: newWorkspace(t, files), fault: f, operation: o}
	c.configure("adopt_existing = false")
	c.w.setenv("POSTHOG_PERSONAL_API_KEY", bed.key)
	c.w.setenv("TF_LOG", "TRACE")
	c.w.setenv("TF_LOG_PATH", filepath.Join(c.w.directory, "trace.log"))
	return c
}

func (c *cell) configure(argument string) {
	provider := fmt.Sprintf("provider \"posthog\" {\n  host = %q\n  organization_id = %q\n  request_timeout = \"500ms\"\n  retry_timeout = \"4s\"\n  %s\n}\n",
		c.bed.host, c.bed.organization, argument)
	c.w.write("main.tf", requirements+provider+membership(c.bed.role, c.bed.user))
}

// run lets the fault strike, checks what became of it, and then that the next run heals what is left.
func (c *cell) run(passes bool) {
	result := c.terraform(c.operation.command...)
	if n := c.bed.hog.CountRequests(""); n > mostRequests {
		c.t.Errorf("%d requests, want at most %d", n, mostRequests)
	}
	if (result.code == 0) != passes {
		c.t.Errorf("exit code %d; should it pass: %t", result.code, passes)
	}
	if result.code == 0 {
		c.expectStateIsTrue()
	} else if !says(c.fault.says).MatchString(result.stdout + result.stderr) {
		c.t.Errorf("the message does not say %q", c.fault.says)
	}
	if c.operation.name == "list" && !c.inState() {
		c.t.Error("a list that failed took the membership out of state")
	}

	c.bed.hog.ClearFaults()
	switch c.operation.name {
	case "list":
		c.heals("plan", "-detailed-exitcode")
	case "create":
		// A create that ended unclear may have happened: the message names adopt_existing as a way on.
		c.configure("adopt_existing = true")
		c.heals("apply", "-auto-approve")
		c.heals("plan", "-detailed-exitcode")
	case "delete":
		c.heals("destroy", "-auto-approve")
	}
	c.expectStateIsTrue()
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

func (c *cell) terraform(arguments ...string) outcome {
	c.t.Helper()
	result := c.w.run(arguments...)
	c.outcomes = append(c.outcomes, result)
	return result
}

func (c *cell) heals(arguments ...string) {
	c.t.Helper()
	if result := c.terraform(arguments...); result.code != 0 {
		c.t.Errorf("terraform %s does not heal it: exit code %d", strings.Join(arguments, " "), result.code)
	}
}

// inState reports whether the membership is in state.
func (c *cell) inState() bool { return len(c.stateIDs()) > 0 }

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
