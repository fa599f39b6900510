// Package roster reads and changes the members of roles. It decides what PostHog's responses mean for a membership, and does not
// depend on Terraform.
//
// Reads are cached and shared by all callers. Writes are verified, so that they end in the wanted state even if responses are lost.
package roster

import (
	"context"
	"math"
	"sync"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Operations are the timeouts and waits of one operation, which may send several requests. *posthog.Client implements it.
type Operations interface {
	WithRetryTimeout(ctx context.Context) (context.Context, context.CancelFunc)
	Backoff(ctx context.Context, failures int, last error) error
	ContextError(ctx context.Context, last error) error
	WaitForRateLimit(ctx context.Context) error
}

// Writer sends the writes. *posthog.Client implements it.
type Writer interface {
	Operations
	CreateRoleMembership(ctx context.Context, role posthog.RoleRef, userUUID string) (posthog.Membership, error)
	DeleteRoleMembership(ctx context.Context, role posthog.RoleRef, id string) error
}

// reads are the methods of *posthog.Client that read. Tests replace them.
type reads struct {
	role           func(ctx context.Context, role posthog.RoleRef) (posthog.Role, error)
	roles          func(ctx context.Context, organizationID string) ([]posthog.Role, error)
	organization   func(ctx context.Context, id string) (posthog.Organization, error)
	organizations  func(ctx context.Context) ([]posthog.Organization, error)
	members        func(ctx context.Context, organizationID string) ([]posthog.Member, error)
	membershipPage func(ctx context.Context, role posthog.RoleRef, limit, offset int) ([]posthog.Membership, int, error)
}

// Rosters reads and changes the roles that one API key can see. Each provider configuration has its own, because another key may see
// other members. The organization of every posthog.RoleRef argument is a UUID. Rosters is safe for concurrent use. Create it with New.
type Rosters struct {
	api    Writer
	claims ownership.Claims
	plan   *ownership.Plan

	roles               *readCache[posthog.RoleRef, *Roster]
	rolesByOrganization *readCache[string, []posthog.Role]
	organizationMembers *readCache[string, *OrganizationMembers]     // by organization
	currentOrganization *readCache[string, posthog.Organization]     // its only key is “@current”
	ownOrganizations    *readCache[struct{}, []posthog.Organization] // those of the key's owner
	membershipPage      func(ctx context.Context, role posthog.RoleRef, limit, offset int) ([]posthog.Membership, int, error)

	mu              sync.Mutex
	currentID       string           // the organization that “@current” meant at first; "" if it was not read yet
	refusals        map[string]error // by organization: the first error that every other write would get too
	createAsCurrent map[string]bool  // the organizations that creates must call “@current”; see create
}

// New returns the rosters of a client. It sends no request. plan has the memberships that the resources of this process declare: a
// removal keeps those of other resources.
func New(client *posthog.Client, plan *ownership.Plan) *Rosters {
	return newRosters(client, plan, reads{
		role:           client.Role,
		roles:          client.Roles,
		organization:   client.Organization,
		organizations:  client.Organizations,
		members:        client.Members,
		membershipPage: client.RoleMemberships,
	})
}

func newRosters(api Writer, plan *ownership.Plan, reads reads) *Rosters {
	const forever = math.MaxInt64
	return &Rosters{
		api:                 api,
		plan:                plan,
		roles:               newReadCache(api, cacheTTL, roleReader(reads.role)),
		rolesByOrganization: newReadCache(api, cacheTTL, reads.roles),
		organizationMembers: newReadCache(api, forever, membersReader(reads.members)),
		currentOrganization: newReadCache(api, forever, reads.organization),
		ownOrganizations: newReadCache(api, forever, func(ctx context.Context, _ struct{}) ([]posthog.Organization, error) {
			return reads.organizations(ctx)
		}),
		membershipPage:  reads.membershipPage,
		refusals:        map[string]error{},
		createAsCurrent: map[string]bool{},
	}
}
