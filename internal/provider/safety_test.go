package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// declareUser declares one user of a role, by UUID or email, as a membership or as all members of the role.
func declareUser(c *terraformcore.Core, address, role, user string) {
	switch {
	case address == wholeAddress:
		c.Declare(address, map[string]any{"role_id": role, "users": []string{user}})
	case strings.Contains(user, "@"):
		c.Declare(address, memberByEmail(role, user))
	default:
		c.Declare(address, membershipOf(role, user))
	}
}

// A gateway in front of PostHog answers 404 in a form that is not PostHog's (RFC 9457): the state must stay, and a destroy must fail.
func TestSafety_gatewayAnswers404(t *testing.T) {
	t.Parallel()
	gateway := fakeposthog.Answer(404, "application/problem+json", `{"type":"about:blank","title":"Not Found","status":404,"detail":"No such upstream."}`)
	for name, address := range map[string]string{"membership": one, "role members": wholeAddress} {
		for _, request := range []string{"GET role", "DELETE role_membership"} {
			t.Run(name+", "+request, func(t *testing.T) {
				t.Parallel()
				bed := fake(t)
				c := newCore(t, bed)
				declareUser(c, address, bed.role, bed.user)
				c.MustApply()
				bed.hog.Inject(fakeposthog.Fault{On: request, Times: fakeposthog.Forever, Do: gateway})
				for _, result := range []*terraformcore.Result{c.RefreshOnly(), c.Destroy()} {
					if request == "GET role" && !result.HasErrors() || len(c.State) != 1 {
						t.Errorf("the state has %d resources: %s", len(c.State), result)
					}
				}
				if !bed.hog.IsMember(bed.role, bed.user) {
					t.Error("the user is out of the role")
				}
			})
		}
	}
}

// A key below admin may not see all members: it keeps the state and warns, and a destroy does not say that there is nothing to destroy.
func TestSafety_keyBelowAdmin(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"membership": one, "role members": wholeAddress} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			c := newCore(t, bed)
			declareUser(c, address, bed.role, bed.user)
			c.MustApply()
			c.Configure("api_key", bed.hog.AddKey(fakeposthog.Key{Owner: bed.hog.User(2).UUID}))
			bed.hog.RestrictVisibility("", bed.hog.User(2).UUID)
			if result := c.Must(c.RefreshOnly()); len(c.State) != 1 || !acctest.Message("Key may not see all members", "The state is kept").MatchString(result.Warnings()) {
				t.Errorf("the state has %d resources: %s", len(c.State), result)
			}
			if result := c.Plan(); address == one && (result.HasErrors() || result.HasChanges()) {
				t.Errorf("the plan is not empty: %s", result)
			}
			if result := c.Destroy(); !result.HasErrors() || len(c.State) != 1 {
				t.Errorf("the state has %d resources: %s", len(c.State), result)
			}
		})
	}
}

// terraform query with such a key warns that its list may be incomplete, and an import of all members fails.
func TestSafety_listAndImportWithAKeyBelowAdmin(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.Join(bed.role, bed.user)
	bed.hog.RestrictVisibility("", bed.hog.User(2).UUID)
	bed.key = bed.hog.AddKey(fakeposthog.Key{Owner: bed.hog.User(2).UUID})
	if text := problems(newProtocol(t, bed).listsOf("posthog_role_members", 100, true, nil)); !acctest.Message("Key may not see all members", "may be incomplete").MatchString(text) {
		t.Errorf("the list does not warn: %s", text)
	}
	c := newCore(t, bed)
	if result := c.Import(wholeAddress, bed.role); !acctest.Message("Key may not see all members").MatchString(result.Errors()) {
		t.Errorf("the import does not fail: %s", result)
	}
}

// Another provider has left UUIDs in upper case: they are the same, whether Terraform refreshes or not.
func TestSafety_upperCaseInState(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	id := bed.hog.Join(bed.role, bed.user).ID
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.SetState(one, map[string]any{
		"id": strings.ToUpper(id), "organization_id": strings.ToUpper(bed.organization), "role_id": strings.ToUpper(bed.role), "user_uuid": strings.ToUpper(bed.user),
	})
	bed.hog.ForgetHistory()
	c.MustApply()
	if c.Attribute(one, "user_uuid") != bed.user || c.Attribute(one, "role_id") != bed.role {
		t.Errorf("the state is %v", c.State[one].Attributes)
	}
	if history := bed.hog.History(bed.role); len(history) > 0 {
		t.Errorf("the membership was changed: %+v", history)
	}
}

