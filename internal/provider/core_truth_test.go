package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A moment is a command, and what happens before it.
type moment struct {
	happens func(bed *testbed, c *core)
	command string // plan, apply, destroy, refresh, refresh-only or import
}

// What is tested with the stand-in is as good as the stand-in: here it and the real Terraform do the same, on a PostHog
// each, and must plan the same, say the same, ask the same and have the same state in the end.
func TestCore_tellsTheTruth(t *testing.T) {
	t.Parallel()
	declare := func(bed *testbed, c *core) { c.config(one, map[string]any{"role_id": bed.role, "user_uuid": bed.user}) }
	again := func(bed *testbed, c *core) {
		c.config("posthog_role_membership.again", map[string]any{"role_id": bed.role, "user_uuid": bed.hog.User(1).UUID})
	}
	otherRole := func(bed *testbed, c *core) {
		c.config(one, map[string]any{"role_id": bed.hog.Role(1), "user_uuid": bed.user})
	}
	undeclare := func(_ *testbed, c *core) { c.remove(one) }
	leaves := func(bed *testbed, _ *core) { bed.hog.Leave(bed.role, bed.user) }
	joins := func(bed *testbed, c *core) {
		bed.hog.Join(bed.role, bed.user)
		declare(bed, c)
	}
	fails := func(kind string) func(*testbed, *core) {
		return func(bed *testbed, _ *core) {
			bed.hog.Inject(fakeposthog.Fault{On: kind, Times: fakeposthog.Forever, Do: fakeposthog.Error(403, "authentication_error", "permission_denied", "No.", "")})
		}
	}
	mends := func(bed *testbed, _ *core) { bed.hog.ClearFaults() }

	// What follows on what goes on in one workspace: each command of Terraform takes a second. An apply tells its plan, so a
	// plan comes before it only where the plan alone is another thing, or could not be told from the rest.
	for name, moments := range map[string][]moment{
		"a life": {
			{declare, "plan"}, {nil, "apply"}, {nil, "apply"},
			{leaves, "plan"}, {nil, "refresh"}, {nil, "apply"}, // Drift.
			{leaves, ""}, {joins, "apply"}, // Another membership of the same member.
			{func(_ *testbed, c *core) { c.replace[one] = true }, "apply"},
			{func(_ *testbed, c *core) { c.taint(one) }, "apply"},
			{otherRole, "apply"}, // Replaced.
			{func(_ *testbed, c *core) { c.provider("organization_id", "hogflix") }, "apply"},
			{nil, "destroy"}, {nil, "destroy"},
		},
		"two of them": {{declare, ""}, {again, "apply"}, {leaves, "refresh-only"}, {nil, "apply"}, {undeclare, "apply"}, {nil, "destroy"}},
		"replace that fails, and then half": {
			{declare, "apply"}, {otherRole, ""}, {fails("DELETE role_membership"), "apply"}, {mends, ""},
			{fails("POST role_memberships"), "apply"}, {nil, "plan"}, {mends, "apply"},
		},
		"import": {{joins, "import"}, {nil, "plan"}, {nil, "destroy"}},
		"import block": {{joins, ""}, {func(bed *testbed, c *core) {
			c.importing(one, bed.role+"/"+bed.user)
		}, "apply"}, {nil, "plan"}},
		"import of nobody": {{declare, ""}, {func(bed *testbed, c *core) {
			c.importing(one, bed.role+"/nobody@example.com")
		}, "apply"}},
		"orphan":              {{declare, "apply"}, {undeclare, "apply"}},
		"orphan that is gone": {{declare, "apply"}, {undeclare, ""}, {leaves, "apply"}},
		"create that fails, and a refresh, and a destroy": {
			{declare, ""}, {fails("POST role_memberships"), "apply"}, {fails("GET role"), "destroy"}, {mends, "apply"},
			{fails("GET role"), "apply"}, {nil, "destroy"}, {mends, ""},
			{fails("DELETE role_membership"), "destroy"}, {mends, "destroy"},
		},
		"already there":        {{joins, "apply"}},
		"adopted":              {{joins, ""}, {func(_ *testbed, c *core) { c.provider("adopt_existing", true) }, "apply"}},
		"bad input":            {{func(_ *testbed, c *core) { c.config(one, map[string]any{"role_id": "x", "user_uuid": "y"}) }, "plan"}},
		"bad provider":         {{declare, ""}, {func(_ *testbed, c *core) { c.provider("api_key", "phc_x") }, "plan"}},
		"role that is missing": {{declare, ""}, {func(bed *testbed, _ *core) { bed.hog.DeleteRole(bed.role) }, "plan"}},
		"role that has gone":   {{declare, "apply"}, {func(bed *testbed, _ *core) { bed.hog.DeleteRole(bed.role) }, "apply"}, {nil, "destroy"}},
		"data": {{func(bed *testbed, c *core) {
			bed.hog.Join(bed.role, bed.user)
			c.config("data.posthog_role_memberships.all", map[string]any{"role_id": bed.role, "limit": 1})
		}, "plan"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told, truth := fake(t, fakeposthog.Roles(2)), fake(t, fakeposthog.Roles(2))
			standIn, carrier := newCore(t, told), newCore(t, truth)
			w := newWorkspace(t, nil)
			for i, moment := range moments {
				if moment.happens != nil {
					before := standIn.state[one].tainted
					moment.happens(told, standIn)
					carrier.state = maps.Clone(standIn.state)
					moment.happens(truth, carrier)
					if standIn.state[one].tainted && !before {
						w.must(0, "taint", one)
					}
				}
				if moment.command == "" {
					continue
				}
				told.hog.ForgetRequests()
				truth.hog.ForgetRequests()
				got, want := standIn.account(told, moment.command), w.account(truth, carrier, moment.command)
				if got != want {
					t.Errorf("%d: terraform %s: the stand-in says\n%s\nand Terraform\n%s", i, moment.command, got, want)
				}
				clear(standIn.replace)
				clear(carrier.replace)
			}
		})
	}
}

