package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// roleResourceModel is a role in configuration, plan and state.
type roleResourceModel struct {
	ID             types.String      `tfsdk:"id"`
	OrganizationID types.String      `tfsdk:"organization_id"`
	Name           types.String      `tfsdk:"name"`
	ForceDestroy   types.Bool        `tfsdk:"force_destroy"`
	CreatedAt      timetypes.RFC3339 `tfsdk:"created_at"`
	CreatedBy      types.String      `tfsdk:"created_by"`
	IsDefault      types.Bool        `tfsdk:"is_default"`
}

// roleResourceIdentity identifies a role.
type roleResourceIdentity struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	ID             types.String `tfsdk:"id"`
}

// rolePrivateState is the private state of posthog_role.
type rolePrivateState struct{ privateState }

func (m roleResourceModel) organizationID() types.String { return m.OrganizationID }

func (m roleResourceModel) withOrganizationID(written types.String) roleResourceModel {
	m.OrganizationID = written
	return m
}

func (m roleResourceModel) normalized() roleResourceModel {
	normalizeUUIDs(&m.ID, &m.OrganizationID, &m.CreatedBy)
	return m
}

// ref returns the role in an organization.
func (m roleResourceModel) ref(organizationID string) posthog.RoleRef {
	return posthog.RoleRef{OrganizationID: organizationID, ID: m.ID.ValueString()}
}

// identity returns the identity in an organization.
func (m roleResourceModel) identity(organizationID string) roleResourceIdentity {
	return roleResourceIdentity{OrganizationID: types.StringValue(organizationID), ID: m.ID}
}

// subject returns the subject of messages about the role.
func (m roleResourceModel) subject(organizationID string) diagnostics.Subject {
	return diagnostics.NewRoleSubject(m.Name.ValueString(), organizationID, m.ID.ValueString())
}

// withRole returns the model with the values of a role. Another time with the same meaning changes nothing.
func (m roleResourceModel) withRole(role posthog.Role) roleResourceModel {
	m.ID, m.Name = types.StringValue(role.ID), types.StringValue(role.Name)
	m.CreatedAt, m.IsDefault = timeValue(&role.CreatedAt), types.BoolValue(role.IsDefault)
	m.CreatedBy = types.StringNull()
	if role.CreatedBy != nil {
		m.CreatedBy = types.StringValue(role.CreatedBy.UUID)
	}
	return m
}

// withComputedValuesOf returns the model with the computed values of another one.
func (m roleResourceModel) withComputedValuesOf(other roleResourceModel) roleResourceModel {
	m.ID, m.CreatedAt, m.CreatedBy, m.IsDefault = other.ID, other.CreatedAt, other.CreatedBy, other.IsDefault
	return m
}

// withPlannedValues returns the model with all values that the plan has, because Terraform rejects other values after an apply.
func (m roleResourceModel) withPlannedValues(plan roleResourceModel) roleResourceModel {
	keepPlanned(&m.OrganizationID, plan.OrganizationID)
	keepPlanned(&m.CreatedAt, plan.CreatedAt)
	keepPlanned(&m.CreatedBy, plan.CreatedBy)
	keepPlanned(&m.IsDefault, plan.IsDefault)
	return m
}

// roleResourceModelOf returns the model of a role that is imported or listed.
func roleResourceModelOf(organizationID types.String, role posthog.Role) roleResourceModel {
	return roleResourceModel{OrganizationID: organizationID}.withRole(role)
}

// roleImportID returns the import id of a role: its name if that identifies it, otherwise its UUID. It begins with the organization's UUID
// if the resource has an organization of its own.
func roleImportID(role posthog.Role, organizationID string, hasOwnOrganization, isUnique bool) string {
	id := importID{roleID: role.Name}
	if !isUnique || role.Name == "" || strings.Contains(role.Name, "/") {
		id.roleID = role.ID
	}
	if hasOwnOrganization {
		id.organizationID = organizationID
	}
	return id.String()
}
