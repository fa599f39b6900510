package roster

import (
	"fmt"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// An ExistsError says that a user was in the role before Add was called.
type ExistsError struct {
	Role       posthog.RoleRef
	Membership posthog.Membership
}

func (e *ExistsError) Error() string {
	return fmt.Sprintf("user %s is already in role %s", e.Membership.User.UUID, e.Role.ID)
}

// A HiddenError says that PostHog refuses to add a user as already in the role, and yet does not list the user there.
type HiddenError struct {
	Role     posthog.RoleRef
	UserUUID string
	Err      error
}

func (e *HiddenError) Error() string {
	return fmt.Sprintf("user %s is said to be in role %s but is not listed there", e.UserUUID, e.Role.ID)
}

func (e *HiddenError) Unwrap() error { return e.Err }

// An UnclearError says that it could not be found out whether a create happened.
type UnclearError struct {
	Role     posthog.RoleRef
	UserUUID string
	// Create is how the create failed; Verify is how the look at the role failed, nil when it went well and the user was
	// not there (yet), or when there was no more time to look.
	Create, Verify error
}

func (e *UnclearError) Error() string {
	return fmt.Sprintf("user %s may have been added to role %s: %v", e.UserUUID, e.Role.ID, e.Create)
}

func (e *UnclearError) Unwrap() []error { return []error{e.Create, e.Verify} }

// A NeedsCurrentError says that the server does not take the organization's UUID in a create, though the role exists, and
// that posthog.CurrentOrganization means another organization now. Servers of September 2025 to February 2026 are like that.
type NeedsCurrentError struct {
	Role posthog.RoleRef
	Err  error
}

func (e *NeedsCurrentError) Error() string {
	return fmt.Sprintf("role %s exists, but the server says it does not", e.Role.ID)
}

func (e *NeedsCurrentError) Unwrap() error { return e.Err }

// A VerifyError says that a write was refused, and that the look which would tell what that means failed too.
type VerifyError struct {
	// Write is how PostHog refused the write; Verify is how the look after it failed.
	Write, Verify error
}

func (e *VerifyError) Error() string {
	return fmt.Sprintf("%v; the look at the role after it failed too: %v", e.Write, e.Verify)
}

func (e *VerifyError) Unwrap() []error { return []error{e.Write, e.Verify} }

// A AlreadyClaimedError says that another resource has added the user to the role in this process.
type AlreadyClaimedError struct {
	Role     posthog.RoleRef
	UserUUID string
}

func (e *AlreadyClaimedError) Error() string {
	return fmt.Sprintf("another resource has added user %s to role %s", e.UserUUID, e.Role.ID)
}

// A StillWantedError says that a user was left in the role because another resource has tried to put the user there, and failed.
type StillWantedError struct {
	Role     posthog.RoleRef
	UserUUID string
}

func (e *StillWantedError) Error() string {
	return fmt.Sprintf("another resource wants user %s in role %s", e.UserUUID, e.Role.ID)
}

// A SkippedAfterRefusalError says that a write was not sent, because PostHog has refused another one in this process for a reason that
// holds for all.
type SkippedAfterRefusalError struct {
	// Err is how that other write was refused.
	Err error
}

func (e *SkippedAfterRefusalError) Error() string {
	return fmt.Sprintf("not sent, as PostHog would refuse it: %v", e.Err)
}

func (e *SkippedAfterRefusalError) Unwrap() error { return e.Err }

// A SkippedAfterFailuresError says that a write was not sent (again), because PostHog has left too many before it without an answer.
type SkippedAfterFailuresError struct {
	// Err is how the last of them failed.
	Err error
}

func (e *SkippedAfterFailuresError) Error() string {
	return fmt.Sprintf("not sent, as those before it failed: %v", e.Err)
}

func (e *SkippedAfterFailuresError) Unwrap() error { return e.Err }

// An UnknownOrganizationError says that the key's owner is in no organization with a slug.
type UnknownOrganizationError struct {
	Slug string
	// Known are the organizations that the key's owner is in.
	Known []posthog.Organization
}

func (e *UnknownOrganizationError) Error() string {
	return fmt.Sprintf("no organization has the slug %q", e.Slug)
}