// account runs a command and tells what came of it, without what is different with each server.
func (c *core) account(bed *testbed, command string) string {
	var result *coreResult
	switch command {
	case "plan":
		result = c.plan()
	case "apply":
		result = c.apply()
	case "destroy":
		result = c.destroy()
	case "refresh":
		result = c.refresh()
	case "refresh-only":
		result = c.refreshOnly()
	case "import":
		result = c.importState(one, bed.role+"/"+bed.user)
	}
	var lines []string
	for address, change := range result.changes {
		switch {
		case change.action != actNothing:
			lines = append(lines, "planned "+change.action+" "+address)
		case change.imported:
			lines = append(lines, "planned import "+address)
		}
	}
	for _, d := range result.diagnostics {
		lines = append(lines, said(d.warning, d.summary, d.detail))
	}
	for address, object := range c.state {
		lines = append(lines, held(address, object.tainted, object.attributes, len(object.private) > 0, object.identity != nil))
	}
	return bed.summed(lines)
}

func said(warning bool, summary, detail string) string {
	return fmt.Sprintf("said %t %s: %s", warning, summary, detail)
}

func held(address string, tainted bool, attributes map[string]any, private, identity bool) string {
	content, _ := json.Marshal(attributes)
	return fmt.Sprintf("has %s, tainted: %t, private: %t, identity: %t: %s", address, tainted, private, identity, content)
}

// summed adds the requests, and takes out what is another with each server. Their UUIDs are the same.
func (b *testbed) summed(lines []string) string {
	for _, request := range b.hog.Requests() {
		lines = append(lines, "asked "+request.Kind+" "+request.Role)
	}
	for i, line := range lines {
		lines[i] = changing.ReplaceAllString(strings.ReplaceAll(line, b.host, "HOST"), "X")
	}
	slices.Sort(lines)
	return strings.Join(slices.CompactFunc(lines, func(a, b string) bool { return a == b && strings.HasPrefix(a, "said") }), "\n")
}