// The key's owner opens another organization that has a role of the same name. A data source reads the role there, and the
// membership must not follow.
func TestSafety_currentOrganizationChanges(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"membership": one, "role members": wholeAddress} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			other := bed.asOther()
			otherRole := bed.hog.AddRole(other, "Role 0")
			c := newCore(t, bed)
			c.Configure("organization_id", "@current")
			declare := func(role string) {
				declareUser(c, address, role, bed.user)
			}
			declare(bed.role)
			c.MustApply()
			bed.hog.SetCurrentOrganization(bed.hog.Owner().UUID, other)
			declare(otherRole)
			if result := c.Plan(); !acctest.Message("Role not found", bed.organization, "@current means organization "+other, "Set organization_id to the UUID").MatchString(result.Errors()) {
				t.Errorf("the message is another: %s", result)
			}
		})
	}
}

// A user in users has left the organization: the plan still lists the other removals, and max_removals still holds.
func TestSafety_userHasLeft(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	users := w.emails(0, 4)
	w.declare(users)
	w.MustApply()
	w.hog.LeaveOrganization("", w.hog.User(0).UUID)
	w.declare(users[:2])
	result := w.Must(w.Plan())
	if !acctest.Message("User has left").MatchString(result.Warnings()) || !acctest.Message("The apply removes these members", users[2], users[3]).MatchString(result.Warnings()) {
		t.Errorf("the plan hides the removals: %s", result)
	}
	w.declare(users[:2], "max_removals", 1)
	if result := w.fails(w.Plan()); !acctest.Message("Too many removals", "removes 2 members").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}

// Drift is shown in members alone: users stays as it is written.
func TestSafety_driftIsShownInMembers(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.declare(w.emails(0, 2))
	w.MustApply()
	w.hog.Leave(w.role, w.hog.User(1).UUID)
	w.joined(5)
	change := w.expectPlan([]int{1}, []int{5}).Changes[wholeAddress]
	if before := terraformcore.GoValue(change.Before).(map[string]any)["users"]; len(before.([]any)) != 2 || before.([]any)[1] != w.email(1) {
		t.Errorf("users has changed in state: %v", before)
	}
	w.MustApply()
	w.expect(0, 1)
}

// While the role is unknown, an email that no user has fails the plan.
func TestSafety_unknownRoleAndWrongEmail(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	c.Declare(one, map[string]any{"role_id": terraformcore.Unknown, "user_email": "uzer0@example.com"})
	c.Declare(wholeAddress, map[string]any{"role_id": terraformcore.Unknown, "users": []string{"uzer1@example.com", bed.email(2)}})
	result := c.Plan()
	if !acctest.Message("uzer0@example.com", "Did you mean user0@example.com").MatchString(result.Errors()) || !acctest.Message("uzer1@example.com", "Did you mean user1@example.com").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}

// 120 roles and a server that is down: a plan ends soon, with few requests, and works when the server is back.
func TestSafety_outage(t *testing.T) {
	t.Parallel()
	const roles = 120
	bed := fake(t, fakeposthog.Roles(roles))
	c := newCore(t, bed)
	for i := range roles {
		c.Declare("posthog_role_membership.role"+string(rune('a'+i/26))+string(rune('a'+i%26)), membershipOf(bed.hog.Role(i), bed.user))
	}
	c.MustApply()
	bed.hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
	bed.hog.ForgetRequests()
	result := c.Plan()
	if n := bed.hog.CountRequests(""); !result.HasErrors() || n >= 80 {
		t.Errorf("the plan sent %d requests, want fewer than 80", n)
	}
	bed.hog.ClearFaults()
	c.ExpectNoChanges()
}

// While the role is unknown, it most likely stays the same: the plan lists what is removed then, and max_removals holds.
func TestSafety_removalsWhileTheRoleIsUnknown(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.declare(w.emails(0, 1))
	w.MustApply()
	w.joined(5, 6)
	w.declare(w.emails(0, 1), "role_id", terraformcore.Unknown)
	if result := w.Must(w.Plan()); !acctest.Message("The role is not known until apply. If it stays role Role 0", w.email(5), w.email(6)).MatchString(result.Warnings()) {
		t.Errorf("the plan hides the removals: %s", result)
	}
	w.declare(w.emails(0, 1), "role_id", terraformcore.Unknown, "max_removals", 1)
	if result := w.Plan(); !acctest.Message("Too many removals", "removes 2 members").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
	w.declare([]string{"uzer0@example.com"}, "role_id", terraformcore.Unknown)
	if result := w.Plan(); !acctest.Message("User not found", "uzer0@example.com").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}

