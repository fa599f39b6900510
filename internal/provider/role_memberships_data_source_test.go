package provider

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/validators"
)

const all = "data.posthog_role_memberships.all"

func roleMemberships(role string, arguments ...string) string {
	config := fmt.Sprintf("\ndata \"posthog_role_memberships\" \"all\" {\n  role_id = %q\n", role)
	for _, argument := range arguments {
		config += "  " + argument + "\n"
	}
	return config + "}\n"
}

// membershipsOf returns what the data source has read: the total, and the users of its memberships.
func membershipsOf(r *terraformcore.Result) (total any, users []string) {
	read, _ := r.Data[all].(map[string]any)
	memberships, _ := read["memberships"].([]any)
	for _, membership := range memberships {
		users = append(users, fmt.Sprint(membership.(map[string]any)["user_uuid"]))
	}
	return read["total_count"], users
}

func TestMemberships_windows(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]fakeposthog.Option{"ordered": nil, "unordered": {fakeposthog.Older()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, append(options, fakeposthog.MembersEach(5))...)
			for _, window := range []struct {
				limit, offset any
				users         []int
			}{
				{nil, nil, []int{0, 1, 2, 3, 4}},
				{2, nil, []int{0, 1}},
				{2, 3, []int{3, 4}},
				{nil, 4, []int{4}},
				{100, 5, nil},
				{9000000000000000000, 9000000000000000000, nil},
			} {
				c := newCore(t, bed)
				c.Declare(all, map[string]any{"role_id": bed.role, "limit": window.limit, "offset": window.offset})
				var want []string
				for _, i := range window.users {
					want = append(want, bed.hog.User(i).UUID)
				}
				count, users := membershipsOf(c.Must(c.Plan()))
				// Which of them, on an unordered server, is for the server to say, as the docs do.
				same := slices.Equal(users, want) || name == "unordered" && (window.limit != nil || window.offset != nil) && len(users) == len(want)
				if count != int64(5) || !same {
					t.Errorf("limit %v and offset %v: %v of %v, want %v of 5", window.limit, window.offset, users, count, want)
				}
			}
		})
	}
}

func TestMemberships_everyField(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	verified := true
	user := bed.hog.AddUserWith("", fakeposthog.User{
		Email: "ada@example.com", FirstName: "Ada", LastName: "L.", DistinctID: "ada-1", IsEmailVerified: &verified,
		RoleAtOrganization: "engineering", HedgehogConfig: `{"use_as_profile": true, "color": "green"}`,
	})
	bed.hog.Join(bed.role, user.UUID)
	member := bed.hog.Members(bed.role)[0]

	c := newCore(t, bed)
	listing(bed, c)
	read, _ := c.Must(c.Plan()).Data[all].(map[string]any)
	memberships, _ := read["memberships"].([]any)
	if len(memberships) != 1 {
		t.Fatalf("the memberships are %v, want one", memberships)
	}
	expectObject(t, "membership", memberships[0], map[string]any{
		"id": member.ID, "role_id": bed.role, "role_name": something, "user_uuid": user.UUID, "joined_at": something, "updated_at": something,
		"user": map[string]any{
			"id": int64(user.ID), "uuid": user.UUID, "email": user.Email, "first_name": user.FirstName, "last_name": user.LastName,
			"distinct_id": "ada-1", "is_email_verified": true, "role_at_organization": "engineering",
			"hedgehog_config": `{"color":"green","use_as_profile":true}`,
		},
		"organization_member": map[string]any{
			"id": something, "level": int64(1), "joined_at": something, "updated_at": something, "last_login": nil,
			"is_2fa_enabled": something, "has_social_auth": something,
		},
	})
	id := memberships[0].(map[string]any)["organization_member"].(map[string]any)["id"]
	if err := validators.CheckUUID(fmt.Sprint(id)); err != nil {
		t.Error(err)
	}
}

// something stands for any value but null.
var something = struct{}{}

// expectObject fails the test unless an object has these attributes, these values, and no other.
func expectObject(t *testing.T, path string, got any, want map[string]any) {
	t.Helper()
	object, _ := got.(map[string]any)
	if have, named := slices.Sorted(maps.Keys(object)), slices.Sorted(maps.Keys(want)); !slices.Equal(have, named) {
		t.Errorf("%s has %v, want %v", path, have, named)
	}
	for name, value := range want {
		if nested, ok := value.(map[string]any); ok {
			expectObject(t, path+"."+name, object[name], nested)
		} else if value == something && object[name] == nil || value != something && object[name] != value {
			t.Errorf("%s.%s is %v, want %v", path, name, object[name], value)
		}
	}
}

func TestMemberships_oldAndNullFields(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]fakeposthog.Option{"old": fakeposthog.OldFields(), "null": fakeposthog.NullFields(), "extra": fakeposthog.ExtraFields()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, option, fakeposthog.MembersEach(2))
			c := newCore(t, bed)
			listing(bed, c)
			count, users := membershipsOf(c.Must(c.Plan()))
			if want := []string{bed.hog.User(0).UUID, bed.hog.User(1).UUID}; count != int64(2) || !slices.Equal(users, want) {
				t.Errorf("%v of %v, want %v of 2", users, count, want)
			}
		})
	}
}

func TestMemberships_missingRoleIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	elsewhere := bed.hog.AddRole(bed.hog.AddOrganization("Other"), "Elsewhere")
	c := newCore(t, bed)
	for _, role := range []string{"018f0000-0000-7000-8000-00000000dead", elsewhere} {
		c.Declare(all, map[string]any{"role_id": role})
		result := c.Plan()
		if !acctest.Message("Error: Role not found", "There is no role "+role, "Check role_id").MatchString(result.Errors()) || !result.HasErrorAt("role_id") {
			t.Errorf("the message is another: %s", result)
		}
	}
	listing(bed, c)
	if count, users := membershipsOf(c.Must(c.Plan())); count != int64(0) || len(users) > 0 {
		t.Errorf("%v of %v in a role that is empty", users, count)
	}
}
