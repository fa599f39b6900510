package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// oneWhole is the address of a cell's whole role.
const oneWhole = "posthog_role_members.one"

// mostRequestsOfARole bounds what one command may send about a whole role, however long the server fails.
const mostRequestsOfARole = 150

// The people of the matrix, by their places among the users of fakeposthog. Some are in the role and stay, some come and
// some go, and some are ignored, in it or out of it.
var (
	whoStays     = []int{0, 1, 2}
	whoGoes      = []int{3, 4}
	whoComes     = []int{5, 6, 7}
	whoIsIgnored = []int{8, 9}
)

// After any failure of a whole role's create, update, read or destroy: who is declared before and after is never out of the
// role, ignored users are not changed, the state has the members of the role, a create that fails leaves none, and the next apply
// ends with what is declared.
func TestFaultMatrix_wholeRole(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	var cells atomic.Int32
	t.Cleanup(func() { t.Logf("the fault matrix of whole roles has %d cells", cells.Load()) })
	for _, fault := range append(faults(), olderServers()...) {
		for _, work := range roleWorks {
			for _, times := range work.times(fault) {
				t.Run(fault.name+"/"+work.name+"/"+times, func(t *testing.T) {
					t.Parallel()
					cells.Add(1)
					newRoleCell(t, fault, work, times).run()
				})
			}
		}
	}
}

// A roleCell is one fault that strikes one work on a whole role.
type roleCell struct {
	t      *testing.T
	bed    *testbed
	front  *front // nil unless the fault is that nobody takes connections
	hands  *coreRunner
	fault  fault
	work   roleWork
	before string // the state
	output []string
}

func newRoleCell(t *testing.T, f fault, work roleWork, times string) *roleCell {
	t.Helper()
	other := otherHost(t, f)
	bed := fake(t, append([]fakeposthog.Option{fakeposthog.Users(10)}, f.options...)...)
	c := &roleCell{t: t, bed: bed, fault: f, work: work}
	if f.refused {
		c.front = newFront(t, bed.host)
		bed.host = c.front.url()
	}
	for _, i := range slices.Concat(whoStays, whoGoes, whoIsIgnored[:1]) {
		bed.hog.Join(bed.role, bed.hog.User(i).UUID)
	}
	stand := newCore(t, bed)
	for argument, value := range f.patience() {
		stand.Configure(argument, value)
	}
	c.hands = &coreRunner{Core: stand}
	if work.prepared {
		c.declare(slices.Concat(whoStays, whoGoes))
		c.prepare()
	}
	if work.command == "apply" {
		c.declare(slices.Concat(whoComes, whoStays))
	}
	c.before = c.hands.stateText()
	bed.hog.ForgetHistory()
	c.inject(times, other)
	return c
}

// prepared are the states of works that servers like any other have prepared, by the work's name. Ids are the same in each
// cell.
var prepared sync.Map

// prepare puts the role into state as it is declared.
func (c *roleCell) prepare() {
	c.t.Helper()
	if len(c.fault.options) > 0 {
		c.hands.Must(c.hands.Apply())
		return
	}
	state, _ := prepared.LoadOrStore(c.work.name, sync.OnceValue(func() map[string]terraformcore.Object {
		c.hands.Must(c.hands.Apply())
		return c.hands.State
	}))
	c.hands.State = maps.Clone(state.(func() map[string]terraformcore.Object)())
}

// declare says who is to be in the role.
func (c *roleCell) declare(people []int) {
	c.hands.Declare(oneWhole, map[string]any{
		"role_id": c.bed.role, "users": c.named(people), "ignored_users": c.named(whoIsIgnored), "max_removals": len(whoGoes),
	})
}

// named names people as the work does.
func (c *roleCell) named(people []int) []string {
	var names []string
	for _, i := range people {
		names = append(names, c.work.named(c.bed.hog.User(i)))
	}
	return names
}

