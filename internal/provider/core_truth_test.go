package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// A step is a command and a change before it.
type step struct {
	prepare func(bed *testbed, c *terraformcore.Core)
	command string // plan, apply, destroy, refresh, refresh-only or import
}

// Package terraformcore and the real Terraform run the same commands, each with its own fakeposthog. Plans, messages, requests, calls
// of the provider and the state must be equal.
func TestCore_matchesTerraform(t *testing.T) {
	t.Parallel()
	declare := func(bed *testbed, c *terraformcore.Core) {
		c.Declare(one, map[string]any{"role_id": bed.role, "user_uuid": bed.user})
	}
	again := func(bed *testbed, c *terraformcore.Core) {
		c.Declare("posthog_role_membership.again", map[string]any{"role_id": bed.role, "user_uuid": bed.hog.User(1).UUID})
	}
	otherRole := func(bed *testbed, c *terraformcore.Core) {
		c.Declare(one, map[string]any{"role_id": bed.hog.Role(1), "user_uuid": bed.user})
	}
	undeclare := func(_ *testbed, c *terraformcore.Core) { c.Remove(one) }
	leaves := func(bed *testbed, _ *terraformcore.Core) { bed.hog.Leave(bed.role, bed.user) }
	joins := func(bed *testbed, c *terraformcore.Core) {
		bed.hog.Join(bed.role, bed.user)
		declare(bed, c)
	}
	to := func(role func(*testbed) any, user func(*testbed) any) func(*testbed, *terraformcore.Core) {
		return func(bed *testbed, c *terraformcore.Core) {
			c.Declare(one, map[string]any{"role_id": role(bed), "user_uuid": user(bed)})
		}
	}
	role := func(i int) func(*testbed) any { return func(bed *testbed) any { return bed.hog.Role(i) } }
	user := func(i int) func(*testbed) any { return func(bed *testbed) any { return bed.hog.User(i).UUID } }
	unknownly := func(of func(*testbed) any) func(*testbed) any {
		return func(bed *testbed) any { return terraformcore.UnknownUntilApply(of(bed)) }
	}
	byEmail := func(email func(bed *testbed) any) func(*testbed, *terraformcore.Core) {
		return func(bed *testbed, c *terraformcore.Core) {
			c.Declare(one, map[string]any{"role_id": bed.role, "user_email": email(bed)})
		}
	}
	members := func(role func(*testbed) any, users ...int) func(*testbed, *terraformcore.Core) {
		return func(bed *testbed, c *terraformcore.Core) {
			emails := []any{}
			for _, i := range users {
				emails = append(emails, bed.email(i))
			}
			c.Declare(wholeAddress, map[string]any{"role_id": role(bed), "users": emails})
		}
	}
	adopts := func(_ *testbed, c *terraformcore.Core) { c.Configure("adopt_existing", true) }
	narrowKey := func(bed *testbed, c *terraformcore.Core) {
		c.Configure("api_key", bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}}))
	}
	replaceOf := func(address string) func(*testbed, *terraformcore.Core) {
		return func(_ *testbed, c *terraformcore.Core) { c.Replace[address] = true }
	}
	replace := replaceOf(one)
	taint := func(_ *testbed, c *terraformcore.Core) { c.Taint(one) }
	joinsToo := func(i int) func(*testbed, *terraformcore.Core) {
		return func(bed *testbed, _ *terraformcore.Core) { bed.hog.Join(bed.role, bed.hog.User(i).UUID) }
	}
	deactivated := func(bed *testbed, _ *terraformcore.Core) { bed.hog.DeactivateUser(bed.user) }
	fails := func(kind string) func(*testbed, *terraformcore.Core) {
		return func(bed *testbed, _ *terraformcore.Core) {
			bed.hog.Inject(fakeposthog.Fault{On: kind, Times: fakeposthog.Forever, Do: fakeposthog.Error(403, "authentication_error", "permission_denied", "No.", "")})
		}
	}
	repaired := func(bed *testbed, _ *terraformcore.Core) { bed.hog.ClearFaults() }

	// A case runs many commands in one workspace, because each command takes a second. An apply prints its plan as well, so few cases
	// run the plan alone.
	for name, steps := range map[string][]step{
		"all operations": {
			{declare, "plan"}, {nil, "apply"}, {nil, "apply"},
			{leaves, "plan"}, {nil, "refresh"}, {nil, "apply"}, // Drift.
			{leaves, ""}, {joins, "apply"}, // Another membership of the same member.
			{func(_ *testbed, c *terraformcore.Core) { c.Replace[one] = true }, "apply"},
			{func(_ *testbed, c *terraformcore.Core) { c.Taint(one) }, "apply"},
			{otherRole, "apply"}, // Replaced.
			{func(_ *testbed, c *terraformcore.Core) { c.Configure("organization_id", "hogflix") }, "apply"},
			{nil, "destroy"}, {nil, "destroy"},
		},
		"two of them": {{declare, ""}, {again, "apply"}, {leaves, "refresh-only"}, {nil, "apply"}, {undeclare, "apply"}, {nil, "destroy"}},
		"replace that fails, and then half": {
			{declare, "apply"}, {otherRole, ""}, {fails("DELETE role_membership"), "apply"}, {repaired, ""},
			{fails("POST role_memberships"), "apply"}, {nil, "plan"}, {repaired, "apply"},
		},
		"import": {{joins, "import"}, {nil, "plan"}, {nil, "destroy"}},
		"import block": {{joins, ""}, {func(bed *testbed, c *terraformcore.Core) {
			c.AddImport(one, bed.role+"/"+bed.user)
		}, "apply"}, {nil, "plan"}},
		"import of an unknown user": {{declare, ""}, {func(bed *testbed, c *terraformcore.Core) {
			c.AddImport(one, bed.role+"/nobody@example.com")
		}, "apply"}},
		"orphan that is gone": {{declare, "apply"}, {undeclare, ""}, {leaves, "apply"}},
		"create that fails, and a refresh, and a destroy": {
			{declare, ""}, {fails("POST role_memberships"), "apply"}, {fails("GET role"), "destroy"}, {repaired, "apply"},
			{fails("GET role"), "apply"}, {nil, "destroy"}, {repaired, ""},
			{fails("DELETE role_membership"), "destroy"}, {repaired, "destroy"},
		},
		"already there": {{joins, "apply"}},
		"adopted":       {{joins, ""}, {func(_ *testbed, c *terraformcore.Core) { c.Configure("adopt_existing", true) }, "apply"}},
		"bad input": {{func(_ *testbed, c *terraformcore.Core) {
			c.Declare(one, map[string]any{"role_id": "x", "user_uuid": "y"})
		}, "plan"}},
		"bad provider":         {{declare, ""}, {func(_ *testbed, c *terraformcore.Core) { c.Configure("api_key", "phc_x") }, "plan"}},
		"role that is missing": {{declare, ""}, {func(bed *testbed, _ *terraformcore.Core) { bed.hog.DeleteRole(bed.role) }, "plan"}},
		"role that has gone":   {{declare, "apply"}, {func(bed *testbed, _ *terraformcore.Core) { bed.hog.DeleteRole(bed.role) }, "apply"}, {nil, "destroy"}},
		"role members": {
			{members(role(0), 0, 1), "apply"}, {joinsToo(2), ""}, {members(role(0), 1), "apply"}, {replaceOf(wholeAddress), "apply"},
			{members(role(1), 0, 1), "apply"}, {func(_ *testbed, c *terraformcore.Core) { c.Taint(wholeAddress) }, "apply"},
			{func(_ *testbed, c *terraformcore.Core) { c.Remove(wholeAddress) }, "apply"},
		},
		"role members whose role is not known yet": {
			{members(role(0), 0, 1), "apply"}, {members(unknownly(role(0)), 0, 1), "apply"}, {members(unknownly(role(1)), 0, 1), "apply"},
			{members(unknownly(role(0)), 0, 1), ""}, {replaceOf(wholeAddress), "apply"}, {nil, "destroy"},
		},
		"orphan that has another membership": {{declare, "apply"}, {undeclare, ""}, {leaves, ""}, {func(bed *testbed, _ *terraformcore.Core) {
			bed.hog.Join(bed.role, bed.user)
		}, "apply"}},
		"orphan that cannot be read, or destroyed": {
			{declare, "apply"}, {undeclare, ""}, {fails("GET role"), "apply"}, {repaired, ""}, {fails("DELETE role_membership"), "apply"},
		},
		"adopted in a replacement": {
			{adopts, ""}, {declare, "apply"}, {replace, "apply"}, {taint, "apply"},
			{joinsToo(1), ""}, {to(role(0), user(1)), ""}, {replace, "apply"},
			{taint, ""}, {func(bed *testbed, _ *terraformcore.Core) { bed.hog.Leave(bed.role, bed.hog.User(1).UUID) }, "apply"}, // Nothing to replace.
		},
		"a narrow key": {
			{narrowKey, ""}, {declare, "apply"}, {replace, "apply"}, {taint, "apply"}, {adopts, ""}, {replace, "apply"}, {nil, "destroy"},
		},
		"a user who is deactivated": {
			{declare, "apply"}, {deactivated, ""}, {replace, "apply"}, {taint, "apply"}, {otherRole, "apply"}, {nil, "destroy"},
		},
		"a replacement that fails": {
			{declare, "apply"}, {fails("GET role"), ""}, {replace, "apply"}, {repaired, ""}, {fails("POST role_memberships"), ""},
			{to(role(0), user(1)), ""}, {replace, "apply"}, {repaired, "apply"},
		},
		"a move": {
			{declare, "apply"}, {to(role(1), user(0)), "apply"}, {to(role(0), user(1)), "apply"}, {nil, "plan"},
			{byEmail(func(bed *testbed) any { return bed.email(2) }), "apply"}, {joins, ""}, {declare, "apply"}, {adopts, "apply"},
		},
		"a move that is not known yet": {
			{to(unknownly(role(0)), user(0)), "apply"}, {nil, "apply"}, // The same.
			{to(unknownly(role(1)), user(0)), "apply"}, {to(role(1), unknownly(user(1))), "apply"}, {to(role(1), user(1)), "plan"},
			{byEmail(func(bed *testbed) any { return terraformcore.UnknownUntilApply(bed.email(0)) }), "apply"}, {func(bed *testbed, c *terraformcore.Core) {
				c.Declare(one, map[string]any{"organization_id": terraformcore.UnknownUntilApply(bed.organization), "role_id": bed.role, "user_uuid": bed.user})
			}, "apply"},
			{to(unknownly(role(1)), user(1)), ""}, {replace, "apply"}, {nil, "destroy"},
		},
		"a move whose add fails, and then whose removal does": {
			{declare, "apply"}, {to(role(1), user(0)), ""}, {fails("POST role_memberships"), "apply"}, {repaired, ""},
			{fails("DELETE role_membership"), "apply"}, {declare, "plan"}, {to(role(1), user(0)), ""}, {repaired, "apply"}, {nil, "plan"},
		},
		"a move whose removal fails, and which is undone": {
			{declare, "apply"}, {to(role(1), user(0)), ""}, {fails("DELETE role_membership"), "apply"}, {repaired, ""}, {declare, "apply"},
			{to(role(1), user(0)), ""}, {fails("DELETE role_membership"), "apply"}, {repaired, ""}, {leaves, "plan"}, {nil, "destroy"},
		},
		"data": {{func(bed *testbed, c *terraformcore.Core) {
			bed.hog.Join(bed.role, bed.user)
			c.Declare("data.posthog_role_memberships.all", map[string]any{"role_id": bed.role, "limit": 1})
		}, "plan"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			coreBed, terraformBed := fake(t, fakeposthog.Roles(2)), fake(t, fakeposthog.Roles(2))
			calls := &callLog{}
			standIn := terraformcore.New(t, func() tfprotov6.ProviderServer { return recordCalls(newServer(), calls) }, coreBed.arguments())
			carrier := newCore(t, terraformBed)
			standIn.ReadsOrphansFirst = terraformReadsOrphansFirst()
			w := acctest.NewWorkspace(t, nil)
			w.Setenv(callsFile, filepath.Join(w.Directory, callsFile))
			for i, step := range steps {
				if step.prepare != nil {
					before := maps.Clone(standIn.State)
					step.prepare(coreBed, standIn)
					carrier.State = maps.Clone(before)
					step.prepare(terraformBed, carrier)
					for address, object := range standIn.State {
						if object.Tainted && !before[address].Tainted {
							w.Must(0, "taint", address)
						}
					}
				}
				if step.command == "" {
					continue
				}
				coreBed.hog.ForgetRequests()
				terraformBed.hog.ForgetRequests()
				got, want := runInCore(coreBed, standIn, calls, step.command), runInTerraform(w, terraformBed, carrier, step.command)
				if got != want {
					t.Errorf("%d: terraform %s: package terraformcore has\n%s\nand Terraform\n%s", i, step.command, got, want)
				}
				clear(standIn.Replace)
				clear(carrier.Replace)
			}
		})
	}
}

