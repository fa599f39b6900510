package provider

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// roleMembershipsModel is the configuration and the state of the data source.
type roleMembershipsModel struct {
	OrganizationID types.String      `tfsdk:"organization_id"`
	RoleID         types.String      `tfsdk:"role_id"`
	Limit          types.Int64       `tfsdk:"limit"`
	Offset         types.Int64       `tfsdk:"offset"`
	TotalCount     types.Int64       `tfsdk:"total_count"`
	Memberships    []membershipModel `tfsdk:"memberships"`
}

type membershipModel struct {
	ID                 types.String             `tfsdk:"id"`
	RoleID             types.String             `tfsdk:"role_id"`
	RoleName           types.String             `tfsdk:"role_name"`
	UserUUID           types.String             `tfsdk:"user_uuid"`
	User               userModel                `tfsdk:"user"`
	OrganizationMember *organizationMemberModel `tfsdk:"organization_member"`
	JoinedAt           timetypes.RFC3339        `tfsdk:"joined_at"`
	UpdatedAt          timetypes.RFC3339        `tfsdk:"updated_at"`
}

type userModel struct {
	ID                 types.Int64          `tfsdk:"id"`
	UUID               types.String         `tfsdk:"uuid"`
	DistinctID         types.String         `tfsdk:"distinct_id"`
	FirstName          types.String         `tfsdk:"first_name"`
	LastName           types.String         `tfsdk:"last_name"`
	Email              types.String         `tfsdk:"email"`
	IsEmailVerified    types.Bool           `tfsdk:"is_email_verified"`
	HedgehogConfig     jsontypes.Normalized `tfsdk:"hedgehog_config"`
	RoleAtOrganization types.String         `tfsdk:"role_at_organization"`
}

type organizationMemberModel struct {
	ID            types.String      `tfsdk:"id"`
	Level         types.Int64       `tfsdk:"level"`
	JoinedAt      timetypes.RFC3339 `tfsdk:"joined_at"`
	UpdatedAt     timetypes.RFC3339 `tfsdk:"updated_at"`
	Is2FAEnabled  types.Bool        `tfsdk:"is_2fa_enabled"`
	HasSocialAuth types.Bool        `tfsdk:"has_social_auth"`
	LastLogin     timetypes.RFC3339 `tfsdk:"last_login"`
}

func membershipModels(roleName string, members []posthog.Membership) []membershipModel {
	models := make([]membershipModel, 0, len(members))
	for _, member := range members {
		models = append(models, membershipModel{
			ID:                 types.StringValue(member.ID),
			RoleID:             types.StringValue(member.RoleID),
			RoleName:           types.StringValue(roleName),
			UserUUID:           types.StringValue(member.User.UUID),
			User:               userModelOf(member.User),
			OrganizationMember: organizationMemberModelOf(member.OrganizationMember),
			JoinedAt:           timetypes.NewRFC3339ValueMust(member.JoinedAt), // Package posthog has checked it.
			UpdatedAt:          timetypes.NewRFC3339ValueMust(member.UpdatedAt),
		})
	}
	return models
}

func userModelOf(user posthog.User) userModel {
	return userModel{
		ID:                 types.Int64Value(user.ID),
		UUID:               types.StringValue(user.UUID),
		DistinctID:         types.StringPointerValue(user.DistinctID),
		FirstName:          types.StringPointerValue(user.FirstName),
		LastName:           types.StringPointerValue(user.LastName),
		Email:              types.StringValue(user.Email),
		IsEmailVerified:    types.BoolPointerValue(user.IsEmailVerified),
		HedgehogConfig:     normalizedJSON(user.HedgehogConfig),
		RoleAtOrganization: types.StringPointerValue(user.RoleAtOrganization),
	}
}

func organizationMemberModelOf(member *posthog.OrganizationMember) *organizationMemberModel {
	if member == nil {
		return nil
	}
	return &organizationMemberModel{
		ID:            types.StringValue(member.ID),
		Level:         types.Int64PointerValue(member.Level),
		JoinedAt:      timeValue(member.JoinedAt),
		UpdatedAt:     timeValue(member.UpdatedAt),
		Is2FAEnabled:  types.BoolPointerValue(member.Is2FAEnabled),
		HasSocialAuth: types.BoolPointerValue(member.HasSocialAuth),
		LastLogin:     timeValue(member.LastLogin),
	}
}

// normalizedJSON returns JSON with ordered keys and no spaces, so that outputs do not change when the server's formatting does.
func normalizedJSON(raw json.RawMessage) jsontypes.Normalized {
	var value any
	if len(raw) == 0 || json.Unmarshal(raw, &value) != nil {
		return jsontypes.NewNormalizedNull()
	}
	text, _ := json.Marshal(value) // Decoded JSON can always be encoded.
	return jsontypes.NewNormalizedValue(string(text))
}
