package provider

import (
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

// roleMembersModel is a whole role in configuration, plan and state.
type roleMembersModel struct {
	ID             types.String `tfsdk:"id"`
	OrganizationID types.String `tfsdk:"organization_id"`
	RoleID         types.String `tfsdk:"role_id"`
	RoleName       types.String `tfsdk:"role_name"`
	Users          types.List   `tfsdk:"users"`
	IgnoredUsers   types.List   `tfsdk:"ignored_users"`
	MaxRemovals    types.Number `tfsdk:"max_removals"`
	Members        types.Map    `tfsdk:"members"`
}

// roleMembersIdentity is what a whole role is known by for good.
type roleMembersIdentity struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	RoleID         types.String `tfsdk:"role_id"`
}

// ref returns the role's address in an organization.
func (m roleMembersModel) ref(organizationID string) posthog.RoleRef {
	return posthog.RoleRef{OrganizationID: organizationID, ID: m.RoleID.ValueString()}
}

// identity returns what the role is known by, in an organization whose UUID that is.
func (m roleMembersModel) identity(organizationID string) roleMembersIdentity {
	return roleMembersIdentity{types.StringValue(organizationID), m.RoleID}
}

// subject is what messages about the role are about.
func (m roleMembersModel) subject(organizationID string) subject {
	about := theRoleOf(m.ref(organizationID))
	about.name = titled(m.RoleName.ValueString(), m.RoleID.ValueString()) + " of organization " + organizationID
	about.user = path.Root("users")
	return about
}

// normalized returns the model of a state with its UUIDs as PostHog writes them.
func (m roleMembersModel) normalized() roleMembersModel {
	for _, id := range []*types.String{&m.ID, &m.OrganizationID, &m.RoleID} {
		if lower, ok := validators.NormalizeUUID(id.ValueString()); ok {
			*id = types.StringValue(lower)
		}
	}
	return m
}

// read returns the model with the members of a role, except those that are ignored. users stays as it is written. Read, import, list
// and failed updates use it.
func (m roleMembersModel) read(role *roster.Roster, own record) roleMembersModel {
	ignored := m.ignoredIn(role, own)
	members := make(map[string]string, len(role.Members))
	for _, member := range role.Members {
		if !ignored[member.User.UUID] {
			members[member.User.UUID] = member.User.Email
		}
	}
	m.ID, m.RoleName, m.Members = m.RoleID, types.StringValue(role.Name), textMap(members)
	return m
}

// wholeRole returns the model of an imported role, whose organization is written like that.
func wholeRole(organization types.String, role *roster.Roster) roleMembersModel {
	users := make([]attr.Value, 0, len(role.Members))
	for _, member := range byEmail(role.Members) {
		users = append(users, types.StringValue(briefly(role, member)))
	}
	return roleMembersModel{
		OrganizationID: organization,
		RoleID:         types.StringValue(role.ID),
		Users:          types.ListValueMust(types.StringType, users),
		IgnoredUsers:   types.ListNull(types.StringType),
	}.read(role, record{})
}

// denoted returns the UUIDs of those in a role whom an entry means: one, or all who share an email, or who had it formerly.
func denoted(read *roster.Roster, entry string, former map[string]string) []string {
	if !isEmail(entry) {
		return []string{entry}
	}
	var uuids []string
	for _, member := range read.ByEmail(entry) {
		uuids = append(uuids, member.User.UUID)
	}
	if uuid, known := former[strings.ToLower(entry)]; known {
		uuids = append(uuids, uuid)
	}
	return uuids
}

// briefly names a member by email, or by UUID when somebody else in the role has the same email.
func briefly(read *roster.Roster, member posthog.Membership) string {
	if len(read.ByEmail(member.User.Email)) > 1 {
		return member.User.UUID
	}
	return member.User.Email
}

// former returns by email, in lower case, who had another one before: as known so far, and as a new reading tells.
func (m roleMembersModel) former(read *roster.Roster, known map[string]string) map[string]string {
	all := maps.Clone(known)
	for uuid, email := range textsOf(m.Members) {
		if member, in := read.Find("", uuid); in && !strings.EqualFold(member.User.Email, email) {
			if all == nil {
				all = map[string]string{}
			}
			all[strings.ToLower(email)] = uuid
		}
	}
	return all
}

// ignoredIn returns the UUIDs of those in a role who are ignored.
func (m roleMembersModel) ignoredIn(read *roster.Roster, own record) map[string]bool {
	ignored := map[string]bool{}
	for _, entry := range entriesOf(m.IgnoredUsers) {
		for _, uuid := range denoted(read, entry.ValueString(), own.Ignored) {
			ignored[uuid] = true
		}
	}
	return ignored
}

// remember notes in a record, with a new reading, whose emails have changed, and whom the ignored ones mean.
func (m roleMembersModel) remember(read *roster.Roster, own *record) {
	own.Former = m.former(read, own.Former)
	ignored := map[string]string{}
	for _, entry := range entriesOf(m.IgnoredUsers) {
		email := strings.ToLower(entry.ValueString())
		if _, still := read.Find("", own.Ignored[email]); still {
			ignored[email] = own.Ignored[email]
		} else if found := read.ByEmail(email); len(found) == 1 {
			ignored[email] = found[0].User.UUID
		}
	}
	own.Ignored = ignored
}

// textsOf returns the elements of a map of texts; "" for one that is not known.
func textsOf(value types.Map) map[string]string {
	elements := value.Elements()
	texts := make(map[string]string, len(elements))
	for key, element := range elements {
		texts[key] = element.(types.String).ValueString() //nolint:forcetypeassert // The schema says so.
	}
	return texts
}

// isEmail tells an email from a UUID.
func isEmail(entry string) bool { return strings.Contains(entry, "@") }

// entriesOf returns the elements of a list of texts.
func entriesOf(list types.List) []types.String {
	elements := list.Elements()
	entries := make([]types.String, len(elements))
	for i, element := range elements {
		entries[i] = element.(types.String) //nolint:forcetypeassert // The schema says so.
	}
	return entries
}

// textMap makes a value of a map.
func textMap(texts map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(texts))
	for key, text := range texts {
		elements[key] = types.StringValue(text)
	}
	return types.MapValueMust(types.StringType, elements)
}
