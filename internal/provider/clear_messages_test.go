package provider

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// The objects and the values that the tests of messages declare.
const (
	roleByName  = "data.posthog_role.x"
	userByEmail = "data.posthog_user.x"
	allRoles    = "data.posthog_roles.x"
	allMembers  = "data.posthog_organization_members.x"
	roleAddress = "posthog_role.x"
	unknownOrg  = "018f401e-9a6b-7a00-8b00-00000000bbbb"
	wrongKey    = "phx_wrongwrongwrongwrongwrongwrongwrongwrong"
)

// expectPlanError fails the test unless the plan of one object has an error with these texts, in this order.
func expectPlanError(t *testing.T, bed *testbed, address string, attributes map[string]any, texts ...string) {
	t.Helper()
	c := newCore(t, bed)
	if attributes == nil {
		attributes = map[string]any{}
	}
	c.Declare(address, attributes)
	if result := c.Plan(); !acctest.Message(texts...).MatchString(result.Errors()) {
		t.Errorf("%s %v: the error has not %q: %s", address, attributes, texts, result)
	}
}

func TestClearMessages_unknownEntriesAreQuoted(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	quoted := []string{`"nobody@example.com"`, `"` + unknownUUID + `"`}
	users := []string{"nobody@example.com", unknownUUID}
	w.declare(users[:1])
	if result := w.Plan(); !acctest.Message("User not found", quoted[0]).MatchString(result.Errors()) {
		t.Errorf("the entry is not quoted: %s", result)
	}
	w.declare(users, "skip_unknown_users", true)
	if result := w.Plan(); !acctest.Message("Unknown users skipped", quoted[0], quoted[1]).MatchString(result.Warnings()) {
		t.Errorf("the entries are not quoted: %s", result)
	}
	w.declare(nil, "ignored_users", users)
	if result := w.Plan(); !acctest.Message("Unknown users in ignored_users", quoted[0], quoted[1]).MatchString(result.Warnings()) {
		t.Errorf("the entries are not quoted: %s", result)
	}
	expectPlanError(t, w.testbed, one, map[string]any{"role_id": w.role, "user_email": users[0]}, "User not found", "has the email "+quoted[0]+".")
	expectPlanError(t, w.testbed, userByEmail, map[string]any{"email": users[0]}, "User not found", "has the email "+quoted[0]+".")
}

func TestClearMessages_sameUserTwice(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	email := bed.email(0)
	for _, users := range [][]string{{email, strings.ToUpper(email)}, {email, bed.user}, {bed.user, email}, {bed.user, strings.ToUpper(email)}} {
		expectPlanError(t, bed, wholeAddress, map[string]any{"role_id": bed.role, "users": users},
			"User listed twice", "users[1] names the same user as users[0]: ", "List each user once")
	}
}

func TestClearMessages_wrongSlug(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	other := bed.asOther()
	bed.hog.SetSlug(other, "other-inc")
	bed.organization = "hogflixx"
	expectPlanError(t, bed, allRoles, nil, "Unable to find organization", `no organization with the slug "hogflixx".`,
		"Organizations of this key:\n\n  "+bed.hog.OrganizationID+"  hogflix (Hogflix)\n  "+other+"  other-inc (Other)\n\n", "Set organization_id to one of them")
}

// One text for every kind of object, and for both answers of PostHog: the organization does not exist, or the key's owner is not in it.
func TestClearMessages_wrongOrganization(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	foreign := bed.hog.AddOrganization("Foreign")
	want := []string{
		"This key does not see the organization. The key's owner is not in it, or it does not exist on this host.",
		"Check organization_id (or POSTHOG_ORGANIZATION_ID). An organization's UUID is in PostHog under Settings, Organization",
	}
	for _, organization := range []string{unknownOrg, foreign} {
		bed.organization = organization
		for address, attributes := range map[string]map[string]any{
			one:          {"role_name": "Role 0", "user_email": bed.email(0)},
			wholeAddress: {"role_id": bed.role, "users": []string{bed.email(0)}},
			roleAddress:  {"name": "New"},
			roleByName:   {"name": "Role 0"},
			userByEmail:  {"email": bed.email(0)},
			allRoles:     nil,
			allMembers:   nil,
			all:          {"role_id": bed.role},
		} {
			expectPlanError(t, bed, address, attributes, append([]string{"Unable to", organization}, want...)...)
		}
		if result := newCore(t, bed).Import(one, "Role 0/"+bed.email(0)); !acctest.Message(want...).MatchString(result.Errors()) {
			t.Errorf("the import has another error: %s", result)
		}
	}
}

