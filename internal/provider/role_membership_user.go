package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// newcomer returns the user whom a membership is to be created for, as far as PostHog tells. ok is false when that is not
// known, or nobody; the diagnostics say why, unless it will be known only after apply.
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

// keepUser plans the user of a membership that is in state: the same, however the configuration names them, or another
// one, who replaces the membership. It reports whether that could be found out; the diagnostics say why not.
func (c *roleMembershipChange) keepUser(ctx context.Context, organization string) bool {
	uuid, email := c.config.UserUUID, c.config.UserEmail
	was := c.state.UserUUID
	sameEmail := email.IsNull() || strings.EqualFold(email.ValueString(), c.state.UserEmail.ValueString())
	switch {
	case uuid.Equal(was) && (sameEmail || email.IsUnknown()), uuid.IsNull() && !email.IsUnknown() && sameEmail:
		c.keepUserAsWritten() // An email that is not known yet is compared when it is, in the apply.
		return true
	case !uuid.IsNull() && !uuid.Equal(was), email.IsUnknown(), c.plan.RoleID.IsUnknown():
		c.replaceUser(user{uuid: uuid.ValueString()}) // Whether UUID and email are one person is looked at with the new one.
		return true
	}

	among, ok := c.searchIn(ctx, organization)
	if !ok {
		return false
	}
	wanted, failure := among.theOne(ctx, email.ValueString())
	changed := strings.EqualFold(email.ValueString(), c.record.FormerEmail)
	switch {
	case failure != nil && changed:
		c.resp.Diagnostics.AddAttributeError(path.Root("user_email"), summaryNewEmail, newEmailDetail(c.state.person(), among.name(), email.ValueString(), ""))
		return false
	case failure != nil:
		c.resp.Diagnostics.Append(failure)
		return false
	case !uuid.IsNull() && uuid.ValueString() != wanted.uuid:
		c.resp.Diagnostics.Append(twoPeople(email.ValueString(), uuid.ValueString(), wanted))
		return false
	case wanted.uuid == was.ValueString():
		c.keepUserAsWritten()
		return true
	case changed && uuid.IsNull():
		c.resp.Diagnostics.AddAttributeError(path.Root("user_email"), summaryNewEmail, newEmailDetail(c.state.person(), among.name(), email.ValueString(), wanted.uuid))
		return false
	}
	c.replaceUser(wanted)
	return true
}

// keepUserAsWritten plans that nothing changes about the user.
func (c *roleMembershipChange) keepUserAsWritten() {
	c.plan.UserUUID = c.state.UserUUID
	if !c.state.UserEmail.IsNull() && !c.plan.UserEmail.IsUnknown() || c.config.UserEmail.IsNull() {
		c.plan.UserEmail = c.state.UserEmail
	}
}

// replaceUser plans that another user takes the place of the one in state. Terraform plans the new membership anew.
func (c *roleMembershipChange) replaceUser(wanted user) {
	c.plan.UserUUID = types.StringUnknown()
	switch {
	case !c.config.UserUUID.IsNull():
		c.plan.UserUUID = c.config.UserUUID
	case wanted.uuid != "":
		c.plan.UserUUID = types.StringValue(wanted.uuid)
	}
	if c.config.UserEmail.IsNull() {
		c.plan.UserEmail = types.StringUnknown()
	}
	c.resp.RequiresReplace.Append(path.Root("user_uuid"))
}