// runInCore runs a command and returns its plan, messages, calls, requests and state as text.
func runInCore(bed *testbed, c *terraformcore.Core, calls *callLog, command string) string {
	var result *terraformcore.Result
	switch command {
	case "plan":
		result = c.Plan()
	case "apply":
		result = c.Apply()
	case "destroy":
		result = c.Destroy()
	case "refresh":
		result = c.Refresh()
	case "refresh-only":
		result = c.RefreshOnly()
	case "import":
		result = c.Import(one, bed.role+"/"+bed.user)
	}
	var lines []string
	for address, change := range result.Changes {
		switch {
		case change.Action != terraformcore.NoOp:
			lines = append(lines, "planned "+change.Action+" "+address)
		case change.IsImport:
			lines = append(lines, "planned import "+address)
		}
	}
	for _, d := range result.Diagnostics {
		address := d.Address
		if d.NoAddress {
			address = ""
		}
		lines = append(lines, diagnosticLine(address, d.IsWarning, d.Summary, d.Detail))
	}
	lines = append(lines, calls.lines()...)
	calls.forget()
	for address, object := range c.State {
		lines = append(lines, objectLine(address, object.Tainted, object.Attributes, len(object.Private) > 0, object.Identity != nil))
	}
	return bed.report(lines)
}

func diagnosticLine(address string, warning bool, summary, detail string) string {
	return fmt.Sprintf("diagnostic %s %t %s: %s", address, warning, summary, detail)
}

func objectLine(address string, tainted bool, attributes map[string]any, private, identity bool) string {
	content, _ := json.Marshal(attributes)
	return fmt.Sprintf("state %s, tainted: %t, private: %t, identity: %t: %s", address, tainted, private, identity, content)
}

// report adds the requests and removes what differs between two servers. Their UUIDs are the same.
func (b *testbed) report(lines []string) string {
	for _, request := range b.hog.Requests() {
		lines = append(lines, "request "+request.Kind+" "+request.Role)
	}
	for i, line := range lines {
		lines[i] = changing.ReplaceAllString(strings.ReplaceAll(line, b.host, "HOST"), "X")
	}
	slices.Sort(lines)
	return strings.Join(slices.CompactFunc(lines, func(a, b string) bool { return a == b && strings.HasPrefix(a, "diagnostic") }), "\n")
}