func (c *roleCell) inject(times, other string) {
	if c.fault.do != nil {
		for _, kind := range c.work.requests {
			injected := fakeposthog.Fault{On: kind, Skip: c.work.skip, Times: map[string]int{justOnce: 1, twoTimes: 2, forEver: fakeposthog.Forever}[times]}
			injected.Do = c.fault.do(c.bed, other)
			c.bed.hog.Inject(injected)
		}
	}
	if c.fault.blind {
		// The plan and the apply read the role once each, and then nobody can look what has become of a write.
		c.bed.hog.Inject(fakeposthog.Fault{On: "GET role", Skip: 2, Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
	}
	if c.fault.list != nil {
		c.bed.hog.Inject(fakeposthog.Fault{On: "GET role_memberships", Times: fakeposthog.Forever, Do: c.fault.list(c.bed, other)})
	}
}

// run lets the fault strike, checks what became of it, and then that the next run heals what is left.
func (c *roleCell) run() {
	code, errors := c.strike()
	if passes, isKnown := c.work.passes(c.fault, c.t.Name()); isKnown && passes != (code == 0) {
		c.t.Errorf("exit code %d; should it pass: %t", code, passes)
	}
	c.expectTold(code, errors)
	c.expectAfter(code)
	c.heal()
	c.hands.expectNowhere(c.bed.key)
	if c.t.Failed() {
		c.t.Log(strings.Join(c.output, "\n"))
	}
}

// strike runs the command that the fault is to strike, and makes sure that it did.
func (c *roleCell) strike() (code int, errors string) {
	c.t.Helper()
	command := c.work.command
	if c.front != nil {
		plan := "plan"
		if command == "destroy" {
			plan = "plan -destroy"
		}
		if code, _ := c.terraform(plan); code != 2 {
			c.t.Errorf("the plan does not go well: exit code %d", code)
		}
		command = "apply saved.tfplan"
		c.front.close()
	}
	code, errors = c.terraform(command)
	if c.fault.do != nil && c.bed.hog.FaultsUsed() == 0 {
		c.t.Error("the fault did not happen")
	}
	if c.fault.final {
		for kind, people := range map[string][]int{"POST role_memberships": whoComes, "DELETE role_membership": slices.Concat(whoStays, whoGoes)} {
			if sent := c.bed.hog.CountRequests(kind); sent > len(people) {
				c.t.Errorf("%s was sent %d times for %d people, though it was refused for good", kind, sent, len(people))
			}
		}
	}
	return code, errors
}

// terraform runs a command, which must not send more requests than are decent.
func (c *roleCell) terraform(command string) (code int, errors string) {
	c.t.Helper()
	c.bed.hog.ForgetRequests()
	code, errors = c.hands.run(command)
	c.output = append(c.output, fmt.Sprintf("terraform %s (exit code %d)\n%s", command, code, errors))
	if n := c.bed.hog.CountRequests(""); n > mostRequestsOfARole {
		c.t.Errorf("terraform %s sent %d requests, want at most %d", command, n, mostRequestsOfARole)
	}
	return code, errors
}

// expectTold fails the test unless the error says what could not be done, and why.
func (c *roleCell) expectTold(code int, errors string) {
	c.t.Helper()
	if code == 0 {
		return
	}
	summary := c.work.summary
	if c.front != nil {
		summary = "Unable to read role"
	}
	why := c.fault.says
	if strings.HasPrefix(why, "returned only ") {
		why = "in each of" // The number is that of a single membership.
	}
	if !acctest.Message("Error: "+summary, why).MatchString(errors) {
		c.t.Errorf("the message does not say %q, and then %q", summary, why)
	}
}

// expectAfter checks state and server after the command that the fault has struck.
func (c *roleCell) expectAfter(code int) {
	c.t.Helper()
	c.expectNobodyIsOut()
	_, inState := c.hands.State[oneWhole]
	switch {
	case code == 0:
		c.expectDone()
	case !c.work.prepared && inState:
		c.t.Error("a create that has failed leaves something in state, which Terraform would destroy")
	case c.work.prepared && !inState:
		c.t.Error("the role has vanished from state, though the command failed")
	case !c.work.writes && c.hands.stateText() != c.before:
		c.t.Errorf("what failed before anything was written has changed the state from %s to %s", c.before, c.hands.stateText())
	case c.work.prepared && !c.fault.blind:
		c.expectStateIsTrue()
	}
}

// heal ends the fault and runs the same command again, which must end with what is declared.
func (c *roleCell) heal() {
	c.t.Helper()
	c.bed.hog.ClearFaults()
	if c.front != nil {
		c.front.open()
	}
	if code, _ := c.terraform(c.work.command); code != 0 {
		c.t.Errorf("terraform %s does not go well without the fault: exit code %d", c.work.command, code)
	}
	c.expectDone()
	c.expectNobodyIsOut()
	if c.work.command == "apply" {
		if code, _ := c.terraform("plan"); code != 0 {
			c.t.Errorf("the plan after the apply is not empty: exit code %d", code)
		}
	}
}

// expectDone fails the test unless the role is as declared, in PostHog and in state.
func (c *roleCell) expectDone() {
	c.t.Helper()
	want := slices.Concat(whoStays, whoComes)
	if c.work.command == "destroy" {
		want = nil
		if len(c.hands.State) > 0 {
			c.t.Error("what was destroyed is in state")
		}
	} else {
		c.expectStateIsTrue()
	}
	declared := map[string]string{}
	for _, i := range want {
		declared[c.bed.hog.User(i).UUID] = c.bed.email(i)
	}
	if server := c.server(); !maps.Equal(server, declared) {
		c.t.Errorf("the role has %v, and declared are %v", server, declared)
	}
	// Nobody may lose access before those are in who take over.
	left := false
	for _, event := range c.bed.hog.History(c.bed.role) {
		if event.In && left && c.passedAtOnce() {
			c.t.Errorf("%s came after somebody had gone", event.UserUUID)
		}
		left = left || !event.In
	}
}

// passedAtOnce reports whether one command has done everything.
func (c *roleCell) passedAtOnce() bool {
	return strings.Contains(c.output[len(c.output)-1], "exit code 0") && len(c.output) == 1
}

// expectStateIsTrue fails the test unless state and server have the same people.
func (c *roleCell) expectStateIsTrue() {
	c.t.Helper()
	state := map[string]string{}
	members, _ := c.hands.Attribute(oneWhole, "members").(map[string]any)
	for uuid, email := range members {
		state[uuid], _ = email.(string)
	}
	if server := c.server(); !maps.Equal(state, server) {
		c.t.Errorf("the state has %v, the server %v", state, server)
	}
}

// server returns who is in the role and not ignored: emails by UUID.
func (c *roleCell) server() map[string]string {
	people := map[string]string{}
	for _, member := range c.bed.hog.Members(c.bed.role) {
		people[member.UserUUID] = member.Email
	}
	delete(people, c.bed.hog.User(whoIsIgnored[0]).UUID)
	return people
}

// expectNobodyIsOut fails the test when somebody who stays was out of the role, or somebody who is ignored was touched.
func (c *roleCell) expectNobodyIsOut() {
	c.t.Helper()
	for _, i := range whoStays {
		if c.work.command != "destroy" && c.bed.hog.EverOut(c.bed.role, c.bed.hog.User(i).UUID) {
			c.t.Errorf("%s, who is to stay, was out of the role", c.bed.email(i))
		}
	}
	for _, event := range c.bed.hog.History(c.bed.role) {
		for _, i := range whoIsIgnored {
			if event.UserUUID == c.bed.hog.User(i).UUID {
				c.t.Errorf("%s, who is ignored, was touched", c.bed.email(i))
			}
		}
	}
}
