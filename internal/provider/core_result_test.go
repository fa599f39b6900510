package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A coreResult is what came of a command.
type coreResult struct {
	command     string
	diagnostics []coreDiagnostic
	changes     map[string]coreChange // the plan, by address; of what has an error, nothing
	data        map[string]any        // what the data sources have read, by address
	refreshed   map[string]coreObject // the state that the command works on
}

// A coreDiagnostic is an error or a warning.
type coreDiagnostic struct {
	address         string // of what it is about; "provider" for the provider
	unpointed       bool   // whether Terraform does not say what it is about, for want of a configuration to point at
	warning         bool
	summary, detail string
	attribute       string // as in users[0]; "" when there is none to blame
}

func (d coreDiagnostic) String() string {
	kind, with := "Error", ""
	if d.warning {
		kind = "Warning"
	}
	if d.attribute != "" {
		with = ", at " + d.attribute
	}
	return fmt.Sprintf("%s: %s\n\n  with %s%s\n\n%s\n", kind, d.summary, d.address, with, d.detail)
}

// The actions of a plan.
const (
	actNothing = "no-op"
	actCreate  = "create"
	actUpdate  = "update"
	actReplace = "replace"
	actDelete  = "delete"
)

// A coreChange is what a plan does to one resource.
type coreChange struct {
	action        string
	before, after tftypes.Value
	private       []byte
	identity      *tfprotov6.ResourceIdentityData
	replacing     []string // the attributes that replace it
	imported      bool     // whether it comes into state by an import block
}

// planned returns the planned value of an attribute: nil is null, and unknown is what will be known after apply.
func (c coreChange) planned(attribute string) any {
	if c.after.IsNull() {
		return nil
	}
	return plain(attributesOf(c.after)[attribute])
}

func (r *coreResult) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "terraform %s\n", r.command)
	for address, change := range r.changes {
		fmt.Fprintf(&text, "  %s: %s %v\n", address, change.action, change.replacing)
	}
	for _, diagnostic := range r.diagnostics {
		fmt.Fprintln(&text, diagnostic)
	}
	return text.String()
}

func (r *coreResult) failed() bool { return r.errors() != "" }

// changed reports whether there is anything to apply, as -detailed-exitcode does.
func (r *coreResult) changed() bool {
	for _, change := range r.changes {
		if change.action != actNothing || change.imported {
			return true
		}
	}
	return false
}

// action returns what is planned for an address; "" when nothing is.
func (r *coreResult) action(address string) string { return r.changes[address].action }

// errors returns what all errors say; "" when there are none.
func (r *coreResult) errors() string { return r.texts(false) }

// warnings returns what all warnings say; "" when there are none.
func (r *coreResult) warnings() string { return r.texts(true) }

func (r *coreResult) texts(warnings bool) string {
	var text strings.Builder
	for _, diagnostic := range r.diagnostics {
		if diagnostic.warning == warnings {
			fmt.Fprintln(&text, diagnostic)
		}
	}
	return text.String()
}

// blames reports whether an error is about an attribute; "" is none of them.
func (r *coreResult) blames(attribute string) bool {
	for _, diagnostic := range r.diagnostics {
		if !diagnostic.warning && diagnostic.attribute == attribute {
			return true
		}
	}
	return false
}
