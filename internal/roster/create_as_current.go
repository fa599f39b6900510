package roster

import (
	"context"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// create adds a user to a role. Servers of September 2025 to February 2026 answer “Role does not exist.” if the URL has the
// organization's UUID. They accept posthog.CurrentOrganization in its place, so create sends the request again with that. It does so
// only if both are the same organization. The errors are *VerifyError, *NeedsCurrentError and those of
// posthog.Client.CreateRoleMembership.
func (r *Rosters) create(ctx context.Context, ref posthog.RoleRef, userUUID string) (posthog.Membership, error) {
	for {
		sent := r.refForCreate(ref)
		membership, err := r.client.CreateRoleMembership(ctx, sent, userUUID)
		if posthog.ReasonOf(err) != posthog.ReasonUnknownRole {
			return membership, err
		}
		if err := r.retryAsCurrent(ctx, ref, sent, err); err != nil {
			return posthog.Membership{}, err
		}
	}
}

// refForCreate returns the role as the URL of a create must name it.
func (r *Rosters) refForCreate(ref posthog.RoleRef) posthog.RoleRef {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.createAsCurrent[ref.OrganizationID] {
		return posthog.RoleRef{OrganizationID: posthog.CurrentOrganization, ID: ref.ID}
	}
	return ref
}

// retryAsCurrent finds the cause of “Role does not exist.”, PostHog's response to a create that named the role as sent. It returns
// nil if the create must be sent again. From then on, refForCreate returns posthog.CurrentOrganization for this organization.
func (r *Rosters) retryAsCurrent(ctx context.Context, ref, sent posthog.RoleRef, refusal error) error {
	isSentAsCurrent := sent != ref
	role, _, err := r.roles.getCached(ctx, ref)
	if err == nil && role.Exists && isSentAsCurrent {
		// The role was deleted since it was cached, or posthog.CurrentOrganization is another organization now.
		role, _, err = r.roles.getAfter(ctx, ref, r.roles.nextSequence())
	}
	switch {
	case err != nil:
		return &VerifyError{Write: refusal, Verify: err}
	case !role.Exists:
		return refusal
	}
	current, _, err := r.currentOrganization.getAfter(ctx, posthog.CurrentOrganization, r.currentOrganization.nextSequence())
	switch {
	case err != nil:
		return &VerifyError{Write: refusal, Verify: err}
	case current.ID != ref.OrganizationID || isSentAsCurrent:
		return &NeedsCurrentError{Role: ref, Err: refusal}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.createAsCurrent[ref.OrganizationID] = true
	return nil
}
