// Package roster reads and changes the members of roles. It decides what PostHog's responses mean for a membership, and does not
// depend on Terraform.
//
// Reads are cached and shared by all callers. Writes are verified, so that they end in the wanted state even if responses are lost.
package roster

import (
	"context"
	"sync"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Client sends requests to PostHog. *posthog.Client implements it; tests replace it.
type Client interface {
	Operations
	Role(ctx context.Context, role posthog.RoleRef) (posthog.Role, error)
	Roles(ctx context.Context, organizationID string) ([]posthog.Role, error)
	Organization(ctx context.Context, id string) (posthog.Organization, error)
	Organizations(ctx context.Context) ([]posthog.Organization, error)
	Members(ctx context.Context, organizationID string) ([]posthog.Member, error)
	RoleMemberships(ctx context.Context, role posthog.RoleRef, limit, offset int) (page []posthog.Membership, total int, err error)
	CreateRoleMembership(ctx context.Context, role posthog.RoleRef, userUUID string) (posthog.Membership, error)
	DeleteRoleMembership(ctx context.Context, role posthog.RoleRef, id string) error
	RolesNamed(ctx context.Context, organizationID, name string) ([]posthog.Role, error)
	CreateRole(ctx context.Context, organizationID, name string) (posthog.Role, error)
	UpdateRole(ctx context.Context, role posthog.RoleRef, name string) (posthog.Role, error)
	DeleteRole(ctx context.Context, role posthog.RoleRef) error
}

// Operations are the timeouts and waits of one operation, which may send several requests. *posthog.Client implements it.
type Operations interface {
	WithRetryTimeout(ctx context.Context) (context.Context, context.CancelFunc)
	Backoff(ctx context.Context, failures int, last error) error
	ContextError(ctx context.Context, last error) error
	WaitForRateLimit(ctx context.Context) error
}

// Rosters reads and changes the roles that one API key can see. Each provider configuration has its own, because another key may see
// other members. The organization of every posthog.RoleRef argument is a UUID. Rosters is safe for concurrent use. Create it with New.
type Rosters struct {
	client Client
	claims ownership.Claims
	plan   *ownership.Plan
	// roleClaims has the roles that resources of this process have created or adopted.
	roleClaims roleClaims

	roles               *readCache[posthog.RoleRef, *Roster]
	rolesByOrganization *readCache[string, []posthog.Role]
	organizationMembers *readCache[string, *OrganizationMembers]     // by organization; read once
	currentOrganization *readCache[string, posthog.Organization]     // its only key is “@current”
	ownOrganizations    *readCache[struct{}, []posthog.Organization] // those of the key's owner; read once

	mu              sync.Mutex
	currentID       string           // the organization that “@current” meant at first; "" if it was not read yet
	refusals        map[string]error // by organization: an error that every other write would get too
	createAsCurrent map[string]bool  // the organizations that creates must call “@current”; see create
}

// New returns the rosters of a client. It sends no request. plan has the memberships that the resources of this process declare: a
// removal keeps those of other resources.
func New(client Client, plan *ownership.Plan) *Rosters {
	r := &Rosters{client: client, plan: plan, refusals: map[string]error{}, createAsCurrent: map[string]bool{}}
	r.roles = newReadCache(client, r.readRole)
	r.rolesByOrganization = newReadCache(client, client.Roles)
	r.organizationMembers = newReadCache(client, r.readMembers)
	r.currentOrganization = newReadCache(client, client.Organization)
	r.ownOrganizations = newReadCache(client, func(ctx context.Context, _ struct{}) ([]posthog.Organization, error) {
		return client.Organizations(ctx)
	})
	return r
}
