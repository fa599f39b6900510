package roster

import (
	"fmt"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// An ExistsError reports that a user was a member of the role before Add was called.
type ExistsError struct {
	Role       posthog.RoleRef
	Membership posthog.Membership
}

func (e *ExistsError) Error() string {
	return fmt.Sprintf("user %s is already a member of role %s", e.Membership.User.UUID, e.Role.ID)
}

// A HiddenError reports that PostHog refuses to add a user as already in the role. It does not list the user as a member.
type HiddenError struct {
	Role     posthog.RoleRef
	UserUUID string
	Err      error
}

func (e *HiddenError) Error() string {
	return fmt.Sprintf("PostHog does not list user %s in role %s, but refuses to add the user as already in the role", e.UserUUID, e.Role.ID)
}

func (e *HiddenError) Unwrap() error { return e.Err }

// An UnclearError reports a create that may have added the user or not.
type UnclearError struct {
	Role     posthog.RoleRef
	UserUUID string
	// Create is the error of the create. Verify is the error of the read that should have shown its effect. Verify is nil if that
	// read did not show the user, or if there was no time for it.
	Create, Verify error
}

func (e *UnclearError) Error() string {
	return fmt.Sprintf("user %s may have been added to role %s: %v", e.UserUUID, e.Role.ID, e.Create)
}

func (e *UnclearError) Unwrap() []error { return []error{e.Create, e.Verify} }

// A NeedsCurrentError reports that the server accepts a create only under posthog.CurrentOrganization, which is another organization
// now. Servers of September 2025 to February 2026 do this.
type NeedsCurrentError struct {
	Role posthog.RoleRef
	Err  error
}

func (e *NeedsCurrentError) Error() string {
	return fmt.Sprintf("role %s exists, but PostHog answers that it does not", e.Role.ID)
}

func (e *NeedsCurrentError) Unwrap() error { return e.Err }

// A VerifyError reports that a write failed and that the read to find out its effect failed too.
type VerifyError struct {
	// Write is the error of the write. Verify is the error of the read.
	Write, Verify error
}

func (e *VerifyError) Error() string {
	return fmt.Sprintf("%v; the read to find out its effect failed too: %v", e.Write, e.Verify)
}

func (e *VerifyError) Unwrap() []error { return []error{e.Write, e.Verify} }

// An AlreadyClaimedError reports that another resource of this process holds the membership.
type AlreadyClaimedError struct {
	Role     posthog.RoleRef
	UserUUID string
}

func (e *AlreadyClaimedError) Error() string {
	return fmt.Sprintf("another resource has added user %s to role %s", e.UserUUID, e.Role.ID)
}

// A StillWantedError reports that a user was not removed. Another resource of this process must add the user, and may fail.
type StillWantedError struct {
	Role     posthog.RoleRef
	UserUUID string
}

func (e *StillWantedError) Error() string {
	return fmt.Sprintf("another resource wants user %s in role %s", e.UserUUID, e.Role.ID)
}

// A SkippedAfterRefusalError reports a write that was not sent. PostHog refused an earlier write for a reason that holds for every write.
type SkippedAfterRefusalError struct {
	// Err is the error of the earlier write.
	Err error
}

func (e *SkippedAfterRefusalError) Error() string {
	return fmt.Sprintf("not sent, because PostHog refuses every write: %v", e.Err)
}

func (e *SkippedAfterRefusalError) Unwrap() error { return e.Err }

// A SkippedAfterFailuresError reports a write that was not sent, or not sent again, because too many writes before it failed.
type SkippedAfterFailuresError struct {
	// Err is the error of the last write that failed, or of the wait after it.
	Err error
}

func (e *SkippedAfterFailuresError) Error() string {
	return fmt.Sprintf("not sent, because earlier writes failed: %v", e.Err)
}

func (e *SkippedAfterFailuresError) Unwrap() error { return e.Err }

// An UnknownOrganizationError reports a slug that belongs to no organization of the key's owner.
type UnknownOrganizationError struct {
	Slug string
	// Known are the organizations of the key's owner.
	Known []posthog.Organization
}

func (e *UnknownOrganizationError) Error() string {
	return fmt.Sprintf("no organization has the slug %q", e.Slug)
}
