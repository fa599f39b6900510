package posthog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

const otherUUID = "018f401e-9a6b-7a00-8b00-00000000aaaa"

// connect returns a client of a server, with quick retries, and the server's first role.
func connect(t *testing.T, hog *fakeposthog.Server, change func(*Config)) (*Client, RoleRef) {
	t.Helper()
	config := Config{Host: hog.URL, APIKey: hog.Key, Backoff: time.Millisecond, RetryTimeout: time.Minute}
	if change != nil {
		change(&config)
	}
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client, RoleRef{hog.OrganizationID, hog.Role(0)}
}

// Each error response of the API has the expected reason.
func TestErrors_refusals(t *testing.T) {
	const adminsOnly = "Your organization access level is insufficient."
	key := func(key fakeposthog.Key) func(*fakeposthog.Server, *Config, *RoleRef) {
		return func(hog *fakeposthog.Server, config *Config, _ *RoleRef) { config.APIKey = hog.AddKey(key) }
	}
	for name, test := range map[string]struct {
		arrange func(hog *fakeposthog.Server, config *Config, role *RoleRef)
		call    string // list, create, or delete
		user    string
		status  int
		code    string
		detail  string
		reason  Reason
	}{
		"key unknown": {
			arrange: func(_ *fakeposthog.Server, config *Config, _ *RoleRef) { config.APIKey = "phx_unknown" },
			status:  401, code: "authentication_failed", detail: "Personal API key found in request Authorization header is invalid.", reason: ReasonUnauthenticated,
		},
		"scope missing": {
			arrange: key(fakeposthog.Key{Scopes: []string{"organization:read"}}), call: "create",
			status: 403, code: "permission_denied", detail: "API key missing required scope 'organization:write'",
			reason: ReasonMissingScope,
		},
		"limited to projects": {
			arrange: key(fakeposthog.Key{ScopedProjects: true}), status: 403, code: "permission_denied",
			detail: "API keys with scoped projects are only supported on project-based endpoints.", reason: ReasonProjectKey,
		},
		"limited to other organizations": {
			arrange: func(hog *fakeposthog.Server, config *Config, _ *RoleRef) {
				config.APIKey = hog.AddKey(fakeposthog.Key{Organizations: []string{hog.AddOrganization("Other")}})
			},
			status: 403, code: "permission_denied", detail: "API key does not have access to the requested organization: ID", reason: ReasonOtherKey,
		},
		"owner not an admin, create": {
			arrange: func(hog *fakeposthog.Server, config *Config, _ *RoleRef) {
				config.APIKey = hog.AddKey(fakeposthog.Key{Owner: hog.User(1).UUID})
			},
			call: "create", status: 403, code: "permission_denied", detail: adminsOnly, reason: ReasonNotAdmin,
		},
		"owner not an admin, delete": {
			arrange: func(hog *fakeposthog.Server, config *Config, _ *RoleRef) {
				config.APIKey = hog.AddKey(fakeposthog.Key{Owner: hog.User(1).UUID})
			},
			call: "delete", status: 403, code: "permission_denied", detail: adminsOnly, reason: ReasonNotAdmin,
		},
		"owner not in the organization": {
			arrange: func(hog *fakeposthog.Server, _ *Config, role *RoleRef) {
				role.OrganizationID = hog.AddOrganization("Other")
			},
			status: 403, code: "permission_denied", detail: "You do not have permission to perform this action.", reason: ReasonNotInside,
		},
		"organization deactivated": {
			arrange: func(hog *fakeposthog.Server, _ *Config, _ *RoleRef) { hog.DeactivateOrganization("") },
			status:  403, code: "organization_deactivated", reason: ReasonDeactivated,
		},
		"organization unknown": {
			arrange: func(_ *fakeposthog.Server, _ *Config, role *RoleRef) { role.OrganizationID = otherUUID },
			status:  404, detail: "Organization not found.", reason: ReasonOrganizationNotFound,
		},
		"user malformed": {call: "create", user: "alice", status: 400, code: "invalid_input", detail: "Must be a valid UUID.", reason: ReasonOther},
		"user unknown":   {call: "create", user: otherUUID, status: 400, code: "invalid_input", detail: "User does not exist.", reason: ReasonUnknownUser},
		"user deactivated": {
			arrange: func(hog *fakeposthog.Server, _ *Config, _ *RoleRef) { hog.DeactivateUser(hog.User(0).UUID) },
			call:    "create", status: 400, code: "invalid_input", detail: "User does not exist.", reason: ReasonUnknownUser,
		},
		"role unknown": {
			arrange: func(_ *fakeposthog.Server, _ *Config, role *RoleRef) { role.ID = otherUUID },
			call:    "create", status: 400, code: "invalid_input", detail: "Role does not exist.", reason: ReasonUnknownRole,
		},
		"already in the role": {
			arrange: func(hog *fakeposthog.Server, _ *Config, role *RoleRef) { hog.Join(role.ID, hog.User(0).UUID) },
			call:    "create", status: 400, code: "invalid_input", detail: "User is already part of the role.", reason: ReasonAlreadyMember,
		},
		"membership missing": {call: "delete", status: 404, detail: "Not found.", reason: ReasonNotFound},
		"role malformed": {
			arrange: func(_ *fakeposthog.Server, _ *Config, role *RoleRef) { role.ID = "engineering" },
			call:    "create", status: 500, code: "error", detail: "A server error occurred.", reason: ReasonServerFailure,
		},
		"throttled": {
			arrange: func(hog *fakeposthog.Server, config *Config, _ *RoleRef) {
				config.RetryTimeout = time.Second
				hog.Inject(fakeposthog.Fault{Do: fakeposthog.Throttle("60")})
			},
			call: "create", status: 429, code: "throttled", reason: ReasonRateLimited,
		},
	} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t)
			config := Config{Host: hog.URL, APIKey: hog.Key, Backoff: time.Millisecond, RetryTimeout: time.Minute}
			role := RoleRef{hog.OrganizationID, hog.Role(0)}
			if test.arrange != nil {
				test.arrange(hog, &config, &role)
			}
			client, err := New(config)
			if err != nil {
				t.Fatal(err)
			}
			user := hog.User(0).UUID
			if test.user != "" {
				user = test.user
			}
			switch test.call {
			case "create":
				_, err = client.CreateRoleMembership(t.Context(), role, user)
			case "delete":
				err = client.DeleteRoleMembership(t.Context(), role, otherUUID)
			default:
				_, err = client.Role(t.Context(), role)
			}
			api := asAPIError(t, err)
			if api.Status != test.status || !strings.HasPrefix(api.Detail, test.detail) || test.code != "" && api.Code != test.code {
				t.Errorf("got %d %q %q, want %d %q %q", api.Status, api.Code, api.Detail, test.status, test.code, test.detail)
			}
			if api.Reason != test.reason || test.status != 429 && ReasonOf(fmt.Errorf("wrapped: %w", err)) != test.reason {
				t.Errorf("%v has reason %d, want %d", err, api.Reason, test.reason)
			}
			if scope := "organization:write"; (test.reason == ReasonMissingScope) != (api.Scope == scope) {
				t.Errorf("%v lacks the scope %q", err, api.Scope)
			}
			if MayHaveHappened(err) != (test.status >= 500) {
				t.Errorf("%v may have happened: %t", err, MayHaveHappened(err))
			}
		})
	}
}

