package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func displayNames(results []tfprotov6.ListResourceResult) []string {
	var names []string
	for _, result := range results {
		names = append(names, result.DisplayName)
	}
	return names
}

// More roles than fit on a page, on a server whose pages have no order: all are listed, in the same order each time.
func TestList_manyRolesInOneOrder(t *testing.T) {
	t.Parallel()
	const roles, users = 131, 3
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.MembersEach(users))
	bed.hog.RenameRole(bed.hog.Role(130), "aardvarks")
	bed.hog.RenameRole(bed.hog.Role(7), "Zebras")
	first := displayNames(lists(t, bed, 10000, false, nil))
	if len(first) != roles*users {
		t.Fatalf("%d are listed, want %d", len(first), roles*users)
	}
	if first[0] != bed.email(0)+" in aardvarks" || first[len(first)-1] != bed.email(users-1)+" in Zebras" {
		t.Errorf("the order is from %q to %q", first[0], first[len(first)-1])
	}
	for range 2 {
		if again := displayNames(lists(t, bed, 10000, false, nil)); !slices.Equal(first, again) {
			t.Fatal("the order is another one")
		}
	}
}

// A server from before mid-2026 lists only its first 100 roles, which is an error at once.
func TestList_moreRolesThanAnOlderServerLists(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Older(), fakeposthog.Roles(131))
	if text := problems(lists(t, bed, 10000, false, nil)); !acctest.Message("lists only the first 100 of the organization's 131 roles", "Read one role instead of all").MatchString(text) {
		t.Errorf("it says: %s", text)
	}
	bed.hog.ExpectRequests(t, "GET roles", 2)
}

// The members of all roles together are more than a client takes in one answer.
func TestList_largeRoles(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	const roles, users = 10, 5000
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.MembersEach(users))
	results := lists(t, bed, 3, false, nil)
	if len(results) != 3 || problems(results) != "" {
		t.Fatalf("%d results, want 3: %s", len(results), problems(results))
	}
	bed.hog.ExpectRequests(t, "GET roles", 1)
	bed.hog.ExpectRequests(t, "GET role", 1)
	if results := lists(t, bed, 1_000_000, false, nil); len(results) != roles*users || problems(results) != "" {
		t.Fatalf("%d results, want %d: %s", len(results), roles*users, problems(results))
	}
	bed.hog.ExpectRequests(t, "GET roles", 2)
	bed.hog.ExpectRequests(t, "GET role", 1+roles)
}
