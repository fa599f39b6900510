package terraformcore

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A coreResult is what came of a command.
type Result struct {
	Command     string
	Diagnostics []Diagnostic
	Changes     map[string]Change // the plan, by address; of what has an error, nothing
	Data        map[string]any    // what the data sources have read, by address
	state       map[string]Object // the state that the command works on
}

// A coreDiagnostic is an error or a warning.
type Diagnostic struct {
	Address         string // of what it is about; "provider" for the provider
	NoAddress       bool   // whether Terraform does not say what it is about, for want of a configuration to point at
	IsWarning       bool
	Summary, Detail string
	Attribute       string // as in users[0]; "" when there is none to blame
}

func (d Diagnostic) String() string {
	kind, with := "Error", ""
	if d.IsWarning {
		kind = "Warning"
	}
	if d.Attribute != "" {
		with = ", at " + d.Attribute
	}
	return fmt.Sprintf("%s: %s\n\n  with %s%s\n\n%s\n", kind, d.Summary, d.Address, with, d.Detail)
}

// The actions of a plan.
const (
	NoOp    = "no-op"
	Create  = "create"
	Update  = "update"
	Replace = "replace"
	Delete  = "delete"
)

// A coreChange is what a plan does to one resource.
type Change struct {
	Action        string
	Before, After tftypes.Value
	private       []byte
	identity      *tfprotov6.ResourceIdentityData
	Replacing     []string // the attributes that replace it
	IsImport      bool     // whether it comes into state by an import block
}

// planned returns the planned value of an attribute: nil is null, and unknown is what will be known after apply.
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

func (r *Result) HasErrors() bool { return r.Errors() != "" }

// changed reports whether there is anything to apply, as -detailed-exitcode does.
func (r *Result) HasChanges() bool {
	for _, change := range r.Changes {
		if change.Action != NoOp || change.IsImport {
			return true
		}
	}
	return false
}

// action returns what is planned for an address; "" when nothing is.
func (r *Result) Action(address string) string { return r.Changes[address].Action }

// errors returns what all errors say; "" when there are none.
func (r *Result) Errors() string { return r.texts(false) }

// warnings returns what all warnings say; "" when there are none.
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

// blames reports whether an error is about an attribute; "" is none of them.
func (r *Result) HasErrorAt(attribute string) bool {
	for _, diagnostic := range r.Diagnostics {
		if !diagnostic.IsWarning && diagnostic.Attribute == attribute {
			return true
		}
	}
	return false
}
