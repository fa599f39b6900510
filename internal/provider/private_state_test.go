package provider

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// privateStateOf returns private state as Terraform passes it, with a record as version 0.9 of this provider stored it.
func privateStateOf(t *testing.T, record string) []byte {
	t.Helper()
	private, err := json.Marshal(map[string][]byte{"record": []byte(record)})
	if err != nil {
		t.Fatal(err)
	}
	return private
}

// The previous version has left an unfinished move, and the email from before a change.
func TestPrivateState_membershipOfThePreviousVersion(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(2))
	begun := bed.hog.Role(1)
	c := newCore(t, bed)
	c.Declare(one, memberByEmail(bed.role, "user0@example.com"))
	c.MustApply()
	bed.hog.Join(begun, bed.user)
	bed.hog.ChangeEmail(bed.user, "new@example.com")
	c.Must(c.RefreshOnly())
	object := c.State[one]
	object.Private = privateStateOf(t, fmt.Sprintf(
		`{"organization_id":%q,"holder":"ABCDEFGHIJKLMNOPQRSTUVWXYZ","begun":["%[1]s/%s/%s"],"former_email":"user0@example.com"}`,
		bed.organization, begun, bed.user))
	c.State[one] = object

	if result := c.Plan(); !acctest.Message("Email has changed", "had the email user0@example.com before").MatchString(result.Errors()) {
		t.Errorf("the former email is not recognized: %s", result)
	}
	c.Declare(one, memberByEmail(bed.role, "new@example.com"))
	if result := c.Must(c.Plan()); !acctest.Message("Unfinished move is undone", begun).MatchString(result.Warnings()) {
		t.Errorf("the unfinished move is not recognized: %s", result)
	}
	c.MustApply()
	if bed.hog.IsMember(begun, bed.user) || !bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the apply did not undo the unfinished move")
	}
	c.ExpectNoChanges()
}

// The previous version has recorded a former email, and the user that an ignored email matches.
func TestPrivateState_roleMembersOfThePreviousVersion(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.joined(0, 1)
	w.Declare(wholeAddress, map[string]any{"role_id": w.role, "users": []string{w.email(0)}, "ignored_users": []string{w.email(1)}})
	w.MustApply()
	former, ignored := w.email(0), w.email(1)
	w.hog.ChangeEmail(w.hog.User(0).UUID, "new@example.com")
	w.hog.ChangeEmail(w.hog.User(1).UUID, "other@example.com")
	w.Must(w.RefreshOnly())
	object := w.State[wholeAddress]
	object.Private = privateStateOf(t, fmt.Sprintf(`{"organization_id":%q,"holder":"ABCDEFGHIJKLMNOPQRSTUVWXYZ","former":{%q:%q},"ignored":{%q:%q}}`,
		w.organization, former, w.hog.User(0).UUID, ignored, w.hog.User(1).UUID))
	w.State[wholeAddress] = object

	result := w.Plan()
	for _, email := range []string{former, ignored} {
		if !acctest.Message("Email has changed", "had the email "+email+" before").MatchString(result.Errors()) {
			t.Errorf("the former email %s is not recognized: %s", email, result)
		}
	}
}

// A copy of private state is not changed with the original, so that Delete can store the copy after an error.
func TestPrivateState_copiesAreIndependent(t *testing.T) {
	role := posthog.RoleRef{OrganizationID: "o", ID: "r"}
	var private privateState
	private.beginMember(ownership.Member{Role: role, UserUUID: "a"})
	private.beginMember(ownership.Member{Role: role, UserUUID: "b"})
	for name, end := range map[string]func(*privateState){
		"endMember": func(s *privateState) { s.endMember(ownership.Member{Role: role, UserUUID: "a"}) },
		"endRole":   func(s *privateState) { s.endRole(roleKey(role)) },
	} {
		original, changed := private, private
		end(&changed)
		if !slices.Equal(original.Begun, []string{"o/r/a", "o/r/b"}) || len(changed.Begun) == 2 {
			t.Errorf("after %s the original has %q and the copy %q", name, original.Begun, changed.Begun)
		}
	}
}

// Terraform writes the whole state after each resource, so that each byte of a membership costs time.
func TestPrivateState_membershipStoresNothingTwice(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, memberByEmail(bed.role, "user0@example.com"))
	c.MustApply()
	c.Must(c.RefreshOnly())
	var private map[string][]byte
	if err := json.Unmarshal(c.State[one].Private, &private); err != nil {
		t.Fatal(err)
	}
	if record := string(private["record"]); !regexp.MustCompile(`^{"holder":"\w{8}"}$`).MatchString(record) {
		t.Errorf("the private state is %s, want a holder only", record)
	}
}

// A record that was written for a former spelling of the organization does not stay.
func TestPrivateState_recordOrganization(t *testing.T) {
	const id = "0190be11-5f8d-7a00-9b00-000000000001"
	for written, want := range map[string]string{posthog.CurrentOrganization: id, "acme": id, id: ""} {
		private := privateState{OrganizationID: "former"}
		private.recordOrganization(types.StringValue(written), id)
		if private.OrganizationID != want {
			t.Errorf("for %s the record is %q, want %q", written, private.OrganizationID, want)
		}
	}
}
