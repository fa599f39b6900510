package provider

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// Hands type Terraform's commands: those of a core, in this process, or the real Terraform's.
type hands interface {
	// provider sets an argument of the provider.
	provider(argument string, value any)
	// run runs “plan”, “plan -destroy”, “apply”, “destroy” or “apply saved.tfplan”, with the plan before it. It returns the
	// exit code, which is 2 for a plan with changes, and the errors.
	run(command string) (code int, errors string)
	// ids returns those of the memberships in state.
	ids() []string
	// remembered returns all that is in state.
	remembered() string
	// expectNowhere fails the test when a secret can be read anywhere.
	expectNowhere(secret string)
}

// newCore returns a stand-in for Terraform's core, with an empty state and the provider of a testbed.
func newCore(t *testing.T, bed *testbed) *core {
	t.Helper()
	return newCoreOf(t, newServer, bed.arguments())
}

// prepare is a configuration that both have, and a state as the vendor's provider leaves it.
func (b *testbed) prepare(t *testing.T, membershipID string, arguments map[string]any) *core {
	t.Helper()
	c := newCore(t, b)
	c.config(one, map[string]any{"role_id": b.role, "user_uuid": b.user})
	for argument, value := range arguments {
		c.provider(argument, value)
	}
	if membershipID != "" {
		c.put(one, map[string]any{
			"id": membershipID, "organization_id": b.organization, "role_id": b.role, "user_uuid": b.user,
			"user_email": b.email(0), "joined_at": "2025-03-01T12:00:00Z",
		})
	}
	return c
}

type coreHands struct {
	*core
	saved   *coreResult
	printed strings.Builder
}

func (h *coreHands) run(command string) (code int, errors string) {
	h.t.Helper()
	var result *coreResult
	switch command {
	case "plan":
		result = h.plan()
		h.saved = result
	case "plan -destroy":
		result = h.planDestroy()
		h.saved = result
	case "apply":
		result = h.apply()
	case "destroy":
		result = h.destroy()
	case "apply saved.tfplan":
		result = h.applyPlan(h.saved)
	}
	h.printed.WriteString(result.String())
	switch {
	case result.failed():
		code = 1
	case strings.HasPrefix(command, "plan") && result.changed():
		code = 2
	}
	return code, result.errors()
}

func (h *coreHands) ids() []string {
	var ids []string
	for _, object := range h.state {
		id, _ := object.attributes["id"].(string)
		ids = append(ids, id)
	}
	return ids
}

func (h *coreHands) remembered() string {
	state := ""
	for _, address := range h.addresses() {
		content, _ := json.Marshal(h.state[address].attributes)
		state += address + string(content) + string(h.state[address].private)
	}
	return state
}

func (h *coreHands) expectNowhere(secret string) {
	h.t.Helper()
	for where, text := range map[string]string{"output": h.printed.String(), "log": h.logged(), "state": h.remembered()} {
		if strings.Contains(text, secret) {
			h.t.Errorf("the API key is in the %s", where)
		}
	}
	if !strings.Contains(h.logged(), "asked PostHog") {
		h.t.Errorf("the log is not the provider's: %.500s", h.logged())
	}
}

// workspaceHands run the real Terraform with the configuration and the first state of a core. The key is in the
// environment.
type workspaceHands struct {
	w        *workspace
	carrier  *core
	key      string
	outcomes []outcome
}

func newWorkspaceHands(t *testing.T, bed *testbed, carrier *core) *workspaceHands {
	t.Helper()
	w := newWorkspace(t, nil)
	w.setenv("POSTHOG_PERSONAL_API_KEY", bed.key)
	w.setenv("TF_LOG", "TRACE")
	w.setenv("TF_LOG_PATH", filepath.Join(w.directory, "trace.log"))
	delete(carrier.arguments, "api_key")
	if before, ok := carrier.state[one]; ok {
		id, _ := before.attributes["id"].(string)
		w.write("terraform.tfstate", vendorState(t, bed, id, bed.email(0), "2025-03-01T12:00:00Z"))
	}
	return &workspaceHands{w: w, carrier: carrier, key: bed.key}
}

func (h *workspaceHands) provider(argument string, value any) { h.carrier.provider(argument, value) }

func (h *workspaceHands) run(command string) (code int, errors string) {
	h.w.t.Helper()
	h.w.write("main.tf", requirements+h.carrier.hcl())
	arguments := strings.Fields(command)
	switch command {
	case "plan", "plan -destroy":
		arguments = append(arguments, "-detailed-exitcode", "-out=saved.tfplan")
	case "apply", "destroy":
		arguments = append(arguments, "-auto-approve")
	}
	result := h.w.run(arguments...)
	h.outcomes = append(h.outcomes, result)
	return result.code, result.stdout + result.stderr
}

func (h *workspaceHands) ids() []string {
	var ids []string
	for _, it := range h.w.instances() {
		id, _ := it.Attributes["id"].(string)
		ids = append(ids, id)
	}
	return ids
}

func (h *workspaceHands) remembered() string {
	h.w.t.Helper()
	return h.w.read("terraform.tfstate")
}

func (h *workspaceHands) expectNowhere(secret string) {
	h.w.t.Helper()
	h.w.expectNowhere(secret, nil, h.outcomes...)
}