func asAPIError(t *testing.T, err error) *APIError {
	t.Helper()
	api, ok := errors.AsType[*APIError](err)
	if !ok {
		t.Fatalf("the error is %T %v, want PostHog's own", err, err)
	}
	return api
}

func TestErrors_codesOfHTTP(t *testing.T) {
	for status, want := range map[int]struct{ transient, mayHaveHappened bool }{
		http.StatusBadRequest: {}, http.StatusForbidden: {}, http.StatusNotFound: {}, http.StatusMethodNotAllowed: {}, http.StatusConflict: {},
		http.StatusRequestTimeout: {true, true}, http.StatusTooManyRequests: {true, false},
		http.StatusInternalServerError: {true, true}, http.StatusNotImplemented: {false, true}, http.StatusHTTPVersionNotSupported: {false, true}, http.StatusBadGateway: {true, true},
		http.StatusServiceUnavailable: {true, true}, http.StatusGatewayTimeout: {true, true},
	} {
		for _, err := range []error{&APIError{Status: status}, &UnexpectedResponseError{Status: status}} {
			if isTransient(err) != want.transient || MayHaveHappened(err) != want.mayHaveHappened {
				t.Errorf("%d: transient %t, may have happened %t; want %v", status, isTransient(err), MayHaveHappened(err), want)
			}
		}
	}
}

// Errors repeat a server's text without the key and control characters, and shortened.
func TestErrors_quoteNothingDangerous(t *testing.T) {
	const key = "phx_ThatIsTheKey"
	hog := fakeposthog.Start(t)
	for name, action := range map[string]fakeposthog.Action{
		"detail":       fakeposthog.Error(400, "validation_error", "invalid_input", "\x1b[31mphx_That\x00IsTheKey"+strings.Repeat("x", 1<<20), ""),
		"redirect":     fakeposthog.Redirect(307, "https://other.example.com/"+key+"/api/organizations/"+hog.OrganizationID+"/roles/"+hog.Role(0)+"/role_memberships/"),
		"another role": fakeposthog.Answer(200, "application/json", `{"count": 1, "next": null, "results": [{"id": "018f401e-9a6b-7a00-8b00-00000000aaaa", "role_id": "`+key+`"}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			client, role := connect(t, hog, func(config *Config) { config.APIKey = key })
			hog.Inject(fakeposthog.Fault{Do: action})
			_, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
			if err == nil {
				t.Fatal("no error")
			}
			text := fmt.Sprintf("%v %+v", err, err)
			if redirect, ok := errors.AsType[*RedirectError](err); ok {
				text += redirect.SuggestedHost
			}
			if strings.Contains(strings.ToLower(text), strings.ToLower(key)) || strings.Contains(text, "\x1b") || len(text) > 1<<13 {
				t.Errorf("%d bytes: %.300s", len(text), text)
			}
		})
	}
}
