package provider

import (
	"slices"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// An operation is what Terraform is at when a fault strikes.
type operation struct {
	name     string
	letter   string // in fault.once and fault.forEver
	request  string // the kind of request that fails
	writes   bool   // whether that request changes anything
	prepared bool   // whether the membership is at the server and in state beforehand
	follows  bool   // whether the command reads the role before that request
	summary  string // of the error when it fails
	command  string
	plan     string // what plans the same, for a command that applies a saved plan
	changes  bool   // whether the command is a plan that goes well when it has changes
	reads    int    // how often the role is read before the request that fails, for a request that writes
	// configure makes the configuration another one than a membership by UUID; nil leaves it.
	configure func(bed *testbed, c *terraformcore.Core)
	// planned returns a value that the plan has from the request, and the expected one. nil: the value has other sources.
	planned func(bed *testbed, plan *terraformcore.Result) (got, want any)
}

// reading and writing are the operations, by whether the request that fails changes anything.
var (
	reading = []operation{
		{name: "list", letter: "l", request: "GET role", prepared: true, summary: "Unable to read role", command: "plan"},
		{
			name: "people", letter: "p", request: "GET members", follows: true, summary: "Unable to find user", command: "plan", changes: true,
			configure: func(bed *testbed, c *terraformcore.Core) {
				c.Declare(one, map[string]any{"role_id": bed.role, "user_email": bed.email(0)})
			},
			planned: func(bed *testbed, plan *terraformcore.Result) (got, want any) {
				return plan.Changes[one].PlannedValue("user_uuid"), bed.user
			},
		},
		{
			name: "roles", letter: "r", request: "GET roles", prepared: true, summary: "Unable to list roles", command: "plan",
			configure: func(bed *testbed, c *terraformcore.Core) {
				bed.hog.RenameRole(bed.role, "Support")
				bed.hog.AddRole("", "Engineering")
				c.Declare(roleByItsName, map[string]any{"name": "support"})
			},
			planned: func(bed *testbed, plan *terraformcore.Result) (got, want any) {
				role, _ := plan.Data[roleByItsName].(map[string]any)
				return role["id"], bed.role
			},
		},
		{
			name: "organization", letter: "o", request: "GET organization", prepared: true, follows: true,
			summary: "Unable to find organization", command: "plan",
			configure: func(_ *testbed, c *terraformcore.Core) { c.Configure("organization_id", "@current") },
			planned: func(_ *testbed, plan *terraformcore.Result) (got, want any) {
				if change, ok := plan.Changes[one]; ok {
					got = change.Action
				}
				return got, terraformcore.NoOp
			},
		},
	}
	writing = []operation{
		{
			name: "create", letter: "c", request: "POST role_memberships", writes: true, follows: true,
			summary: "Unable to add user to role", command: "apply", plan: "plan", reads: 2,
		},
		{
			name: "delete", letter: "d", request: "DELETE role_membership", writes: true, prepared: true,
			summary: "Unable to remove user from role", command: "destroy", plan: "plan -destroy", reads: 1,
		},
	}
	operations = slices.Concat(reading, writing)
)

const roleByItsName = "data.posthog_role.one"

// well is the exit code of the operation's command when it goes well.
func (o operation) well() int {
	if o.changes {
		return 2
	}
	return 0
}
