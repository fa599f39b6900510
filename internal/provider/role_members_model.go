package provider

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// roleMembersModel is all members of a role in configuration, plan and state.
type roleMembersModel struct {
	ID             types.String `tfsdk:"id"`
	OrganizationID types.String `tfsdk:"organization_id"`
	RoleID         types.String `tfsdk:"role_id"`
	RoleName       types.String `tfsdk:"role_name"`
	Users          types.List   `tfsdk:"users"`
	IgnoredUsers   types.List   `tfsdk:"ignored_users"`
	MaxRemovals    types.Number `tfsdk:"max_removals"`
	SkipUnknown    types.Bool   `tfsdk:"skip_unknown_users"`
	Members        types.Map    `tfsdk:"members"`
}

// roleMembersIdentity identifies the members of a role.
type roleMembersIdentity struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	RoleID         types.String `tfsdk:"role_id"`
}

func (m roleMembersModel) organizationID() types.String { return m.OrganizationID }

func (m roleMembersModel) withOrganizationID(written types.String) roleMembersModel {
	m.OrganizationID = written
	return m
}

func (m roleMembersModel) normalized() roleMembersModel {
	normalizeUUIDs(&m.ID, &m.OrganizationID, &m.RoleID)
	return m
}

// roleRef returns the role in an organization.
func (m roleMembersModel) roleRef(organizationID string) posthog.RoleRef {
	return posthog.RoleRef{OrganizationID: organizationID, ID: m.RoleID.ValueString()}
}

// identity returns the identity in an organization.
func (m roleMembersModel) identity(organizationID string) roleMembersIdentity {
	return roleMembersIdentity{OrganizationID: types.StringValue(organizationID), RoleID: m.RoleID}
}

// roleReference returns how the configuration names the role.
func (m roleMembersModel) roleReference() roleReference {
	return roleReference{id: m.RoleID, name: m.RoleName}
}

// subject returns the subject of messages about the role. Errors about the role are attached to the attribute that the configuration has.
func (m roleMembersModel) subject(organizationID string, config roleMembersModel) diagnostics.Subject {
	about := diagnostics.RoleSubject(m.RoleName.ValueString(), m.roleRef(organizationID))
	about.Role = config.roleReference().path()
	about.User = path.Root("users")
	return about
}

// withRole returns the model with the members of a role, except the ignored ones. users stays as it is written. Read, import, list and
// failed updates use it.
func (m roleMembersModel) withRole(role *roster.Roster, private roleMembersPrivateState) roleMembersModel {
	ignored := m.ignoredUUIDs(role, private)
	members := make(map[string]string, len(role.Members))
	for _, member := range role.Members {
		if !ignored[member.User.UUID] {
			members[member.User.UUID] = member.User.Email
		}
	}
	m.ID, m.RoleName, m.Members = m.RoleID, writtenRoleName(m.RoleName, role.Name), mapValue(members)
	return m
}

// withOutcome returns the model after an apply that added and removed all users. Planned emails stay, because Terraform rejects other
// values after an apply.
func (m roleMembersModel) withOutcome(diff memberDiff, outcome roster.Outcome) roleMembersModel {
	emails := make(map[string]string, len(diff.wanted))
	for uuid, wanted := range diff.wanted {
		emails[uuid] = wanted.email
		if member, found := diff.role.ByUUID(uuid); found {
			emails[uuid] = member.User.Email
		}
	}
	for _, member := range slices.Concat(outcome.Added, outcome.Existing) {
		emails[member.User.UUID] = member.User.Email
	}
	for uuid, email := range mapTexts(m.Members) {
		if email != "" {
			emails[uuid] = email
		}
	}
	m.Members = mapValue(emails)
	m.ID = m.RoleID
	if m.RoleName.IsUnknown() {
		m.RoleName = types.StringValue(diff.role.Name)
	}
	return m
}

// roleMembersModelOf returns the model of a role that is imported or listed.
func roleMembersModelOf(organizationID types.String, role *roster.Roster) roleMembersModel {
	users := make([]attr.Value, 0, len(role.Members))
	for _, member := range roster.SortedByEmail(role.Members) {
		users = append(users, types.StringValue(entryFor(role, member)))
	}
	return roleMembersModel{
		OrganizationID: organizationID,
		RoleID:         types.StringValue(role.ID),
		Users:          types.ListValueMust(types.StringType, users),
		IgnoredUsers:   types.ListNull(types.StringType),
	}.withRole(role, roleMembersPrivateState{})
}

// entryFor returns the entry of users for a member: the email, or the UUID if another member has the same email.
func entryFor(role *roster.Roster, member posthog.Membership) string {
	if len(role.ByEmail(member.User.Email)) > 1 {
		return member.User.UUID
	}
	return member.User.Email
}

// matchingUUIDs returns the UUIDs that an entry of users matches: the UUID itself, or all members with the email. emails maps other emails
// in lower case to UUIDs.
func matchingUUIDs(role *roster.Roster, entry string, emails map[string]string) []string {
	if !isEmail(entry) {
		return []string{entry}
	}
	var uuids []string
	for _, member := range role.ByEmail(entry) {
		uuids = append(uuids, member.User.UUID)
	}
	if uuid, found := emails[strings.ToLower(entry)]; found {
		uuids = append(uuids, uuid)
	}
	return uuids
}

// ignoredUUIDs returns the UUIDs that ignored_users matches.
func (m roleMembersModel) ignoredUUIDs(role *roster.Roster, private roleMembersPrivateState) map[string]bool {
	ignored := map[string]bool{}
	for _, entry := range listEntries(m.IgnoredUsers) {
		for _, uuid := range matchingUUIDs(role, entry.ValueString(), private.Ignored) {
			ignored[uuid] = true
		}
	}
	return ignored
}

// recordEmails records in private state which members have changed their email, and which users the ignored emails match.
func (m roleMembersModel) recordEmails(role *roster.Roster, private *roleMembersPrivateState) {
	former := maps.Clone(private.FormerEmails)
	for uuid, email := range mapTexts(m.Members) {
		if member, found := role.ByUUID(uuid); found && !strings.EqualFold(member.User.Email, email) {
			if former == nil {
				former = map[string]string{}
			}
			former[strings.ToLower(email)] = uuid
		}
	}
	private.FormerEmails = former
	ignored := map[string]string{}
	for _, entry := range listEntries(m.IgnoredUsers) {
		email := strings.ToLower(entry.ValueString())
		if _, found := role.ByUUID(private.Ignored[email]); found {
			ignored[email] = private.Ignored[email]
		} else if matches := role.ByEmail(email); len(matches) == 1 {
			ignored[email] = matches[0].User.UUID
		}
	}
	private.Ignored = ignored
}

// plannedMembers returns the value of members for users. The email of a user that PostHog does not list is unknown until apply.
func plannedMembers(users map[string]user) types.Map {
	emails := make(map[string]attr.Value, len(users))
	for uuid, user := range users {
		emails[uuid] = types.StringValue(user.email)
		if user.email == "" {
			emails[uuid] = types.StringUnknown()
		}
	}
	return types.MapValueMust(types.StringType, emails)
}
