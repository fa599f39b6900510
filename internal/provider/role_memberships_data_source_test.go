package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

const all = "data.posthog_role_memberships.all"

func roleMemberships(role string, arguments ...string) string {
	config := fmt.Sprintf("\ndata \"posthog_role_memberships\" \"all\" {\n  role_id = %q\n", role)
	for _, argument := range arguments {
		config += "  " + argument + "\n"
	}
	return config + "}\n"
}

// users returns the check that a window holds the given users of fakeposthog, in that order.
func (b *testbed) users(indexes ...int) statecheck.StateCheck {
	checks := []knownvalue.Check{}
	for _, i := range indexes {
		checks = append(checks, knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"user_uuid": knownvalue.StringExact(b.hog.User(i).UUID),
		}))
	}
	return statecheck.ExpectKnownValue(all, tfjsonpath.New("memberships"), knownvalue.ListExact(checks))
}

func total(n int64) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(all, tfjsonpath.New("total_count"), knownvalue.Int64Exact(n))
}

func TestAccMemberships(t *testing.T) {
	bed := accepting(t)
	bed.test(t, resource.TestStep{
		Config: bed.provider() + membership(bed.role, bed.user) + `
			data "posthog_role_memberships" "all" {
				role_id    = posthog_role_membership.one.role_id
				depends_on = [posthog_role_membership.one]
			}
			output "is_member" {
				value = contains(data.posthog_role_memberships.all.memberships[*].user.uuid, posthog_role_membership.one.user_uuid)
			}`,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("is_member", knownvalue.Bool(true)),
		},
	})
}

func TestMemberships_windows(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]fakeposthog.Option{"ordered": nil, "unordered": {fakeposthog.Older()}} {
		t.Run(name, func(t *testing.T) {
			bed := fake(t, append(options, fakeposthog.MembersEach(5))...)
			for _, window := range []struct {
				arguments []string
				users     []int
			}{
				{nil, []int{0, 1, 2, 3, 4}},
				{[]string{"limit = 2"}, []int{0, 1}},
				{[]string{"limit = 2", "offset = 3"}, []int{3, 4}},
				{[]string{"offset = 4"}, []int{4}},
				{[]string{"limit = 100", "offset = 5"}, nil},
				{[]string{"offset = 9000000000000000000", "limit = 9000000000000000000"}, nil},
			} {
				users := bed.users(window.users...)
				if name == "unordered" && window.arguments != nil {
					// Which of them it is is for the server to say, as the docs do.
					users = statecheck.ExpectKnownValue(all, tfjsonpath.New("memberships"), knownvalue.ListSizeExact(len(window.users)))
				}
				resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
					Config:            bed.provider() + roleMemberships(bed.role, window.arguments...),
					ConfigStateChecks: []statecheck.StateCheck{total(5), users},
				}}})
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
	exactly := func(text string) knownvalue.Check { return knownvalue.StringExact(text) }

	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
		Config: bed.provider() + roleMemberships(bed.role),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(all, tfjsonpath.New("memberships").AtSliceIndex(0), knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id": exactly(member.ID), "role_id": exactly(bed.role), "user_uuid": exactly(user.UUID),
				"joined_at": knownvalue.NotNull(), "updated_at": knownvalue.NotNull(),
				"user": knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.Int64Exact(int64(user.ID)), "uuid": exactly(user.UUID), "email": exactly(user.Email),
					"first_name": exactly(user.FirstName), "last_name": exactly(user.LastName),
					"distinct_id": exactly("ada-1"), "is_email_verified": knownvalue.Bool(true), "role_at_organization": exactly("engineering"),
					"hedgehog_config": exactly(`{"color":"green","use_as_profile":true}`),
				}),
				"organization_member": knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.StringFunc(checkUUID), "level": knownvalue.Int64Exact(1),
					"joined_at": knownvalue.NotNull(), "updated_at": knownvalue.NotNull(), "last_login": knownvalue.Null(),
					"is_2fa_enabled": knownvalue.NotNull(), "has_social_auth": knownvalue.NotNull(),
				}),
			})),
		},
	}}})
}

func TestMemberships_oldAndNullFields(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]fakeposthog.Option{"old": fakeposthog.OldFields(), "null": fakeposthog.NullFields(), "extra": fakeposthog.ExtraFields()} {
		t.Run(name, func(t *testing.T) {
			bed := fake(t, option, fakeposthog.MembersEach(2))
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
				Config:            bed.provider() + roleMemberships(bed.role),
				ConfigStateChecks: []statecheck.StateCheck{total(2), bed.users(0, 1)},
			}}})
		})
	}
}

func TestMemberships_missingRoleIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	elsewhere := bed.hog.AddRole(bed.hog.AddOrganization("Other"), "Elsewhere")
	for _, role := range []string{"018f0000-0000-7000-8000-00000000dead", elsewhere} {
		resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
			Config:      bed.provider() + roleMemberships(role),
			ExpectError: says("Role does not exist", "There is no role "+role, "Check role_id"),
		}}})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
		Config:            bed.provider() + roleMemberships(bed.role),
		ConfigStateChecks: []statecheck.StateCheck{total(0), bed.users()},
	}}})
}