func TestClearMessages_wrongScheme(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	plain := bed.host
	bed.host = strings.Replace(plain, "http://", "https://", 1)
	expectPlanError(t, bed, allRoles, nil, "Unable to list roles", bed.host+" answers in plain http.", `write http:// in host (or POSTHOG_HOST): "`+plain+`"`)
	bed.hog.ExpectRequests(t, "", 0)

	secure := fake(t)
	secure.hog = fakeposthog.StartTLS(t, fakeposthog.NewAuthority(t, time.Now().AddDate(1, 0, 0)))
	secure.host = strings.Replace(secure.hog.URL, "https://", "http://", 1)
	expectPlanError(t, secure, allRoles, nil, "Unable to list roles", secure.host+" seems to expect https.", "to an HTTPS server.", `Write https:// in host (or POSTHOG_HOST): "`+secure.hog.URL+`"`)

	// Other servers answer with an alert of TLS.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var connections atomic.Int32
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_, _ = connection.Read(make([]byte, 1<<10))
			_, _ = connection.Write([]byte("\x15\x03\x01\x00\x02\x02\x46"))
			_ = connection.Close()
		}
	}()
	secure.host = "http://" + listener.Addr().String()
	expectPlanError(t, secure, allRoles, nil, "Unable to list roles", secure.host+" seems to expect https.", `Write https:// in host (or POSTHOG_HOST): "https://`)
	if n := connections.Load(); n != 1 {
		t.Errorf("there were %d connections, want 1, because a retry cannot help", n)
	}
}

func TestClearMessages_keyNotAccepted(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.key = wrongKey
	for address, test := range map[string]struct {
		action     string
		attributes map[string]any
	}{
		one:          {"list roles", map[string]any{"role_name": "Role 0", "user_email": bed.email(0)}},
		wholeAddress: {"read role", map[string]any{"role_id": bed.role, "users": []string{bed.email(0)}}},
		roleAddress:  {"list roles", map[string]any{"name": "New"}},
		roleByName:   {"list roles", map[string]any{"name": "Role 0"}},
		userByEmail:  {"list members", map[string]any{"email": bed.email(0)}},
		allRoles:     {"list roles", nil},
		all:          {"read role", map[string]any{"role_id": bed.role}},
	} {
		expectPlanError(t, bed, address, test.attributes, "Unable to "+test.action+": API key not accepted", "401 (authentication_failed)", "Check api_key")
	}
	c := newCore(t, bed)
	c.Declare("data.posthog_role_memberships.a", map[string]any{"role_id": bed.role})
	c.Declare("data.posthog_role_memberships.b", map[string]any{"role_id": bed.role})
	if text := c.Plan().Errors(); strings.Count(text, "Unable to read role: API key not accepted") != 2 || strings.Count(text, "401 (auth") != 1 {
		t.Errorf("the repeat is not shortened: %s", text)
	}
}

// An older server lists only its first 100 roles, but finds each role by name.
func TestClearMessages_roleNameOnOlderServers(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, n roleNaming) {
		n.declareIn("role_name", "ROLE 130")
		n.MustApply()
		if !n.hog.IsMember(n.hog.Role(130), n.user) {
			t.Error("the user is not in the role")
		}
		n.Declare(roleByName, map[string]any{"name": "Role 129"})
		n.MustApply()
		n.Remove(roleByName)
		n.declareIn("role_name", "Role 1300")
		n.expectError("Role not found", `has the name "Role 1300".`)
		n.declareIn("role_name", terraformcore.UnknownUntilApply("Role 125"))
		n.Must(n.Apply())
		if !n.hog.IsMember(n.hog.Role(125), n.user) {
			t.Error("the user has not moved")
		}
	}, fakeposthog.BeforeMid2026(), fakeposthog.Roles(131))
}
