package provider

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// runner runs Terraform's commands, in this process or with the real Terraform.
type runner interface {
	// Configure sets an argument of the provider.
	Configure(argument string, value any)
	// run runs “plan”, “plan -destroy”, “apply”, “destroy” or “apply saved.tfplan”, with the plan before it. It returns the
	// exit code, which is 2 for a plan with changes, and the errors.
	run(command string) (code int, errors string)
	// ids returns those of the memberships in state.
	ids() []string
	// stateText returns all that is in state.
	stateText() string
	// expectNowhere fails the test when a secret can be read anywhere.
	expectNowhere(secret string)
}

// newCore returns a stand-in for Terraform's core, with an empty state and the provider of a testbed.
func newCore(t *testing.T, bed *testbed) *terraformcore.Core {
	t.Helper()
	return terraformcore.New(t, newServer, bed.arguments())
}

// prepare returns a core with a membership in the configuration and, maybe, in the state of the vendor's provider.
func (b *testbed) prepare(t *testing.T, membershipID string, arguments map[string]any) *terraformcore.Core {
	t.Helper()
	c := newCore(t, b)
	c.Declare(one, map[string]any{"role_id": b.role, "user_uuid": b.user})
	for argument, value := range arguments {
		c.Configure(argument, value)
	}
	if membershipID != "" {
		c.SetState(one, map[string]any{
			"id": membershipID, "organization_id": b.organization, "role_id": b.role, "user_uuid": b.user,
			"user_email": b.email(0), "joined_at": "2025-03-01T12:00:00Z",
		})
	}
	return c
}

type coreRunner struct {
	*terraformcore.Core
	saved   *terraformcore.Result
	printed strings.Builder
}

func (h *coreRunner) run(command string) (code int, errors string) {
	h.T.Helper()
	var result *terraformcore.Result
	switch command {
	case "plan":
		result = h.Plan()
		h.saved = result
	case "plan -destroy":
		result = h.PlanDestroy()
		h.saved = result
	case "apply":
		result = h.Apply()
	case "destroy":
		result = h.Destroy()
	case "apply saved.tfplan":
		result = h.ApplyPlan(h.saved)
	}
	h.printed.WriteString(result.String())
	switch {
	case result.HasErrors():
		code = 1
	case strings.HasPrefix(command, "plan") && result.HasChanges():
		code = 2
	}
	return code, result.Errors()
}

func (h *coreRunner) ids() []string {
	var ids []string
	for _, object := range h.State {
		id, _ := object.Attributes["id"].(string)
		ids = append(ids, id)
	}
	return ids
}

func (h *coreRunner) stateText() string {
	state := ""
	for _, address := range h.StateAddresses() {
		content, _ := json.Marshal(h.State[address].Attributes)
		state += address + string(content) + string(h.State[address].Private)
	}
	return state
}

func (h *coreRunner) expectNowhere(secret string) {
	h.T.Helper()
	for where, text := range map[string]string{"output": h.printed.String(), "log": h.Log(), "state": h.stateText()} {
		if strings.Contains(text, secret) {
			h.T.Errorf("the API key is in the %s", where)
		}
	}
	if !strings.Contains(h.Log(), "asked PostHog") {
		h.T.Errorf("the log is not the provider's: %.500s", h.Log())
	}
}

// workspaceRunner runs the real Terraform with the configuration and the first state of a core. The key is in the
// environment.
type workspaceRunner struct {
	w        *acctest.Workspace
	carrier  *terraformcore.Core
	key      string
	outcomes []acctest.Outcome
}

func newWorkspaceRunner(t *testing.T, bed *testbed, carrier *terraformcore.Core) *workspaceRunner {
	t.Helper()
	w := acctest.NewWorkspace(t, nil)
	w.Setenv("POSTHOG_PERSONAL_API_KEY", bed.key)
	w.Setenv("TF_LOG", "TRACE")
	w.Setenv("TF_LOG_PATH", filepath.Join(w.Directory, "trace.log"))
	delete(carrier.Arguments, "api_key")
	if before, ok := carrier.State[one]; ok {
		id, _ := before.Attributes["id"].(string)
		w.Write("terraform.tfstate", vendorState(t, bed, id, bed.email(0), "2025-03-01T12:00:00Z"))
	}
	return &workspaceRunner{w: w, carrier: carrier, key: bed.key}
}

func (h *workspaceRunner) Configure(argument string, value any) { h.carrier.Configure(argument, value) }

func (h *workspaceRunner) run(command string) (code int, errors string) {
	h.w.T.Helper()
	h.w.Write("main.tf", acctest.Requirements+h.carrier.HCL())
	arguments := strings.Fields(command)
	switch command {
	case "plan", "plan -destroy":
		arguments = append(arguments, "-detailed-exitcode", "-out=saved.tfplan")
	case "apply", "destroy":
		arguments = append(arguments, "-auto-approve")
	}
	result := h.w.Run(arguments...)
	h.outcomes = append(h.outcomes, result)
	return result.Code, result.Stdout + result.Stderr
}

func (h *workspaceRunner) ids() []string {
	var ids []string
	for _, it := range instancesOf(h.w) {
		id, _ := it.Attributes["id"].(string)
		ids = append(ids, id)
	}
	return ids
}

func (h *workspaceRunner) stateText() string {
	h.w.T.Helper()
	return h.w.Read("terraform.tfstate")
}

func (h *workspaceRunner) expectNowhere(secret string) {
	h.w.T.Helper()
	h.w.ExpectNowhere(secret, nil, h.outcomes...)
}
