// Package terraformcore runs a provider as Terraform's core does, in the process of a test.
//
// A [Core] sends the provider the calls of plugin protocol 6 that Terraform would send, in the same order. A plan takes
// milliseconds instead of a second. Use it for tests that need thousands of runs. Use the real Terraform where a user would see
// the difference.
//
// # Use
//
//	core := terraformcore.New(t, newServer, map[string]any{"host": url, "api_key": key})
//	core.Declare("posthog_role_membership.alice", map[string]any{"role_id": role, "user_email": "alice@example.com"})
//	core.MustApply() // fails the test unless the apply succeeds and the next plan is empty
//
//	core.Remove("posthog_role_membership.alice")
//	plan := core.Must(core.Plan())
//	if plan.Action("posthog_role_membership.alice") != terraformcore.Delete {
//		t.Error(plan)
//	}
//
// Attributes are Go values: nil, strings, numbers, booleans, lists and maps. [Unknown] is unknown until after the apply, as an
// attribute of a resource that does not exist yet. [UnknownUntilApply] is a value that only the apply has.
//
// # What it does like Terraform
//
//   - Each command validates, plans and applies, each time with a new server, as Terraform starts a new process.
//   - Ten resources are handled in parallel, in any order, or in the order that the test gives.
//   - A refresh upgrades and reads the state. A replacement is planned twice and applied as a delete and a create.
//   - An apply plans each resource again and compares the result with the first plan.
//   - Private state, identities, tainted resources, import blocks, -replace, saved plans, -refresh-only and Ctrl-C work.
//   - A bug that Terraform would report fails the test: an inconsistent plan or result, a missing identity, an unknown value.
//
// # What it leaves out
//
// Expressions, modules, dependencies between resources, create_before_destroy, moved and removed blocks, deposed objects, provider
// functions, and the look of the output. A test of package provider compares it with the real Terraform.
package terraformcore
