package terraformcore

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Result is the result of a command.
type Result struct {
	Command     string
	Diagnostics []Diagnostic
	Changes     map[string]Change // the plan, by address; resources with an error are missing
	Data        map[string]any    // the data sources that were read, by address
	state       map[string]Object // the state during and after the command
}

// Diagnostic is an error or a warning.
type Diagnostic struct {
	Address         string // of the resource or data source, or "provider"
	NoAddress       bool   // whether Terraform prints no address, because the resource is not in the configuration
	IsWarning       bool
	Summary, Detail string
	Attribute       string // such as users[0]; "" is none
}

func (d Diagnostic) String() string {
	severity, at := "Error", ""
	if d.IsWarning {
		severity = "Warning"
	}
	if d.Attribute != "" {
		at = ", at " + d.Attribute
	}
	return fmt.Sprintf("%s: %s\n\n  with %s%s\n\n%s\n", severity, d.Summary, d.Address, at, d.Detail)
}

// The actions of a plan.
const (
	NoOp    = "no-op"
	Create  = "create"
	Update  = "update"
	Replace = "replace"
	Delete  = "delete"
)

// Change is the plan of one resource.
type Change struct {
	Action        string
	Before, After tftypes.Value
	private       []byte
	identity      *tfprotov6.ResourceIdentityData
	Replacing     []string // the attributes that force the replacement
	IsImport      bool     // whether an import block puts it into state
}

// PlannedValue returns the planned value of an attribute: nil for null, Unknown for known after apply.
func (c Change) PlannedValue(attribute string) any {
	if c.After.IsNull() {
		return nil
	}
	return GoValue(elements(c.After)[attribute])
}

func (r *Result) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "terraform %s\n", r.Command)
	for address, change := range r.Changes {
		fmt.Fprintf(&text, "  %s: %s %v\n", address, change.Action, change.Replacing)
	}
	for _, diagnostic := range r.Diagnostics {
		fmt.Fprintln(&text, diagnostic)
	}
	return text.String()
}

// HasErrors reports whether the command failed.
func (r *Result) HasErrors() bool { return r.Errors() != "" }

// HasChanges reports whether there is something to apply, as -detailed-exitcode does.
func (r *Result) HasChanges() bool {
	for _, change := range r.Changes {
		if change.Action != NoOp || change.IsImport {
			return true
		}
	}
	return false
}

// Action returns the planned action of an address, or "" if there is none.
func (r *Result) Action(address string) string { return r.Changes[address].Action }

// Errors returns the text of all errors, or "" if there are none.
func (r *Result) Errors() string { return r.texts(false) }

// Warnings returns the text of all warnings, or "" if there are none.
func (r *Result) Warnings() string { return r.texts(true) }

func (r *Result) texts(warnings bool) string {
	var text strings.Builder
	for _, diagnostic := range r.Diagnostics {
		if diagnostic.IsWarning == warnings {
			fmt.Fprintln(&text, diagnostic)
		}
	}
	return text.String()
}

// HasErrorAt reports whether an error points at an attribute; "" is none.
func (r *Result) HasErrorAt(attribute string) bool {
	for _, diagnostic := range r.Diagnostics {
		if !diagnostic.IsWarning && diagnostic.Attribute == attribute {
			return true
		}
	}
	return false
}
