package provider

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A roleOperation is a write of a role that a fault strikes.
type roleOperation struct {
	name, request, summary string
}

var roleOperations = []roleOperation{
	{"create", "POST roles", "Unable to create role"}, {"rename", "PATCH role", "Unable to rename role"}, {"delete", "DELETE role", "Unable to delete role"},
}

// passesOnce reports whether the operation gets through a fault that strikes once: if nothing or something unclear has happened, it is
// verified and sent again. A delete that is answered “Not found.” is verified, too.
func (o roleOperation) passesOnce(f fault) bool {
	return strings.Contains(f.once, "c") || o.name == "delete" && f.name == "404"
}

// After any failure: a role is made once, no role is lost from state, a success is what PostHog has, and the next apply does the rest.
func TestRole_faultMatrix(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	for _, f := range faults() {
		if f.do == nil || f.only != "" && !strings.ContainsAny(f.only, "cd") || strings.Contains(f.name, "duplicate") || f.name == "another role's membership" {
			continue
		}
		for _, o := range roleOperations {
			for _, times := range f.times() {
				t.Run(f.name+"/"+o.name+"/"+times, func(t *testing.T) {
					t.Parallel()
					strikeRole(t, f, o, times)
				})
			}
		}
	}
}

func strikeRole(t *testing.T, f fault, o roleOperation, times string) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		t.Errorf("another server was asked: %s %s", request.Method, request.URL)
	}))
	t.Cleanup(other.Close)
	r := newRoleCore(t, f.options...)
	for argument, value := range f.patience() {
		r.Configure(argument, value)
	}
	id := ""
	if o.name != "create" {
		r.declareRole("Support")
		r.Must(r.Apply())
		id = r.id()
	}
	want := "Support"
	switch o.name {
	case "rename":
		want = "Sales"
		r.declareRole(want)
	case "create":
		r.declareRole(want)
	case "delete":
		r.Remove(roleOne)
		want = ""
	}
	saved := r.Must(r.Plan())
	injected := fakeposthog.Fault{On: o.request, Do: f.do(r.testbed, other.URL)}
	if times == forEver {
		injected.Times = fakeposthog.Forever
	}
	r.hog.Inject(injected)
	if f.blind {
		r.hog.Inject(fakeposthog.Fault{On: map[bool]string{true: "GET roles", false: "GET role"}[o.name == "create"], Skip: 1, Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
	}
	r.hog.ForgetRequests()
	result := r.ApplyPlan(saved)
	if r.hog.FaultsUsed() == 0 {
		t.Error("the fault did not happen")
	}
	if n := r.hog.CountRequests(""); n > mostRequests {
		t.Errorf("%d requests", n)
	}
	if n := r.hog.CountRequests(o.request); f.final && n != 1 {
		t.Errorf("what was refused for good was sent %d times", n)
	}
	if times == justOnce && !f.blind && o.passesOnce(f) == result.HasErrors() {
		t.Errorf("it passes: %t; %s", !result.HasErrors(), result)
	}
	existing := slices.DeleteFunc([]string{r.roleByName("Support"), r.roleByName("Sales")}, func(id string) bool { return id == "" })
	if len(existing) > 1 || len(r.hog.RoleNames("")) > 2 {
		t.Errorf("the roles are %v", r.hog.RoleNames(""))
	}
	isUnclear := strings.Contains(result.Errors(), "Role may have been created")
	switch {
	case !result.HasErrors():
		if r.nameOf(r.id()) != want || len(r.StateAddresses()) != len(existing) {
			t.Errorf("the state has %v, PostHog %v", r.StateAddresses(), r.hog.RoleNames(""))
		}
	case o.name == "create":
		if len(existing) > 0 && !isUnclear {
			t.Errorf("the role exists, and Terraform has forgotten it: %s", result)
		}
		if r.id() != "" {
			t.Error("the role is in state, so that Terraform would taint it")
		}
	case r.id() != id:
		t.Errorf("the role is not in state any more: %s", result)
	}
	if result.HasErrors() && !isUnclear && !strings.Contains(result.Errors(), o.summary) && !strings.Contains(result.Errors(), "Role has changed since the plan") {
		t.Errorf("the error is another: %s", result)
	}

	r.hog.ClearFaults()
	if isUnclear {
		r.Configure("adopt_existing", true)
	}
	r.Must(r.Apply())
	r.ExpectNoChanges()
	if r.nameOf(r.id()) != want || len(r.hog.RoleNames("")) != map[bool]int{true: 1, false: 2}[want == ""] {
		t.Errorf("after the next apply the roles are %v", r.hog.RoleNames(""))
	}
	if strings.Contains(result.String()+r.Log(), r.key) {
		t.Error("the API key is in the output or the log")
	}
}
