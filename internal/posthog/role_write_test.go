package posthog

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestRoleWrite_createRenameDelete(t *testing.T) {
	for name, options := range map[string][]fakeposthog.Option{
		"newest": nil, "older": {fakeposthog.Older()}, "nulls": {fakeposthog.NullFields()}, "unknown fields": {fakeposthog.ExtraFields()},
	} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, append(options, fakeposthog.Roles(0))...)
			client, err := New(Config{Host: hog.URL, APIKey: hog.Key, Backoff: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.CloseIdleConnections)
			created, err := client.CreateRole(t.Context(), hog.OrganizationID, "Support")
			if err != nil {
				t.Fatal(err)
			}
			ref := RoleRef{hog.OrganizationID, created.ID}
			if created.Name != "Support" || created.CreatedAt == "" || created.IsDefault || created.CreatedBy != nil || created.MemberCount != 0 {
				t.Errorf("got %+v", created)
			}
			hog.Join(ref.ID, hog.User(0).UUID)
			renamed, err := client.UpdateRole(t.Context(), ref, "Customer/Support ü")
			if err != nil || renamed.ID != ref.ID || renamed.Name != "Customer/Support ü" || len(renamed.Members) != 1 {
				t.Errorf("got %+v, %v", renamed, err)
			}
			if names := hog.RoleNames(""); !maps.Equal(names, map[string]string{ref.ID: "Customer/Support ü"}) {
				t.Errorf("the roles are %v", names)
			}
			if err := client.DeleteRole(t.Context(), ref); err != nil || len(hog.RoleNames("")) != 0 {
				t.Errorf("%v, %v", err, hog.RoleNames(""))
			}
			if err := client.DeleteRole(t.Context(), ref); ReasonOf(err) != ReasonNotFound || MayHaveHappened(err) {
				t.Errorf("the error is %v", err)
			}
			if _, err := client.UpdateRole(t.Context(), ref, "Sales"); ReasonOf(err) != ReasonNotFound || MayHaveHappened(err) {
				t.Errorf("the error is %v", err)
			}
			hog.ExpectRequests(t, "", 5)
		})
	}
}

func TestRoleWrite_refusedNames(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, ref := connect(t, hog, nil)
	hog.RenameRole(ref.ID, "Engineering")
	hog.AddRole("", "Support")
	hog.Inject(fakeposthog.Fault{
		When: func(r fakeposthog.Request) bool { return strings.Contains(r.Body, `\u0000`) }, Times: fakeposthog.Forever,
		Do: fakeposthog.Error(400, "validation_error", "null_characters_not_allowed", "Null characters are not allowed.", "name"),
	})
	for name, test := range map[string]struct {
		name   string
		reason Reason
	}{
		"taken":           {"sUPPORT", ReasonNameTaken},
		"empty":           {"", ReasonInvalidName},
		"blank":           {"\u00a0 ", ReasonInvalidName},
		"too long":        {strings.Repeat("ü", 201), ReasonInvalidName},
		"null characters": {"a\x00b", ReasonInvalidName},
	} {
		t.Run(name, func(t *testing.T) {
			_, created := client.CreateRole(t.Context(), hog.OrganizationID, test.name)
			_, renamed := client.UpdateRole(t.Context(), ref, test.name)
			for _, err := range []error{created, renamed} {
				if ReasonOf(err) != test.reason || MayHaveHappened(err) || ReasonOf(err).RefusesEveryWrite() {
					t.Errorf("the error is %v with the reason %v, want %v", err, ReasonOf(err), test.reason)
				}
			}
		})
	}
	if names := slices.Sorted(maps.Values(hog.RoleNames(""))); fmt.Sprint(names) != "[Engineering Support]" {
		t.Errorf("the roles are %v", names)
	}
}

// Before mid-2026, only the case of a role's own name cannot change, and a role is created in the organization that is open.
func TestRoleWrite_beforeMid2026(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.BeforeMid2026())
	client, ref := connect(t, hog, nil)
	if _, err := client.UpdateRole(t.Context(), ref, "ROLE 0"); ReasonOf(err) != ReasonNameTaken {
		t.Errorf("the error is %v", err)
	}
	other := hog.AddOrganization("Other")
	hog.AddUserWith(other, hog.Owner())
	created, err := client.CreateRole(t.Context(), other, "Support")
	if err != nil || hog.RoleNames("")[created.ID] != "Support" {
		t.Errorf("%v, %v", err, hog.RoleNames(""))
	}
}

