package provider

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// changing matches what differs between two runs: times, the order of parallel creates, and ports.
var changing = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z|joined \d{4}-\d\d-\d\d|"id":"[^"]*"|127\.0\.0\.\d:\d+`)

// runInTerraform runs a command of the real Terraform. Its result has the form of runInCore.
func runInTerraform(w *acctest.Workspace, bed *testbed, c *terraformcore.Core, command string) string {
	w.T.Helper()
	w.Write("main.tf", acctest.Requirements+c.HCL())
	arguments := []string{command, "-json"}
	switch command {
	case "apply", "destroy":
		arguments = append(arguments, "-auto-approve")
	case "refresh-only":
		arguments = []string{"apply", "-refresh-only", "-auto-approve", "-json"}
	case "import":
		arguments = []string{command, one, bed.role + "/" + bed.user}
	}
	for address := range c.Replace {
		arguments = append(arguments, "-replace="+address)
	}
	var lines []string
	for line := range strings.Lines(w.Run(arguments...).Stdout) {
		var message struct {
			Type   string
			Change struct {
				Action   string
				Resource struct{ Addr string }
			}
			Diagnostic struct{ Severity, Summary, Detail, Address string }
		}
		if json.Unmarshal([]byte(line), &message) != nil {
			continue
		}
		switch message.Type {
		case "planned_change":
			if address := message.Change.Resource.Addr; address != terraformcore.UnknownAddress {
				lines = append(lines, "planned "+message.Change.Action+" "+address)
			}
		case "diagnostic":
			if d := message.Diagnostic; d.Summary != "Provider development overrides are in effect" {
				address := d.Address
				if strings.HasPrefix(address, "provider[") {
					address = "provider"
				}
				lines = append(lines, diagnosticLine(address, d.Severity == "warning", d.Summary, d.Detail))
			}
		}
	}
	if w.HasFile(callsFile) {
		calls, err := readCalls(w.Read(callsFile))
		if err != nil {
			w.T.Fatal(err)
		}
		lines = append(lines, calls.lines()...)
		w.RemoveFile(callsFile)
	}
	return bed.report(append(lines, stateLines(w)...))
}

// terraformReadsOrphansFirst reports whether the Terraform under test reads a resource that is not declared before it plans
// its destroy. Of the tested versions, only Terraform 1.11 plans first.
func terraformReadsOrphansFirst() bool {
	have, tofu := acctest.TerraformVersion()
	return tofu || have.Segments()[1] != 11
}

// stateLines returns a line for each resource in the state file.
func stateLines(w *acctest.Workspace) []string {
	w.T.Helper()
	have, tofu := acctest.TerraformVersion()
	// Terraform 1.12 has identities, and loses that of what it could not destroy (seen on 1.12.2). The stand-in keeps it, as 1.14 does.
	knowsIdentities := !tofu && have.Core().GreaterThanOrEqual(version.Must(version.NewVersion("1.14.0")))
	var lines []string
	for address, it := range instancesOf(w) {
		lines = append(lines, objectLine(address, it.Status == "tainted", it.Attributes, it.Private != "", len(it.Identity) > 0 || !knowsIdentities))
	}
	return lines
}

// A stateInstance is a resource as a state file has it.
type stateInstance struct {
	Status     string
	Attributes map[string]any
	Private    string
	Identity   map[string]any
}

// instancesOf returns the resources in the state file, by address.
func instancesOf(w *acctest.Workspace) map[string]stateInstance {
	w.T.Helper()
	if !w.HasFile("terraform.tfstate") {
		return nil
	}
	var state struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []stateInstance
		}
	}
	if err := json.Unmarshal([]byte(w.Read("terraform.tfstate")), &state); err != nil {
		w.T.Fatal(err)
	}
	all := map[string]stateInstance{}
	for _, resource := range state.Resources {
		for _, it := range resource.Instances {
			if resource.Mode == "managed" && resource.Type != "terraform_data" {
				all[resource.Type+"."+resource.Name] = it
			}
		}
	}
	return all
}
