package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// The exact spelling of an email wins. Without it, an error lists all users whose emails differ in case only, members of the
// role or not.
func TestUserLookup_emailsThatDifferInCase(t *testing.T) {
	t.Parallel()
	for _, member := range []string{"lower", "upper", "both", "none"} {
		t.Run("in the role: "+member, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, fakeposthog.Roles(2))
			twin := bed.hog.AddUser("", "USER0@example.com")
			if member == "lower" || member == "both" {
				bed.hog.Join(bed.role, bed.user)
			}
			if member == "upper" || member == "both" {
				bed.hog.Join(bed.role, twin.UUID)
			}
			c := newCore(t, bed)
			c.Configure("adopt_existing", true)
			for email, uuid := range map[string]string{"user0@example.com": bed.user, "USER0@example.com": twin.UUID} {
				c.Declare(one, memberByEmail(bed.role, email))
				planned := c.Must(c.Plan())
				expectPlanned(t, planned, map[string]any{"user_uuid": uuid})
			}
			c.Declare(one, memberByEmail(bed.role, "User0@example.com"))
			want := acctest.Message("Several users have this email", "2 users have the email User0@example.com", "Use the UUID of one of them.")
			result := c.Plan()
			if text := result.Errors(); !want.MatchString(text) || !result.HasErrorAt("user_email") ||
				!strings.Contains(text, bed.user) || !strings.Contains(text, twin.UUID) {
				t.Errorf("the plan says something else: %s", result)
			}
		})
	}
}

// A member of the role is found without the organization's members: by the exact email always, by another spelling with a key
// that may not list them.
func TestUserLookup_membersNeedNoOrganization(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.joined(0, 1)
	w.declare(w.emails(0, 2))
	w.MustApply()
	w.ExpectNoChanges()
	w.hog.ExpectRequests(w.T, "GET members", 0)
	w.Configure("api_key", w.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}}))
	w.declare([]string{"User0@example.com", w.email(1)})
	w.ExpectNoChanges()
}

// All unknown entries of a list are one error. The first 20 unknown emails of a process get suggestions.
func TestUserLookup_manyUnknownEmails(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	var wrong []string
	for i := range 30 {
		wrong = append(wrong, fmt.Sprintf("user%d%c@example.com", i%10, 'x'+i/10))
	}
	w.declare(append(w.emails(0, 2), wrong...))
	result := w.fails(w.Plan())
	text := result.Errors()
	if n := strings.Count(text, "User not found"); n != 1 || !result.HasErrorAt("users") {
		t.Errorf("there are %d errors, want one on users: %s", n, result)
	}
	for _, email := range wrong {
		if !strings.Contains(text, `"`+email+`"`) {
			t.Errorf("%s is not named: %s", email, text)
		}
	}
	if n := strings.Count(text, "Did you mean"); n != 20 {
		t.Errorf("there are %d suggestions, want 20: %s", n, text)
	}
	w.hog.ExpectRequests(t, "GET members", 1)

	w.Remove(wholeAddress)
	for i, email := range wrong {
		w.Declare(fmt.Sprintf("posthog_role_membership.m%d", i), memberByEmail(w.role, email))
		w.Declare(fmt.Sprintf("data.posthog_user.u%d", i), map[string]any{"email": email})
	}
	text = w.fails(w.Plan()).Errors()
	if n := strings.Count(text, "Did you mean"); n != 20 {
		t.Errorf("there are %d suggestions, want 20: %s", n, text)
	}
	for _, email := range wrong {
		if n := strings.Count(text, email); n < 1 {
			t.Errorf("%s is not named: %s", email, text)
		}
	}
}

// The id of a membership in the place of a user's UUID is an error with the UUID to write. Nobody is removed because of it.
func TestUserLookup_idOfMembership(t *testing.T) {
	t.Parallel()
	for _, inRole := range []bool{true, false} {
		t.Run(fmt.Sprintf("in the role: %t", inRole), func(t *testing.T) {
			t.Parallel()
			w := wholeRoleInCore(t)
			w.Declare(one, membershipOf(w.role, w.user))
			w.MustApply()
			ids := map[string]string{
				"role membership":         w.Attribute(one, "id").(string),
				"organization membership": w.Attribute(one, "organization_member_id").(string),
			}
			w.Remove(one)
			delete(w.State, one)
			if !inRole {
				delete(ids, "role membership") // It does not exist any more.
				w.hog.Leave(w.role, w.user)
			}
			for kind, id := range ids {
				for attribute, declare := range map[string]func(){
					"user_uuid": func() { w.Declare(one, membershipOf(w.role, id)) },
					"users":     func() { w.declare([]string{id}) },
					"ignored_users": func() {
						w.declare([]string{w.email(1)}, "ignored_users", []string{id})
					},
				} {
					w.Remove(one)
					w.Remove(wholeAddress)
					declare()
					result := w.fails(w.Apply())
					if !acctest.Message("Not a user's UUID", `"`+id+`" is the id of the `+kind+" of "+w.email(0), "Write the user's UUID:", w.user).MatchString(result.Errors()) {
						t.Errorf("%s in %s: the error is another: %s", kind, attribute, result)
					}
				}
			}
			if w.hog.IsMember(w.role, w.user) != inRole || w.hog.IsMember(w.role, w.hog.User(1).UUID) {
				t.Errorf("the members have changed: %v", w.hog.Members(w.role))
			}
		})
	}
}

// An ignored user that matches no user is a warning. A user of the organization who is not in the role is none.
func TestUserLookup_unknownIgnoredUsers(t *testing.T) {
	t.Parallel()
	const nobody = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	w := wholeRoleInCore(t)
	w.joined(8)
	w.declare(w.emails(0, 2), "ignored_users", []string{"uesr8@example.com", w.email(3), w.hog.User(4).UUID, nobody, "uesr9@example.com"})
	planned := w.Must(w.Plan())
	want := acctest.Message("Unknown users in ignored_users", "These entries of ignored_users match no user", `"uesr8@example.com" Did you mean user8@example.com`,
		nobody, `"uesr9@example.com"`, "protects no user")
	if !want.MatchString(planned.Warnings()) || strings.Contains(planned.Warnings(), w.email(3)) || strings.Contains(planned.Warnings(), w.hog.User(4).UUID) {
		t.Errorf("the warning is another: %s", planned)
	}
	silent := func(what string, planned *terraformcore.Result) {
		t.Helper()
		if strings.Contains(planned.Warnings(), "Unknown users") {
			t.Errorf("%s: there is a warning: %s", what, planned)
		}
	}
	w.declare(w.emails(0, 2), "ignored_users", []string{w.email(3), w.hog.User(8).UUID, w.hog.User(4).UUID})
	silent("known users", w.Must(w.Plan()))
	w.hog.ForgetRequests()
	w.declare(nil, "ignored_users", []string{strings.ToUpper(w.email(8)), w.hog.User(8).UUID})
	silent("a member", w.Must(w.Plan()))
	w.hog.ExpectRequests(t, "GET members", 0)
	w.Configure("api_key", w.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}}))
	w.declare(nil, "ignored_users", []string{"uesr8@example.com", nobody})
	silent("a key that may not list members", w.Must(w.Plan()))
	if !slices.ContainsFunc(w.hog.Members(w.role), func(m fakeposthog.Membership) bool { return m.UserUUID == w.hog.User(8).UUID }) {
		t.Error("a plan has removed a user")
	}
}
