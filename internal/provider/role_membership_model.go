package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// roleMembershipModel is a membership in configuration, plan and state.
type roleMembershipModel struct {
	ID                   types.String      `tfsdk:"id"`
	OrganizationID       types.String      `tfsdk:"organization_id"`
	RoleID               types.String      `tfsdk:"role_id"`
	UserUUID             types.String      `tfsdk:"user_uuid"`
	OrganizationMemberID types.String      `tfsdk:"organization_member_id"`
	UserEmail            types.String      `tfsdk:"user_email"`
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

// declares returns who is declared to be where.
func (m roleMembershipModel) declares(organizationID string) declared {
	return declared{m.ref(organizationID), m.UserUUID.ValueString()}
}

// identity returns what the membership is known by, in an organization whose UUID that is.
func (m roleMembershipModel) identity(organizationID string) roleMembershipIdentity {
	return roleMembershipIdentity{types.StringValue(organizationID), m.RoleID, m.UserUUID}
}

// subject is what messages about the membership are about.
func (m roleMembershipModel) subject(organizationID string) subject {
	return subject{
		name: named(m.ref(organizationID)), role: path.Root("role_id"), user: path.Root("user_uuid"), organization: atOrganization,
	}
}

// person names the user.
func (m roleMembershipModel) person() string {
	return person(m.UserEmail.ValueString(), m.UserUUID.ValueString())
}

// with returns the model of a membership as PostHog tells it, found under the natural key that m has. It is the one
// translation there is: create, read, import and list all use it.
func (m roleMembershipModel) with(membership posthog.Membership) roleMembershipModel {
	m.ID = types.StringValue(membership.ID)
	m.UserEmail = types.StringValue(membership.User.Email)
	m.OrganizationMemberID = types.StringNull()
	if membership.OrganizationMember != nil {
		m.OrganizationMemberID = types.StringValue(membership.OrganizationMember.ID)
	}
	m.JoinedAt = timetypes.NewRFC3339ValueMust(membership.JoinedAt) // Package posthog has checked it.
	m.UpdatedAt = timetypes.NewRFC3339ValueMust(membership.UpdatedAt)
	return m
}

// modelOf returns the model of somebody's membership in a role of an organization, which is written like that.
func modelOf(organization types.String, membership posthog.Membership) roleMembershipModel {
	return roleMembershipModel{
		OrganizationID: organization,
		RoleID:         types.StringValue(membership.RoleID),
		UserUUID:       types.StringValue(membership.User.UUID),
	}.with(membership)
}
