package roster

import (
	"fmt"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// A NameTakenError reports that another role has the name of a role that is created or renamed. Case does not matter.
type NameTakenError struct {
	OrganizationID, Name string
	// Roles are the roles with the name. It is empty if PostHog refuses the name and lists no such role.
	Roles []posthog.Role
}

func (e *NameTakenError) Error() string {
	return fmt.Sprintf("organization %s already has a role with the name %q", e.OrganizationID, e.Name)
}

// A RoleElsewhereError reports that a role is in another organization than the URL of the request had. PostHog servers before mid-2026
// create roles in the organization that the key's owner has open, and check names there (ee/api/rbac/role.py).
type RoleElsewhereError struct {
	// OrganizationID is the organization of the request. OpenID is the one that the key's owner has open.
	OrganizationID, OpenID string
	// Role is the role in the open organization.
	Role posthog.Role
	// IsCreated reports that this process has created the role. Otherwise it may have existed before.
	IsCreated bool
}

func (e *RoleElsewhereError) Error() string {
	return fmt.Sprintf("role %s is in organization %s and not in organization %s", e.Role.ID, e.OpenID, e.OrganizationID)
}

// A CaseRenameError reports that the server refuses a name which differs from the role's name in case only. PostHog servers before
// mid-2026 do this (ee/api/rbac/role.py).
type CaseRenameError struct {
	Role     posthog.RoleRef
	From, To string
}

func (e *CaseRenameError) Error() string {
	return fmt.Sprintf("PostHog refuses to rename role %s from %q to %q", e.Role.ID, e.From, e.To)
}

// A MissingRoleError reports that a role to rename does not exist.
type MissingRoleError struct{ Role posthog.RoleRef }

func (e *MissingRoleError) Error() string { return fmt.Sprintf("role %s does not exist", e.Role.ID) }

// A RoleHasMembersError reports that a role was not deleted because it has members.
type RoleHasMembersError struct{ Role *Roster }

func (e *RoleHasMembersError) Error() string {
	return fmt.Sprintf("role %s has %d members", e.Role.ID, len(e.Role.Members))
}

// An UnclearRoleError reports a create that may have created the role or not.
type UnclearRoleError struct {
	Name string
	// Create is the error of the create. Verify is the error of the read that should have shown its effect. Verify is nil if that read
	// did not show the role, or if there was no time for it.
	Create, Verify error
}

func (e *UnclearRoleError) Error() string {
	return fmt.Sprintf("the role %q may have been created: %v", e.Name, e.Create)
}

func (e *UnclearRoleError) Unwrap() []error { return []error{e.Create, e.Verify} }
