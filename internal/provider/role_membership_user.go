package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
)

// newcomer returns the user that the configuration names. ok is false if the user is unknown until apply, or cannot be found; the
// diagnostics say why.
func (c *roleMembershipChange) newcomer(ctx context.Context, among search) (wanted user, ok bool) {
	uuid, email := c.config.UserUUID, c.config.UserEmail
	switch {
	case email.IsUnknown() || uuid.IsUnknown():
		return user{}, false
	case email.IsNull():
		return c.byUUID(ctx, among, uuid.ValueString())
	}

	wanted, failure := among.theOne(ctx, email.ValueString())
	switch {
	case failure != nil && among.hasVanished(gone{among.ref, strings.ToLower(email.ValueString())}):
		// As with a role that is gone, whatever keeps the user from being found.
		c.resp.Diagnostics.AddAttributeWarning(path.Root("user_email"), summaryHasLeft, hasLeftDetail(email.ValueString(), among.name(), failure))
		return user{}, false
	case failure != nil:
		c.resp.Diagnostics.Append(failure)
		return user{}, false
	case !uuid.IsNull() && uuid.ValueString() != wanted.uuid:
		c.resp.Diagnostics.Append(twoPeople(email.ValueString(), uuid.ValueString(), wanted))
		return user{}, false
	}
	return wanted, true
}

// byUUID returns a user who is named by UUID, and warns of one who is not in the organization.
func (c *roleMembershipChange) byUUID(ctx context.Context, among search, uuid string) (user, bool) {
	wanted, listed, told, failure := among.byUUID(ctx, uuid)
	if failure != nil {
		c.resp.Diagnostics.Append(failure)
		return user{}, false
	}
	if !listed && told {
		c.resp.Diagnostics.AddAttributeWarning(path.Root("user_uuid"), summaryStranger, strangerDetail(uuid, among.ref.OrganizationID))
	}
	return wanted, true
}

// resolveUser returns the user that the configuration of a membership in state names. The state answers if it names the same user.
// known is false if the user is unknown until apply. ok is false if the user cannot be found; the diagnostics say why.
func (c *roleMembershipChange) resolveUser(ctx context.Context, organization string) (wanted user, known, ok bool) {
	uuid, email, state := c.config.UserUUID, c.config.UserEmail, c.state.user()
	sameUUID := uuid.IsNull() || uuid.Equal(c.state.UserUUID)
	sameEmail := email.IsNull() || email.ValueString() == state.email // In another case it may be the email of another user.
	switch {
	case uuid.IsUnknown(), email.IsUnknown() && !uuid.Equal(c.state.UserUUID):
		return user{}, false, true
	case sameUUID && (sameEmail || email.IsUnknown()):
		return state, true, true // An unknown email is compared with the UUID in the apply.
	}
	among, ok := c.searchIn(ctx, organization)
	if !ok {
		return user{}, false, false
	}
	if formerEmail := c.record.FormerEmail; sameUUID && formerEmail != "" && strings.EqualFold(email.ValueString(), formerEmail) {
		owner, _ := among.theOne(ctx, formerEmail)
		if owner.uuid == state.uuid {
			return state, true, true
		}
		c.resp.Diagnostics.AddAttributeError(path.Root("user_email"), summaryNewEmail, newEmailDetail(state.String(), among.name(), email.ValueString(), owner.uuid))
		return user{}, false, false
	}
	before := c.resp.Diagnostics.ErrorsCount()
	wanted, known = c.newcomer(ctx, among)
	return wanted, known, c.resp.Diagnostics.ErrorsCount() == before
}

// keepUser plans that the user stays the same.
func (c *roleMembershipChange) keepUser() {
	c.plan.UserUUID = c.state.UserUUID
	if !c.state.UserEmail.IsNull() && !c.plan.UserEmail.IsUnknown() || c.config.UserEmail.IsNull() {
		c.plan.UserEmail = c.state.UserEmail
	}
}
