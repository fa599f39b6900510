package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
)

// findUser returns the user that the configuration names. ok is false if the user is unknown until apply, or is not found. Then the
// response has the error.
func (c *roleMembershipChange) findUser(ctx context.Context, lookup userLookup) (wanted user, ok bool) {
	diags := &c.resp.Diagnostics
	uuid, email := c.config.UserUUID, c.config.UserEmail
	switch {
	case email.IsUnknown() || uuid.IsUnknown():
		return user{}, false
	case email.IsNull():
		return lookup.requireByUUID(ctx, uuid.ValueString(), diags)
	}
	wanted, failure := lookup.requireByEmail(ctx, email.ValueString())
	switch {
	case failure != nil && c.wasMissing(missingMember{lookup.ref, strings.ToLower(email.ValueString())}):
		// An error would fail the plan of terraform destroy. The apply reports it.
		diags.Append(diagnostics.UserHasLeft(path.Root("user_email"), email.ValueString(), lookup.roleLabel(), failure))
		return user{}, false
	case failure != nil:
		diags.Append(failure)
		return user{}, false
	case !uuid.IsNull() && uuid.ValueString() != wanted.uuid:
		diags.Append(diagnostics.UUIDAndEmailDiffer(email.ValueString(), wanted.uuid, uuid.ValueString()))
		return user{}, false
	}
	return wanted, true
}

// findChangedUser returns the user that the configuration of a membership in state names. If it names the user in state, that is known
// without a read. isKnown is false if the user is unknown until apply, or was missing at the refresh. ok is false if the user is not found.
// Then the response has the error.
func (c *roleMembershipChange) findChangedUser(ctx context.Context, organizationID string) (wanted user, isKnown, ok bool) {
	uuid, email, current := c.config.UserUUID, c.config.UserEmail, c.state.user()
	hasSameUUID := uuid.IsNull() || uuid.Equal(c.state.UserUUID)
	hasSameEmail := email.IsNull() || email.ValueString() == current.email // In another case it may be the email of another user.
	switch {
	case uuid.IsUnknown(), email.IsUnknown() && !uuid.Equal(c.state.UserUUID):
		return user{}, false, true
	case hasSameUUID && (hasSameEmail || email.IsUnknown()):
		return current, true, true // The apply compares an unknown email with the UUID.
	}
	lookup, ok := c.lookupIn(ctx, organizationID)
	if !ok {
		return user{}, false, false
	}
	if former := c.private.FormerEmail; hasSameUUID && former != "" && strings.EqualFold(email.ValueString(), former) {
		owner, _ := lookup.requireByEmail(ctx, former)
		if owner.uuid == current.uuid {
			return current, true, true
		}
		c.resp.Diagnostics.Append(diagnostics.EmailChanged(path.Root("user_email"), current.label(), lookup.roleLabel(), email.ValueString(), owner.uuid))
		return user{}, false, false
	}
	errorsBefore := c.resp.Diagnostics.ErrorsCount()
	wanted, isKnown = c.findUser(ctx, lookup)
	return wanted, isKnown, c.resp.Diagnostics.ErrorsCount() == errorsBefore
}
