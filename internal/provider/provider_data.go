package provider

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// providerData is one configuration of the provider. All resources, data sources and list resources share it.
type providerData struct {
	rosters       *roster.Rosters // nil while attributes of the provider are unknown
	unknown       []string        // the names of these attributes
	organization  types.String    // the default, as it is written; null without one
	adoptExisting bool

	plans     ownership.Plan
	rolePlans ownership.RolePlan
	messages  diagnostics.Messages
	// missingAtRefresh holds roles (posthog.RoleRef and missingRole) and members (missingMember) that Read did not find. The plan only
	// warns about them, so that terraform destroy still works.
	missingAtRefresh sync.Map
	suggestions      atomic.Int32 // the number of unknown emails for which similar ones were searched
}

// missingRole is the name of a role that Read did not find.
type missingRole struct {
	organizationID string
	name           string // in lower case
}

// missingMember is a member that Read did not find in a role.
type missingMember struct {
	role  posthog.RoleRef
	email string // in lower case
}

// providerDataFrom returns the provider data that Configure of the provider made. It is nil while a configuration is validated.
func providerDataFrom(data any, diags *diag.Diagnostics) *providerData {
	if data == nil {
		return nil
	}
	made, ok := data.(*providerData)
	if !ok {
		diags.Append(diagnostics.UnexpectedProviderData(data))
	}
	return made
}

// isReady reports whether requests can be sent.
func (p *providerData) isReady() bool { return p != nil && p.rosters != nil }

// requireReady reports whether requests can be sent. If not, diags get the error.
func (p *providerData) requireReady(diags *diag.Diagnostics) bool {
	if p != nil && !p.isReady() {
		diags.Append(diagnostics.ProviderUnknown(p.unknown...))
	}
	return p.isReady()
}

// recordMissing records what a refresh did not find: members of a role or, if the role does not exist, the role. roleName is its name in state.
func (p *providerData) recordMissing(role *roster.Roster, ref posthog.RoleRef, roleName types.String, emails ...string) {
	if !role.Exists {
		p.missingAtRefresh.Store(ref, true)
		p.missingAtRefresh.Store(missingRole{ref.OrganizationID, strings.ToLower(roleName.ValueString())}, true)
	}
	for _, email := range emails {
		p.missingAtRefresh.Store(missingMember{ref, strings.ToLower(email)}, true)
	}
}

// wasMissing reports whether a refresh of this process did not find a posthog.RoleRef, a missingRole or a missingMember.
func (p *providerData) wasMissing(what any) bool {
	_, missing := p.missingAtRefresh.Load(what)
	return missing
}

// maxSuggestions limits the unknown emails for which similar ones are searched, because each is compared with every user.
const maxSuggestions = 20

// similarEmails returns emails of an organization that are similar to an unknown one. It returns none if the key cannot list them, and
// after maxSuggestions calls.
func (p *providerData) similarEmails(ctx context.Context, organizationID, email string) []string {
	if p.suggestions.Add(1) > maxSuggestions {
		return nil
	}
	members, err := p.rosters.OrganizationMembers(ctx, organizationID)
	if err != nil {
		return nil
	}
	emails := make([]string, 0, len(members.Members))
	for _, member := range members.Members {
		emails = append(emails, member.User.Email)
	}
	return similarTo(email, emails)
}

// removeBegun removes the memberships that unfinished moves have added, except those that another resource holds or declares. It reports
// whether all are removed. The others stay in the private state, and diags get the errors.
func removeBegun(ctx context.Context, p *providerData, private *privateState, diags *diag.Diagnostics) bool {
	done := true
	for _, member := range private.begun() {
		membership, found, err := p.rosters.CachedMembership(ctx, member.Role, member.UserUUID)
		if found {
			_, err = p.rosters.Remove(ctx, member.Role, membership.ID, member.UserUUID, private.Holder)
		}
		if err == nil {
			private.endMember(member)
			continue
		}
		done = false
		diags.Append(p.messages.UnableToUndoMove(member.UserUUID, diagnostics.RoleSubject("", member.Role), err))
	}
	return done
}

// unknownAttributes returns the names of the values that are unknown, in order.
func unknownAttributes(values map[string]interface{ IsUnknown() bool }) []string {
	var names []string
	for name, value := range values {
		if value.IsUnknown() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
