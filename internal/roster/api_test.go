package roster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var (
	role  = posthog.RoleRef{OrganizationID: "018f401e-9a6b-7a00-8b00-00000000000a", ID: "018f401e-9a6b-7a00-8b00-00000000000b"}
	alice = "018f401e-9a6b-7a00-8b00-0000000a11ce"
	bob   = "018f401e-9a6b-7a00-8b00-000000000b0b"
)

// api is a client of one role in memory. Tests replace single calls to block them or to let them fail.
type api struct {
	mu      sync.Mutex
	members []posthog.Membership
	next    int
	calls   map[string]int

	// whenRead, create and remove replace a call if they are set. n counts the calls.
	whenRead            func(ctx context.Context, n int) (posthog.Role, error)
	create              func(ctx context.Context, n int, userUUID string) (posthog.Membership, error)
	remove              func(ctx context.Context, n int, id string) error
	organizationMembers []posthog.Member
	listErr             error
	// current is the UUID of the organization that “@current” means. organizationErr is the error of reading it.
	current         string
	organizationErr error
	// backoffErr is the error of each Backoff; nil if another attempt may be made.
	backoffErr error
	// needsCurrent makes the server refuse creates that have the organization's UUID in the URL.
	needsCurrent bool
	// missingRole is a role that does not exist.
	missingRole posthog.RoleRef
}

func newAPI() *api { return &api{calls: map[string]int{}, current: role.OrganizationID} }

// count counts a call and returns how many of its kind there were.
func (a *api) count(call string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[call]++
	return a.calls[call]
}

func (a *api) expect(t *testing.T, call string, n int) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.calls[call] != n {
		t.Errorf("%s was called %d times, want %d", call, a.calls[call], n)
	}
}

// addMember adds a user to the role, and returns the membership.
func (a *api) addMember(userUUID string) posthog.Membership {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next++
	membership := posthog.Membership{
		ID: fmt.Sprintf("018f401e-9a6b-7a00-8b00-%012d", a.next), RoleID: role.ID,
		User: posthog.User{UUID: userUUID, Email: userUUID + "@example.com"},
	}
	a.members = append(a.members, membership)
	return membership
}

// removeMember removes a membership, and reports whether it existed.
func (a *api) removeMember(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, member := range a.members {
		if member.ID == id {
			a.members = append(append([]posthog.Membership{}, a.members[:i]...), a.members[i+1:]...)
			return true
		}
	}
	return false
}

func (a *api) isMember(userUUID string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, member := range a.members {
		if member.User.UUID == userUUID {
			return true
		}
	}
	return false
}

// membershipID returns the id of a user's membership, "" if there is none.
func (a *api) membershipID(userUUID string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, member := range a.members {
		if member.User.UUID == userUUID {
			return member.ID
		}
	}
	return ""
}

// snapshot returns the role and its current members.
func (a *api) snapshot() posthog.Role {
	a.mu.Lock()
	defer a.mu.Unlock()
	return posthog.Role{ID: role.ID, Name: "Engineering", Members: append([]posthog.Membership{}, a.members...)}
}

func (a *api) WithRetryTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func (a *api) Backoff(ctx context.Context, _ int, last error) error {
	a.count("backoff")
	if ctx.Err() != nil {
		return &posthog.InterruptedError{Err: last}
	}
	return a.backoffErr
}

func (a *api) WaitForRateLimit(ctx context.Context) error {
	a.count("rate limit")
	return a.ContextError(ctx, nil)
}

func (a *api) ContextError(ctx context.Context, last error) error {
	if ctx.Err() == nil {
		return nil
	}
	return &posthog.InterruptedError{Err: last}
}

// rosters returns the rosters of this client, with an empty plan.
func (a *api) rosters() *Rosters { return New(a, &ownership.Plan{}) }

func (a *api) Role(ctx context.Context, ref posthog.RoleRef) (posthog.Role, error) {
	n := a.count("read")
	if ref.ID == a.missingRole.ID {
		return posthog.Role{}, notFound
	}
	if a.whenRead != nil {
		return a.whenRead(ctx, n)
	}
	return a.snapshot(), nil
}

func (a *api) Roles(context.Context, string) ([]posthog.Role, error) {
	a.count("roles")
	return []posthog.Role{{ID: role.ID}}, nil
}

func (a *api) Organization(context.Context, string) (posthog.Organization, error) {
	a.count("organization")
	return posthog.Organization{ID: a.current}, a.organizationErr
}

func (a *api) Organizations(context.Context) ([]posthog.Organization, error) {
	a.count("organizations")
	return []posthog.Organization{{ID: role.OrganizationID, Slug: "hogflix"}}, nil
}

func (a *api) Members(context.Context, string) ([]posthog.Member, error) {
	a.count("members")
	return a.organizationMembers, a.listErr
}

func (a *api) RoleMemberships(context.Context, posthog.RoleRef, int, int) ([]posthog.Membership, int, error) {
	return nil, 0, errors.New("not used here")
}

func (a *api) CreateRoleMembership(ctx context.Context, ref posthog.RoleRef, userUUID string) (posthog.Membership, error) {
	n := a.count("create")
	if ref.ID == a.missingRole.ID || a.needsCurrent && (ref.OrganizationID != posthog.CurrentOrganization || a.current != role.OrganizationID) {
		return posthog.Membership{}, unknownRole
	}
	if a.create != nil {
		return a.create(ctx, n, userUUID)
	}
	if a.isMember(userUUID) {
		return posthog.Membership{}, duplicate
	}
	return a.addMember(userUUID), nil
}

func (a *api) DeleteRoleMembership(ctx context.Context, _ posthog.RoleRef, id string) error {
	n := a.count("delete")
	if a.remove != nil {
		return a.remove(ctx, n, id)
	}
	if !a.removeMember(id) {
		return notFound
	}
	return nil
}

func (a *api) RolesNamed(context.Context, string, string) ([]posthog.Role, error) {
	return nil, errors.New("not used here")
}

func (a *api) CreateRole(context.Context, string, string) (posthog.Role, error) {
	return posthog.Role{}, errors.New("not used here")
}

func (a *api) UpdateRole(context.Context, posthog.RoleRef, string) (posthog.Role, error) {
	return posthog.Role{}, errors.New("not used here")
}

func (a *api) DeleteRole(context.Context, posthog.RoleRef) error { return errors.New("not used here") }

// Errors of requests.
var (
	duplicate    = refusal(http.StatusBadRequest, posthog.ReasonAlreadyMember)
	unknownRole  = refusal(http.StatusBadRequest, posthog.ReasonUnknownRole)
	unknownUser  = refusal(http.StatusBadRequest, posthog.ReasonUnknownUser)
	notFound     = refusal(http.StatusNotFound, posthog.ReasonNotFound)
	forbidden    = refusal(http.StatusForbidden, posthog.ReasonNotAdmin)
	broken       = refusal(http.StatusInternalServerError, posthog.ReasonServerFailure)
	organization = refusal(http.StatusNotFound, posthog.ReasonOrganizationNotFound)
	lost         = &posthog.TransportError{Sent: true, Err: fmt.Errorf("connection reset")}
	loginPage    = &posthog.UnexpectedResponseError{Status: http.StatusOK, Reason: "the answer is a web page, not JSON"}
)

func refusal(status int, reason posthog.Reason) *posthog.APIError {
	return &posthog.APIError{Status: status, Type: "some_error", Code: "some_code", Detail: "Some detail.", Reason: reason}
}

// is returns a function that checks the reason of an error.
func is(reason posthog.Reason) func(error) bool {
	return func(err error) bool { return posthog.ReasonOf(err) == reason }
}