// A write that may have happened is not sent again. One that certainly has not is.
func TestRoleWrite_retries(t *testing.T) {
	writes := map[string]func(client *Client, ref RoleRef, t *testing.T) error{
		"POST roles": func(client *Client, ref RoleRef, t *testing.T) error {
			_, err := client.CreateRole(t.Context(), ref.OrganizationID, "Support")
			return err
		},
		"PATCH role": func(client *Client, ref RoleRef, t *testing.T) error {
			_, err := client.UpdateRole(t.Context(), ref, "Support")
			return err
		},
		"DELETE role": func(client *Client, ref RoleRef, t *testing.T) error { return client.DeleteRole(t.Context(), ref) },
	}
	another := fakeposthog.Rewrite(func(int, http.Header, []byte) (int, []byte) {
		return http.StatusAccepted, []byte(`{"id":"` + otherUUID + `","name":"Support","members":[]}`)
	})
	unclear := maps.Clone(passing)
	unclear["another role"], unclear["web page"] = another, fakeposthog.AnswerAfter(200, "text/html", "<html></html>")
	for kind, write := range writes {
		for name, action := range unclear {
			t.Run(kind+"/"+name, func(t *testing.T) {
				hog := fakeposthog.Start(t)
				client, ref := connect(t, hog, nil)
				hog.Inject(fakeposthog.Fault{On: kind, Do: action})
				if err := write(client, ref, t); err == nil || !MayHaveHappened(err) {
					t.Errorf("the error is %v", err)
				}
				hog.ExpectRequests(t, kind, 1)
			})
		}
		t.Run(kind+"/429", func(t *testing.T) {
			hog := fakeposthog.Start(t)
			client, ref := connect(t, hog, nil)
			hog.Inject(fakeposthog.Fault{On: kind, Do: fakeposthog.Throttle("0")})
			if err := write(client, ref, t); err != nil {
				t.Error(err)
			}
			hog.ExpectRequests(t, kind, 2)
		})
		t.Run(kind+"/timeout", func(t *testing.T) {
			hog := fakeposthog.Start(t)
			client, ref := connect(t, hog, func(config *Config) { config.RequestTimeout = 50 * time.Millisecond })
			action, release := fakeposthog.HoldAfter()
			defer release()
			hog.Inject(fakeposthog.Fault{On: kind, Do: action})
			if err := write(client, ref, t); ReasonOf(err) != ReasonTimedOut || !MayHaveHappened(err) {
				t.Errorf("the error is %v", err)
			}
			hog.ExpectRequests(t, kind, 1)
		})
	}
}

// A response with another id or name is not the role that was written.
func TestRoleWrite_anotherRoleInTheAnswer(t *testing.T) {
	for field, value := range map[string]string{"id": otherUUID, "name": "Sales"} {
		hog := fakeposthog.Start(t)
		client, ref := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{On: "PATCH role", Do: change(field, value)})
		if _, err := client.UpdateRole(t.Context(), ref, "Support"); ReasonOf(err) != ReasonNotPostHog || !MayHaveHappened(err) {
			t.Errorf("%s: the error is %v", field, err)
		}
	}
}

// An older server with more roles than it lists finds a role by name.
func TestRolesNamed(t *testing.T) {
	for name, options := range map[string][]fakeposthog.Option{"newest": nil, "older": {fakeposthog.BeforeMid2026()}} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, append(options, fakeposthog.Roles(131))...)
			client, ref := connect(t, hog, nil)
			roles, err := client.RolesNamed(t.Context(), ref.OrganizationID, "ROLE 130")
			if err != nil || len(roles) != 1 || roles[0].ID != hog.Role(130) {
				t.Errorf("got %v, %v", roles, err)
			}
			if roles, err := client.RolesNamed(t.Context(), ref.OrganizationID, "Role 131"); err != nil || len(roles) != 0 {
				t.Errorf("got %v, %v", roles, err)
			}
		})
	}
}
