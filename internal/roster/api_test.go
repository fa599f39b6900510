package roster

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"sync"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

var (
	role  = posthog.RoleRef{OrganizationID: "018f401e-9a6b-7a00-8b00-00000000000a", ID: "018f401e-9a6b-7a00-8b00-00000000000b"}
	alice = "018f401e-9a6b-7a00-8b00-0000000a11ce"
	bob   = "018f401e-9a6b-7a00-8b00-000000000b0b"
)

// api is PostHog as its client shows it, without a network, so that tests can hold each call where they want it.
type api struct {
	mu      sync.Mutex
	members []posthog.Membership
	next    int
	calls   map[string]int

	// list, create and remove stand in for the call when they are set.
	list   func(ctx context.Context, n int) ([]posthog.Membership, error)
	create func(ctx context.Context, n int, userUUID string) (posthog.Membership, error)
	remove func(ctx context.Context, n int, id string) error
	role   error
}

func newAPI() *api { return &api{calls: map[string]int{}} }

// count notes a call and returns how many of its kind there have been.
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

// join puts a user in the role, and returns the membership.
func (a *api) join(userUUID string) posthog.Membership {
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

// leave takes a membership away, and reports whether it was there.
func (a *api) leave(id string) bool {
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

func (a *api) has(userUUID string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, member := range a.members {
		if member.User.UUID == userUUID {
			return true
		}
	}
	return false
}

func (a *api) snapshot() []posthog.Membership {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]posthog.Membership{}, a.members...)
}

func (a *api) Operation(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func (a *api) Backoff(ctx context.Context, _ int, last error) error {
	if ctx.Err() != nil {
		return &posthog.InterruptedError{Err: last}
	}
	return nil
}

func (a *api) Ended(ctx context.Context, last error) error {
	if ctx.Err() == nil {
		return nil
	}
	return &posthog.InterruptedError{Err: last}
}

func (a *api) RoleMemberships(ctx context.Context, _ posthog.RoleRef) ([]posthog.Membership, error) {
	n := a.count("list")
	if a.list != nil {
		return a.list(ctx, n)
	}
	return a.snapshot(), nil
}

func (a *api) EachRoleMembership(_ context.Context, _ posthog.RoleRef, limit, _ int) iter.Seq2[posthog.Membership, error] {
	a.count("page")
	return func(yield func(posthog.Membership, error) bool) {
		for i, member := range a.snapshot() {
			if i == limit || !yield(member, nil) {
				return
			}
		}
	}
}

func (a *api) Role(context.Context, posthog.RoleRef) (posthog.Role, error) {
	a.count("role")
	return posthog.Role{ID: role.ID}, a.role
}

func (a *api) Roles(context.Context, string) ([]posthog.Role, error) {
	return []posthog.Role{{ID: role.ID}}, nil
}

func (a *api) CreateRoleMembership(ctx context.Context, _ posthog.RoleRef, userUUID string) (posthog.Membership, error) {
	n := a.count("create")
	if a.create != nil {
		return a.create(ctx, n, userUUID)
	}
	if a.has(userUUID) {
		return posthog.Membership{}, duplicate
	}
	return a.join(userUUID), nil
}

func (a *api) DeleteRoleMembership(ctx context.Context, _ posthog.RoleRef, id string) error {
	n := a.count("delete")
	if a.remove != nil {
		return a.remove(ctx, n, id)
	}
	if !a.leave(id) {
		return notFound
	}
	return nil
}

// What PostHog and the network answer.
var (
	duplicate    = refusal(http.StatusBadRequest, "User is already part of the role.")
	unknownRole  = refusal(http.StatusBadRequest, "Role does not exist.")
	unknownUser  = refusal(http.StatusBadRequest, "User does not exist.")
	notFound     = refusal(http.StatusNotFound, "Not found.")
	forbidden    = refusal(http.StatusForbidden, "Your organization access level is insufficient.")
	broken       = refusal(http.StatusInternalServerError, "A server error occurred.")
	lost         = &posthog.TransportError{Sent: true, Err: fmt.Errorf("connection reset")}
	loginPage    = &posthog.AnswerError{Status: http.StatusOK, Reason: "the answer is a web page, not JSON"}
	organization = refusal(http.StatusNotFound, "Organization not found.")
)

func refusal(status int, detail string) *posthog.APIError {
	return &posthog.APIError{Status: status, Type: "validation_error", Code: "invalid_input", Detail: detail}
}