// Three resources manage one role, which is known in the apply alone: one of them is applied, and the others fail.
func TestSafety_conflictsDuringTheApply(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	c := newCore(t, bed)
	addresses := []string{"posthog_role_members.a", "posthog_role_members.b", "posthog_role_members.c"}
	for _, address := range addresses {
		c.Declare(address, map[string]any{"role_id": terraformcore.UnknownUntilApply(bed.role), "users": []string{bed.email(0)}})
	}
	result := c.Apply()
	if len(c.State) != 1 || strings.Count(result.Errors(), "Role members declared twice") != 2 || strings.Count(result.Errors(), "Keep one of the two") != 1 {
		t.Errorf("the state has %d resources: %s", len(c.State), result)
	}
}

// A move is half done, and a key below admin does not see the old membership: it stays in state.
func TestSafety_halfDoneMoveAndAKeyBelowAdmin(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.to = membershipOf(m.bed.role, m.bed.hog.User(1).UUID)
	m.Declare(one, m.to)
	m.bed.hog.Inject(fakeposthog.Fault{On: "DELETE role_membership", Times: fakeposthog.Forever, Do: fakeposthog.BadGateway()})
	if result := m.Apply(); !result.HasErrors() {
		t.Fatalf("the move is not half done: %s", result)
	}
	m.bed.hog.ClearFaults()
	m.Configure("api_key", m.bed.hog.AddKey(fakeposthog.Key{Owner: m.bed.hog.User(1).UUID}))
	m.bed.hog.RestrictVisibility("", m.bed.hog.User(1).UUID)
	m.Must(m.RefreshOnly())
	m.expectState(m.from)
}

// The provider is not known in the plan, and the organization changes.
func TestSafety_organizationChangesWhileTheProviderIsUnknown(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	other := bed.asOther()
	otherRole := bed.hog.AddRole(other, "Elsewhere")
	c := newCore(t, bed)
	c.Declare(one, membershipOf(bed.role, bed.user))
	c.MustApply()
	c.Configure("organization_id", terraformcore.Unknown)
	c.Declare(one, membershipOf(otherRole, bed.user))
	plan := c.Must(c.Plan())
	c.Configure("organization_id", other)
	c.Must(c.ApplyPlan(plan))
	if bed.hog.IsMember(bed.role, bed.user) || !bed.hog.IsMember(otherRole, bed.user) {
		t.Error("the user is in the wrong role")
	}
}

// Two users have emails that differ in case only. The configuration changes from the one to the other.
func TestSafety_emailsThatDifferInCase(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"membership": one, "role members": wholeAddress} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t)
			twin := bed.hog.AddUser("", "USER0@example.com")
			c := newCore(t, bed)
			declare := func(email string) {
				declareUser(c, address, bed.role, email)
			}
			declare(bed.email(0))
			c.MustApply()
			declare(twin.Email)
			c.MustApply()
			if bed.hog.IsMember(bed.role, bed.user) || !bed.hog.IsMember(bed.role, twin.UUID) {
				t.Error("the wrong user is in the role")
			}
		})
	}
}

// An update whose role is unknown checks an email that it has not had before.
func TestSafety_wrongEmailWhileTheRoleIsUnknown(t *testing.T) {
	t.Parallel()
	m := newMoving(t)
	m.Declare(one, map[string]any{"role_id": terraformcore.Unknown, "user_email": "uzer1@example.com"})
	if result := m.Plan(); !acctest.Message("User not found", "uzer1@example.com", "Did you mean user1@example.com").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
}

// A user's email changes after the plan, while the user is added: the state has what was planned, and the next refresh the rest.
func TestSafety_emailChangesDuringTheApply(t *testing.T) {
	t.Parallel()
	w := wholeRoleInCore(t)
	w.declare([]string{w.hog.User(0).UUID})
	w.hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: fakeposthog.Before(func() { w.hog.ChangeEmail(w.hog.User(0).UUID, "new@example.com") })})
	w.Must(w.Apply()) // In which another result than the planned one fails the test.
	w.ExpectNoChanges()
	w.Must(w.RefreshOnly())
	if members := w.Attribute(wholeAddress, "members").(map[string]any); members[w.hog.User(0).UUID] != "new@example.com" {
		t.Errorf("the members in state are %v", members)
	}
}

// Records without a holder, such as those of another version, are not of one resource.
func TestRecord_withoutAHolder(t *testing.T) {
	stored := storedRecord(`{"organization_id":"o"}`)
	var diags diag.Diagnostics
	first := readPrivateState[roleMembershipPrivateState](t.Context(), stored, &diags)
	second := readPrivateState[roleMembershipPrivateState](t.Context(), stored, &diags)
	if first.Holder == "" || first.Holder == second.Holder || first.isStored {
		t.Errorf("the records are %+v and %+v", first, second)
	}
}

// A storedRecord is private state with a record.
type storedRecord string

func (s storedRecord) GetKey(context.Context, string) ([]byte, diag.Diagnostics) {
	return []byte(s), nil
}

func (storedRecord) SetKey(context.Context, string, []byte) diag.Diagnostics { return nil }
