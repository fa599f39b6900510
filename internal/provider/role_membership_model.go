package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
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
	RoleName             types.String      `tfsdk:"role_name"`
	JoinedAt             timetypes.RFC3339 `tfsdk:"joined_at"`
	UpdatedAt            timetypes.RFC3339 `tfsdk:"updated_at"`
}

// roleMembershipIdentity identifies a membership. The membership's UUID is not part of it, because it changes when a user is removed and
// added again.
type roleMembershipIdentity struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	RoleID         types.String `tfsdk:"role_id"`
	UserUUID       types.String `tfsdk:"user_uuid"`
}

func (m roleMembershipModel) organizationID() types.String { return m.OrganizationID }

func (m roleMembershipModel) withOrganizationID(written types.String) roleMembershipModel {
	m.OrganizationID = written
	return m
}

func (m roleMembershipModel) normalized() roleMembershipModel {
	normalizeUUIDs(&m.ID, &m.OrganizationID, &m.RoleID, &m.UserUUID, &m.OrganizationMemberID)
	return m
}

// roleRef returns the role in an organization.
func (m roleMembershipModel) roleRef(organizationID string) posthog.RoleRef {
	return posthog.RoleRef{OrganizationID: organizationID, ID: m.RoleID.ValueString()}
}

// roleReference returns how the configuration names the role.
func (m roleMembershipModel) roleReference() roleReference {
	return roleReference{id: m.RoleID, name: m.RoleName}
}

// member returns the user and the role in an organization.
func (m roleMembershipModel) member(organizationID string) ownership.Member {
	return ownership.Member{Role: m.roleRef(organizationID), UserUUID: m.UserUUID.ValueString()}
}

// identity returns the identity in an organization.
func (m roleMembershipModel) identity(organizationID string) roleMembershipIdentity {
	return roleMembershipIdentity{OrganizationID: types.StringValue(organizationID), RoleID: m.RoleID, UserUUID: m.UserUUID}
}

// user returns the user, as far as the model has it.
func (m roleMembershipModel) user() user {
	return user{uuid: m.UserUUID.ValueString(), email: m.UserEmail.ValueString(), organizationMemberID: m.OrganizationMemberID.ValueString()}
}

// roleLabel returns the role in a sentence, as far as the model has it.
func (m roleMembershipModel) roleLabel(organizationID string) string {
	return diagnostics.RoleLabel(m.RoleName.ValueString(), m.roleRef(organizationID))
}

// subject returns the subject of messages about the membership. Errors about the user are attached to the attribute that the
// configuration has.
func (m roleMembershipModel) subject(organizationID string, config roleMembershipModel) diagnostics.Subject {
	about := diagnostics.RoleSubject(m.RoleName.ValueString(), m.roleRef(organizationID))
	about.Role = config.roleReference().path()
	about.User = path.Root("user_uuid")
	if config.UserUUID.IsNull() && !config.UserEmail.IsNull() {
		about.User = path.Root("user_email")
	}
	return about
}

// withMembership returns the model with the values of PostHog's membership. Create, read, import and list use it. The email keeps its
// spelling.
func (m roleMembershipModel) withMembership(roleName string, membership posthog.Membership) roleMembershipModel {
	m.ID = types.StringValue(membership.ID)
	m.RoleName = writtenRoleName(m.RoleName, roleName)
	if !strings.EqualFold(m.UserEmail.ValueString(), membership.User.Email) {
		m.UserEmail = types.StringValue(membership.User.Email)
	}
	switch {
	case membership.OrganizationMember != nil:
		m.OrganizationMemberID = types.StringValue(membership.OrganizationMember.ID)
	case m.OrganizationMemberID.IsUnknown():
		m.OrganizationMemberID = types.StringNull() // Older servers do not return it.
	}
	m.JoinedAt = timetypes.NewRFC3339ValueMust(membership.JoinedAt) // Package posthog has checked it.
	m.UpdatedAt = timetypes.NewRFC3339ValueMust(membership.UpdatedAt)
	return m
}

// withPlannedValues returns the model with the known values of a plan, because Terraform rejects other values after an apply. The next
// refresh updates them.
func (m roleMembershipModel) withPlannedValues(plan roleMembershipModel) roleMembershipModel {
	keepPlanned(&m.ID, plan.ID)
	keepPlanned(&m.UserUUID, plan.UserUUID)
	keepPlanned(&m.UserEmail, plan.UserEmail)
	keepPlanned(&m.RoleName, plan.RoleName)
	keepPlanned(&m.OrganizationMemberID, plan.OrganizationMemberID)
	keepPlanned(&m.JoinedAt, plan.JoinedAt)
	keepPlanned(&m.UpdatedAt, plan.UpdatedAt)
	return m
}

// withComputedValuesOf returns the model with the values of another one that no configuration sets.
func (m roleMembershipModel) withComputedValuesOf(other roleMembershipModel) roleMembershipModel {
	m.ID, m.RoleName, m.OrganizationMemberID = other.ID, other.RoleName, other.OrganizationMemberID
	m.JoinedAt, m.UpdatedAt = other.JoinedAt, other.UpdatedAt
	return m
}

// withUnknownValues returns the model with all values unknown that no configuration sets. config is the configuration.
func (m roleMembershipModel) withUnknownValues(config roleMembershipModel) roleMembershipModel {
	m.ID, m.OrganizationMemberID = types.StringUnknown(), types.StringUnknown()
	m.JoinedAt, m.UpdatedAt = timetypes.NewRFC3339Unknown(), timetypes.NewRFC3339Unknown()
	if config.RoleName.IsNull() {
		m.RoleName = types.StringUnknown()
	}
	if config.UserUUID.IsNull() {
		m.UserUUID = types.StringUnknown()
	}
	if config.UserEmail.IsNull() {
		m.UserEmail = types.StringUnknown()
	}
	return m
}

// roleMembershipModelOf returns the model of a membership that is imported or listed.
func roleMembershipModelOf(organizationID types.String, roleName string, membership posthog.Membership) roleMembershipModel {
	return roleMembershipModel{
		OrganizationID: organizationID,
		RoleID:         types.StringValue(membership.RoleID),
		UserUUID:       types.StringValue(membership.User.UUID),
	}.withMembership(roleName, membership)
}
