package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

// roleMembershipModel is a membership in configuration, plan and state.
type roleMembershipModel struct {
	ID                   types.String      `tfsdk:"id"`
	OrganizationID       types.String      `tfsdk:"organization_id"`
	RoleID               types.String      `tfsdk:"role_id"`
	UserUUID             types.String      `tfsdk:"user_uuid"`
	OrganizationMemberID types.String      `tfsdk:"organization_member_id"`
	UserEmail            types.String      `tfsdk:"user_email"`
	RoleName             types.String      `tfsdk:"role_name"`
	JoinedAt             timetypes.RFC3339 `tfsdk:"joined_at"`
	UpdatedAt            timetypes.RFC3339 `tfsdk:"updated_at"`
}

// roleMembershipIdentity is what a membership is known by for good. Its UUID is not part of it: removing and adding the
// same user makes a new one.
type roleMembershipIdentity struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	RoleID         types.String `tfsdk:"role_id"`
	UserUUID       types.String `tfsdk:"user_uuid"`
}

// ref returns the role's address in an organization.
func (m roleMembershipModel) ref(organizationID string) posthog.RoleRef {
	return posthog.RoleRef{OrganizationID: organizationID, ID: m.RoleID.ValueString()}
}

// member returns the user and the role in an organization.
func (m roleMembershipModel) member(organizationID string) ownership.Member {
	return ownership.Member{Role: m.ref(organizationID), UserUUID: m.UserUUID.ValueString()}
}

// user returns the user, as far as the model has it.
func (m roleMembershipModel) user() user {
	return user{m.UserUUID.ValueString(), m.UserEmail.ValueString(), m.OrganizationMemberID.ValueString()}
}

// normalized returns the model of a state with its UUIDs as PostHog writes them. Other providers may have left them in upper case.
func (m roleMembershipModel) normalized() roleMembershipModel {
	for _, id := range []*types.String{&m.ID, &m.OrganizationID, &m.RoleID, &m.UserUUID, &m.OrganizationMemberID} {
		if lower, ok := validators.NormalizeUUID(id.ValueString()); ok {
			*id = types.StringValue(lower)
		}
	}
	return m
}

// identity returns what the membership is known by, in an organization whose UUID that is.
func (m roleMembershipModel) identity(organizationID string) roleMembershipIdentity {
	return roleMembershipIdentity{types.StringValue(organizationID), m.RoleID, m.UserUUID}
}

// subject is what messages about the membership are about. The user is to blame under the name that the configuration uses.
func (m roleMembershipModel) subject(organizationID string, config roleMembershipModel) subject {
	user := path.Root("user_uuid")
	if config.UserUUID.IsNull() && !config.UserEmail.IsNull() {
		user = path.Root("user_email")
	}
	prefix := ""
	if !config.OrganizationID.IsNull() {
		prefix = organizationID + "/"
	}
	return subject{
		name: m.roleIn(organizationID), organizationID: organizationID, roleName: m.RoleName.ValueString(), importPrefix: prefix,
		role: path.Root("role_id"), user: user, organization: atOrganization,
	}
}

// roleIn names the role in an organization, as far as it is known.
func (m roleMembershipModel) roleIn(organizationID string) string {
	return titled(m.RoleName.ValueString(), m.RoleID.ValueString()) + " of organization " + organizationID
}

// person names the user.
func (m roleMembershipModel) person() string {
	return person(m.UserEmail.ValueString(), m.UserUUID.ValueString())
}

// with returns the model of a membership as PostHog tells it, found under the natural key that m has. It is the one
// translation there is: create, read, import and list all use it. An email stays as it is written.
func (m roleMembershipModel) with(roleName string, membership posthog.Membership) roleMembershipModel {
	m.ID = types.StringValue(membership.ID)
	m.RoleName = types.StringValue(roleName)
	if !strings.EqualFold(m.UserEmail.ValueString(), membership.User.Email) {
		m.UserEmail = types.StringValue(membership.User.Email)
	}
	switch {
	case membership.OrganizationMember != nil:
		m.OrganizationMemberID = types.StringValue(membership.OrganizationMember.ID)
	case m.OrganizationMemberID.IsUnknown():
		m.OrganizationMemberID = types.StringNull() // Older servers do not tell. What is known from elsewhere stays.
	}
	m.JoinedAt = timetypes.NewRFC3339ValueMust(membership.JoinedAt) // Package posthog has checked it.
	m.UpdatedAt = timetypes.NewRFC3339ValueMust(membership.UpdatedAt)
	return m
}

// keeping returns the model with what was planned in the place of what has come of it: Terraform takes nothing else from
// an apply. What is different by now comes with the next refresh.
func (m roleMembershipModel) keeping(plan roleMembershipModel) roleMembershipModel {
	keep(&m.ID, plan.ID)
	keep(&m.UserUUID, plan.UserUUID)
	keep(&m.UserEmail, plan.UserEmail)
	keep(&m.RoleName, plan.RoleName)
	keep(&m.OrganizationMemberID, plan.OrganizationMemberID)
	keep(&m.JoinedAt, plan.JoinedAt)
	keep(&m.UpdatedAt, plan.UpdatedAt)
	return m
}

// computedFrom returns the model with what nobody configures from another one.
func (m roleMembershipModel) computedFrom(other roleMembershipModel) roleMembershipModel {
	m.ID, m.RoleName, m.OrganizationMemberID, m.JoinedAt, m.UpdatedAt =
		other.ID, other.RoleName, other.OrganizationMemberID, other.JoinedAt, other.UpdatedAt
	return m
}

func keep[T interface{ IsUnknown() bool }](value *T, planned T) {
	if !planned.IsUnknown() {
		*value = planned
	}
}

// modelOf returns the model of somebody's membership in a role of an organization, which is written like that.
func modelOf(organization types.String, roleName string, membership posthog.Membership) roleMembershipModel {
	return roleMembershipModel{
		OrganizationID: organization,
		RoleID:         types.StringValue(membership.RoleID),
		UserUUID:       types.StringValue(membership.User.UUID),
	}.with(roleName, membership)
}
