// Package diagnostics has every message of the provider. One function is one message: summary, detail and advice.
package diagnostics

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// OrganizationPath is the attribute of all schemas that names the organization.
var OrganizationPath = path.Root("organization_id")

// Messages makes the messages that are shown in full once. Repeats of them are shortened. The zero value is ready to use. It is safe
// for concurrent use.
type Messages struct{ reported sync.Map }

// reportKey identifies a message that is shown in full once. Only the fields that distinguish its repeats are set.
type reportKey struct {
	message        string // the summary
	role           posthog.RoleRef
	organizationID string
	reason         posthog.Reason
	detail         string // PostHog's own text
}

// isRepeat reports whether a message was shown before, and records that it is shown now.
func (m *Messages) isRepeat(key reportKey) bool {
	_, repeated := m.reported.LoadOrStore(key, true)
	return repeated
}

// Subject is the role that a message is about, and the attributes of the schema to which an error is attached. An error about a
// missing path is attached to no attribute.
type Subject struct {
	Label                    string // the role in a sentence, with its ids
	OrganizationID           string // UUID; "" if it is not known
	Role, User, Organization path.Path
}

// RoleSubject returns the subject of an operation on a role that role_id names.
func RoleSubject(name string, ref posthog.RoleRef) Subject {
	return Subject{Label: RoleLabel(name, ref), OrganizationID: ref.OrganizationID, Role: path.Root("role_id"), Organization: OrganizationPath}
}

// attributeKind selects the attribute to which an error is attached.
type attributeKind int

const (
	noAttribute attributeKind = iota
	roleAttribute
	userAttribute
	organizationAttribute
)

// pathOf returns the attribute of a kind. It is empty if the schema has none.
func (s Subject) pathOf(kind attributeKind) path.Path {
	switch kind {
	case roleAttribute:
		return s.Role
	case userAttribute:
		return s.User
	case organizationAttribute:
		return s.Organization
	case noAttribute:
	}
	return path.Empty()
}

// newError returns an error about an attribute, or about the whole block if the path is empty.
func newError(where path.Path, summary, format string, arguments ...any) diag.Diagnostic {
	detail := fmt.Sprintf(format, arguments...)
	if where.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(where, summary, detail)
}

// newWarning returns a warning about an attribute, or about the whole block if the path is empty.
func newWarning(where path.Path, summary, format string, arguments ...any) diag.Diagnostic {
	detail := fmt.Sprintf(format, arguments...)
	if where.Equal(path.Empty()) {
		return diag.NewWarningDiagnostic(summary, detail)
	}
	return diag.NewAttributeWarningDiagnostic(where, summary, detail)
}
