package roster

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// Operations bound what belongs together in time. A *posthog.Client has them.
type Operations interface {
	WithRetryTimeout(ctx context.Context) (context.Context, context.CancelFunc)
	Backoff(ctx context.Context, failures int, last error) error
	ContextError(ctx context.Context, last error) error
	WaitForRateLimit(ctx context.Context) error
}

// Writer is what rosters change PostHog with. A *posthog.Client is one.
type Writer interface {
	Operations
	CreateRoleMembership(ctx context.Context, role posthog.RoleRef, userUUID string) (posthog.Membership, error)
	DeleteRoleMembership(ctx context.Context, role posthog.RoleRef, id string) error
}

// reads are what rosters read PostHog with. They are the methods of a *posthog.Client that have these names.
type reads struct {
	role          func(ctx context.Context, role posthog.RoleRef) (posthog.Role, error)
	roles         func(ctx context.Context, organizationID string) ([]posthog.Role, error)
	organization  func(ctx context.Context, id string) (posthog.Organization, error)
	organizations func(ctx context.Context) ([]posthog.Organization, error)
	members       func(ctx context.Context, organizationID string) ([]posthog.Member, error)
	window        func(ctx context.Context, role posthog.RoleRef, limit, offset int) ([]posthog.Membership, int, error)
}

// Rosters are the roles of one provider configuration. Two configurations never share one, as another key may see other
// members. Every posthog.RoleRef that it is given has the organization's UUID. It is safe for concurrent use. Create it
// with New.
type Rosters struct {
	api           Writer
	roles         *shared[posthog.RoleRef, *Roster]
	lists         *shared[string, []posthog.Role]           // by organization
	people        *shared[string, *OrganizationMembers]     // by organization
	organizations *shared[string, posthog.Organization]     // by “@current”
	directory     *shared[struct{}, []posthog.Organization] // those of the key's owner
	window        func(ctx context.Context, role posthog.RoleRef, limit, offset int) ([]posthog.Membership, int, error)
	claims        *ownership.Claims
	plan          *ownership.Plan
	tidings       func() (clock <-chan time.Time, stop func()) // when a Reconcile is to tell of its progress

	mu        sync.Mutex
	refusals  map[string]error // by organization: the first refusal of a write that all others would get too
	currentID string           // what “@current” means here; "" until somebody asks
	byCurrent map[string]bool  // organizations whose creates must go by the name “@current”
}

// New returns the rosters that a client can see and change. It sends nothing. plan says which memberships the resources of this
// process declare: a removal leaves what another resource declares.
func New(client *posthog.Client, plan *ownership.Plan) *Rosters {
	return newRosters(client, plan, reads{client.Role, client.Roles, client.Organization, client.Organizations, client.Members, client.RoleMemberships})
}

func newRosters(api Writer, plan *ownership.Plan, reads reads) *Rosters {
	const always = math.MaxInt64
	return &Rosters{
		api:           api,
		roles:         newShared(api, keep, rosterReader(reads.role)),
		lists:         newShared(api, keep, reads.roles),
		people:        newShared(api, always, peopleReader(reads.members)),
		organizations: newShared(api, always, reads.organization),
		directory: newShared(api, always, func(ctx context.Context, _ struct{}) ([]posthog.Organization, error) {
			return reads.organizations(ctx)
		}),
		window:    reads.window,
		claims:    &ownership.Claims{},
		plan:      plan,
		tidings:   everyMinute,
		refusals:  map[string]error{},
		byCurrent: map[string]bool{},
	}
}
