package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

const (
	roleOne = "posthog_role.one"
	roleTwo = "posthog_role.two"
)

// A roleCore is a stand-in for Terraform's core with a posthog_role in it.
type roleCore struct {
	*testbed
	*terraformcore.Core
}

func newRoleCore(t *testing.T, options ...fakeposthog.Option) roleCore {
	t.Helper()
	bed := fake(t, append([]fakeposthog.Option{fakeposthog.Roles(1)}, options...)...)
	return roleCore{bed, newCore(t, bed)}
}

// declareRole declares posthog_role.one, with further attributes: a name and a value each.
func (r roleCore) declareRole(name string, more ...any) {
	attributes := map[string]any{"name": name}
	for i := 0; i < len(more); i += 2 {
		attributes[more[i].(string)] = more[i+1]
	}
	r.Declare(roleOne, attributes)
}

// id returns the UUID of posthog_role.one in state, "" without it.
func (r roleCore) id() string {
	id, _ := r.Attribute(roleOne, "id").(string)
	return id
}

// nameOf returns the name of a role at PostHog, "" if there is none.
func (r roleCore) nameOf(id string) string { return r.hog.RoleNames("")[id] }

// refuses fails the test unless a command fails with a message.
func (r roleCore) refuses(result *terraformcore.Result, parts ...string) {
	r.T.Helper()
	if !result.HasErrors() || !acctest.Message(parts...).MatchString(result.Errors()) {
		r.T.Errorf("the error does not say %q: %s", parts, result)
	}
}

// warns fails the test unless a command succeeds with a warning.
func (r roleCore) warns(result *terraformcore.Result, parts ...string) *terraformcore.Result {
	r.T.Helper()
	if r.Must(result); !acctest.Message(parts...).MatchString(result.Warnings()) {
		r.T.Errorf("the warning does not say %q: %s", parts, result)
	}
	return result
}

// writes fails the test unless these many creates, renames and deletes were sent since the last call.
func (r roleCore) writes(created, renamed, deleted int) {
	r.T.Helper()
	for kind, n := range map[string]int{"POST roles": created, "PATCH role": renamed, "DELETE role": deleted} {
		if got := r.hog.CountRequests(kind); got != n {
			r.T.Errorf("%d %s, want %d", got, kind, n)
		}
	}
	r.hog.ForgetRequests()
}

func TestRole_life(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]fakeposthog.Option{
		"newest": nil, "older": {fakeposthog.Older()}, "nulls": {fakeposthog.NullFields()}, "unknown fields": {fakeposthog.ExtraFields()},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoleCore(t, options...)
			r.declareRole("Support")
			planned := r.Must(r.Plan())
			for _, attribute := range []string{"id", "created_at", "created_by", "is_default"} {
				if got := planned.Changes[roleOne].PlannedValue(attribute); !terraformcore.HasUnknown(got) {
					t.Errorf("the plan has %v for %s", got, attribute)
				}
			}
			if warnings := r.MustApply().Warnings(); warnings != "" {
				t.Errorf("it warns: %s", warnings)
			}
			id := r.id()
			if r.nameOf(id) != "Support" || r.Attribute(roleOne, "created_by") != nil || r.Attribute(roleOne, "is_default") != false ||
				r.Attribute(roleOne, "organization_id") != r.organization || r.Attribute(roleOne, "created_at") == nil || r.Attribute(roleOne, "force_destroy") != nil {
				t.Errorf("the state is %v", r.State[roleOne].Attributes)
			}
			if identity := r.Identity(roleOne); fmt.Sprint(identity) != fmt.Sprint(map[string]any{"organization_id": r.organization, "id": id}) {
				t.Errorf("the identity is %v", identity)
			}
			r.writes(1, 0, 0)

			r.hog.Join(id, r.user)
			r.declareRole("Customer Support")
			if result := r.MustApply(); result.Action(roleOne) != terraformcore.Update || r.id() != id || r.nameOf(id) != "Customer Support" {
				t.Errorf("it is not renamed in place: %s", result)
			}
			if !r.hog.IsMember(id, r.user) {
				t.Error("the member is lost")
			}
			r.writes(0, 1, 0)
			r.hog.RenameRole(id, "Renamed in PostHog")
			if result := r.MustApply(); result.Action(roleOne) != terraformcore.Update || r.nameOf(id) != "Customer Support" {
				t.Errorf("the drift stays: %s", result)
			}
			r.writes(0, 1, 0)
			r.declareRole("Customer Support", "force_destroy", true)
			r.MustApply()
			r.writes(0, 0, 0)
			r.Must(r.Destroy())
			if r.nameOf(id) != "" || len(r.StateAddresses()) != 0 {
				t.Error("the role is still there")
			}
			r.writes(0, 0, 1)
		})
	}
}

// Ten roles cost one read of the roles, and each a create and a read. A plan without changes reads each role once.
func TestRole_requests(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	for i := range 10 {
		r.Declare(fmt.Sprintf("posthog_role.r%d", i), map[string]any{"name": fmt.Sprintf("New %d", i)})
	}
	r.Must(r.Plan())
	r.hog.ExpectRequests(t, "GET roles", 1)
	r.hog.ExpectRequests(t, "", 1)
	r.Must(r.Apply())
	r.hog.ForgetRequests()
	r.ExpectNoChanges()
	r.hog.ExpectRequests(t, "GET role", 10)
	r.hog.ExpectRequests(t, "", 10)
}

func TestRole_caseOfTheName(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	r.declareRole("support")
	r.MustApply()
	id := r.id()
	r.declareRole("Support")
	if r.MustApply(); r.nameOf(id) != "Support" || r.id() != id {
		t.Error("the case does not change")
	}
	old := newRoleCore(t, fakeposthog.BeforeMid2026())
	old.declareRole("support")
	old.MustApply()
	old.declareRole("Support")
	old.refuses(old.Apply(), "Error: Unable to rename role", "differ in case only", "before mid-2026", "Write the name as PostHog has it")
	old.declareRole("support")
	old.ExpectNoChanges()
}

func TestRole_invalidNames(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	for name, parts := range map[string][]string{
		"":                               {"name must not be blank"},
		" \t ":                           {"name must not be blank"},
		" Support":                       {"name has a space at the beginning", `write "Support" instead of " Support"`},
		"Support\u00a0":                  {"name has a space at the end"},
		"Support\x1f":                    {"name has a space at the end"},
		"a\x00b":                         {"must not have null characters"},
		strings.Repeat("ü", 201):         {"must have at most 200 characters, not 201"},
		"phx_" + strings.Repeat("x", 40): {"must not be an API key"},
	} {
		r.declareRole(name)
		r.refuses(r.Plan(), append([]string{"Error: Invalid name"}, parts...)...)
	}
	r.hog.ExpectRequests(t, "", 0)
	for _, name := range []string{strings.Repeat("ü", 200), "a / b\tc", "\u200bx\u200b", "x"} {
		r.declareRole(name)
		r.MustApply()
		if r.nameOf(r.id()) != name {
			t.Errorf("the name is %q, want %q", r.nameOf(r.id()), name)
		}
	}
	r.hog.Inject(fakeposthog.Fault{
		On: "PATCH role", Do: fakeposthog.Error(400, "validation_error", "max_length", "Ensure this field has no more than 1 characters.", "name"),
	})
	r.declareRole("Support")
	result := r.Apply()
	if r.refuses(result, "Error: Unable to rename role", "no more than 1 characters", "Choose another name. It must have 1 to 200 characters"); !result.HasErrorAt("name") {
		t.Errorf("the error is elsewhere: %s", result)
	}
}

func TestRole_nameTaken(t *testing.T) {
	t.Parallel()
	for name, written := range map[string]string{"exactly": "Support", "in another case": "SUPPORT"} {
		t.Run(name, func(t *testing.T) {
			r := newRoleCore(t)
			id := r.hog.AddRole("", "Support")
			r.hog.Join(id, r.user)
			r.declareRole(written)
			result := r.Plan()
			r.refuses(result, "Error: Role name is taken", "already has role Support ("+id+")", "Nothing was changed.", "moved {",
				"import { to = posthog_role.example", `id = "Support"`, "adopt_existing = true")
			if !result.HasErrorAt("name") {
				t.Errorf("the error is elsewhere: %s", result)
			}
			r.declareRole(written, "organization_id", r.organization)
			r.refuses(r.Plan(), `id = "`+r.organization+`/Support"`)
			r.declareRole(written)
			r.writes(0, 0, 0)

			r.Configure("adopt_existing", true)
			planned := r.warns(r.Plan(), "Warning: Existing role will be adopted", "already has role Support ("+id+")", "Terraform will manage the role")
			if renames := acctest.Message(`and renames it to "SUPPORT"`).MatchString(planned.Warnings()); renames != (written == "SUPPORT") {
				t.Errorf("the warning is another: %s", planned)
			}
			if planned.Changes[roleOne].PlannedValue("id") != id {
				t.Errorf("the plan does not have the id: %s", planned)
			}
			r.warns(r.ApplyPlan(planned), "Warning: Existing role adopted", "a destroy deletes it")
			r.ExpectNoChanges()
			if r.id() != id || r.nameOf(id) != written || !r.hog.IsMember(id, r.user) {
				t.Errorf("the role is %s %q", r.id(), r.nameOf(id))
			}
			r.writes(0, map[bool]int{true: 1}[written != "Support"], 0)
		})
	}
	t.Run("twice", func(t *testing.T) {
		r := newRoleCore(t)
		id := r.hog.AddRole("", "support")
		r.hog.AddRole("", "Support")
		r.declareRole("SUPPORT")
		r.Configure("adopt_existing", true)
		r.refuses(r.Plan(), "Error: Role name is taken", "2 roles of organization", "without regard to case", id, "import {")
		r.declareRole("Support")
		r.warns(r.Apply(), "Existing role adopted")
		r.ExpectNoChanges()
	})
	t.Run("since the plan", func(t *testing.T) {
		for _, adopt := range []bool{false, true} {
			r := newRoleCore(t)
			r.Configure("adopt_existing", adopt)
			r.declareRole("Support")
			planned := r.Must(r.Plan())
			r.hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fakeposthog.Before(func() { r.hog.AddRole("", "Support") })})
			result := r.ApplyPlan(planned)
			if adopt {
				r.warns(result, "Existing role adopted")
				r.ExpectNoChanges()
				continue
			}
			r.refuses(result, "Error: Role name is taken", "already has role Support", "import {")
			if len(r.StateAddresses()) != 0 {
				t.Error("the state has the role")
			}
		}
	})
	t.Run("and PostHog lists none", func(t *testing.T) {
		r := newRoleCore(t)
		r.hog.Inject(fakeposthog.Fault{
			On: "POST roles", Do: fakeposthog.Error(400, "validation_error", "unique", "There is already a role with this name.", "name"),
		})
		r.declareRole("Support")
		r.refuses(r.Apply(), "Error: Role name is taken", `PostHog says that a role with the name "Support" exists, but lists none`)
	})
	t.Run("adopted and changed since the plan", func(t *testing.T) {
		r := newRoleCore(t)
		id := r.hog.AddRole("", "Support")
		r.Configure("adopt_existing", true)
		r.declareRole("Support")
		planned := r.Must(r.Plan())
		r.hog.Inject(fakeposthog.Fault{On: "GET role", Do: fakeposthog.Before(func() { r.hog.RenameRole(id, "Sales") })})
		r.refuses(r.ApplyPlan(planned), "Error: Role has changed since the plan", "was renamed or deleted in PostHog", "Plan and apply again")
		r.writes(0, 0, 0)
	})
	t.Run("by a rename", func(t *testing.T) {
		r := newRoleCore(t)
		id := r.hog.AddRole("", "Sales")
		r.declareRole("Support")
		r.MustApply()
		r.Configure("adopt_existing", true)
		r.declareRole("sales")
		r.refuses(r.Plan(), "Error: Role name is taken", "role Sales ("+id+")", "Choose another name, or rename or delete that role first", "third name")
		r.hog.RenameRole(id, "Elsewhere")
		planned := r.Must(r.Plan())
		r.hog.Inject(fakeposthog.Fault{On: "PATCH role", Do: fakeposthog.Before(func() { r.hog.RenameRole(id, "SALES") })})
		r.refuses(r.ApplyPlan(planned), "Error: Role name is taken", "role SALES ("+id+")")
	})
}

func TestRole_declaredTwice(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	r.declareRole("Support")
	r.Declare(roleTwo, map[string]any{"name": "SUPPORT"})
	r.refuses(r.Plan(), "Error: Role declared twice", "Two posthog_role resources declare the role")
	r.Remove(roleTwo)
	r.MustApply()
	r.Declare(roleTwo, map[string]any{"name": "Support"})
	r.Configure("adopt_existing", true)
	r.refuses(r.Plan(), "Error: Role ")
	r.Configure("adopt_existing", false)
	r.Remove(roleTwo)
	r.Must(r.Import(roleTwo, "Support")) // Both have the role in state, and one would be destroyed.
	r.refuses(r.Apply(), "Error: Role moves to another address", "If both have the role in the state", "terraform state rm")
	if r.nameOf(r.id()) != "Support" {
		t.Error("the role is lost")
	}
	delete(r.State, roleTwo) // terraform state rm
	r.Must(r.Destroy())
	r.writes(1, 0, 1)
}

// Without a moved block, a role under another address is an error, in any order. With adopt_existing it would be deleted.
func TestRole_anotherAddress(t *testing.T) {
	t.Parallel()
	for _, adopt := range []bool{false, true} {
		for _, first := range []string{roleOne, roleTwo} {
			r := newRoleCore(t)
			r.declareRole("Support", "force_destroy", true)
			r.MustApply()
			id := r.id()
			r.Remove(roleOne)
			r.Declare(roleTwo, map[string]any{"name": "Support"})
			r.Configure("adopt_existing", adopt)
			r.Order = []string{first}
			result := r.Apply()
			r.refuses(result, "Error: Role ", "moved {")
			if adopt || first == roleOne {
				r.refuses(result, "Role moves to another address", "is in the state at one address, and another resource declares its name", "apply the rename first")
			}
			if r.nameOf(id) != "Support" {
				t.Error("the role is lost")
			}
		}
	}
}

func TestRole_replacement(t *testing.T) {
	t.Parallel()
	for _, adopt := range []bool{false, true} {
		r := newRoleCore(t)
		r.Configure("adopt_existing", adopt)
		r.declareRole("Support")
		r.MustApply()
		id := r.id()
		r.Replace[roleOne] = true
		r.Must(r.Apply())
		r.Replace[roleOne] = false
		r.ExpectNoChanges()
		if r.id() == id || r.nameOf(r.id()) != "Support" || r.nameOf(id) != "" {
			t.Errorf("the role is %s, and was %s", r.id(), id)
		}
		r.hog.Join(r.id(), r.user)
		r.Taint(roleOne)
		r.refuses(r.Apply(), "Error: Role has members")
		if !r.hog.IsMember(r.id(), r.user) {
			t.Error("the member is lost")
		}
	}
}

func TestRole_organization(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	other := r.hog.AddOrganization("Other")
	r.hog.AddUserWith(other, r.hog.Owner())
	r.hog.SetLevel(other, r.hog.Owner().UUID, fakeposthog.LevelOwner)
	r.declareRole("Support")
	r.MustApply()
	id := r.id()
	for _, spelled := range []string{"hogflix", "@current", r.organization} {
		r.declareRole("Support", "organization_id", spelled)
		r.ExpectNoChanges()
	}
	for _, spelled := range []string{other, "other"} {
		r.declareRole("Support", "organization_id", spelled)
		result := r.Plan()
		if r.refuses(result, "Error: Role cannot change its organization", "Role Support ("+id+")", "organization "+other, "cannot move a role", "declare a second posthog_role"); !result.HasErrorAt("organization_id") {
			t.Errorf("the error is elsewhere: %s", result)
		}
	}
	r.Declare(roleTwo, map[string]any{"name": "Support", "organization_id": other})
	r.declareRole("Support")
	r.Must(r.Apply())
	if names := r.hog.RoleNames(other); len(names) != 1 {
		t.Errorf("the other organization has %v", names)
	}
}

func TestRole_currentOrganizationChanges(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	other := r.hog.AddOrganization("Other")
	r.hog.AddUserWith(other, r.hog.Owner())
	r.Configure("organization_id", "@current")
	r.declareRole("Support")
	r.MustApply()
	id := r.id()
	r.hog.SetCurrentOrganization(r.hog.Owner().UUID, other)
	r.ExpectNoChanges()
	without := r.State[roleOne]
	without.Private = nil
	r.State[roleOne] = without
	r.refuses(r.Plan(), "Error: Unable to read role", "is not in organization "+other+", which @current means now")
	r.refuses(r.Destroy(), "is not in organization "+other)
	if r.nameOf(id) != "Support" {
		t.Error("the role is lost")
	}
}

func TestRole_deletedOutside(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	r.declareRole("Support")
	r.MustApply()
	id := r.id()
	r.hog.DeleteRole(id)
	if result := r.MustApply(); result.Action(roleOne) != terraformcore.Create || r.id() == id || r.nameOf(r.id()) != "Support" {
		t.Errorf("it is not created again: %s", result)
	}
	r.hog.DeleteRole(r.id())
	r.Must(r.Destroy())
	r.writes(2, 0, 0)
	r.MustApply()
	planned := r.Must(r.PlanDestroy())
	r.hog.DeleteRole(r.id())
	r.Must(r.ApplyPlan(planned))
}

func TestRole_destroy(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	r.declareRole("Support")
	r.MustApply()
	id := r.id()
	r.hog.Join(id, r.hog.User(1).UUID)
	r.hog.Join(id, r.hog.User(0).UUID)
	r.hog.SetDefaultRole(id)
	r.warns(r.PlanDestroy(), "Warning: Default role will be deleted", "Role Support ("+id+")", "has no default role")
	r.refuses(r.Destroy(), "Error: Role has members", "was not deleted, because it has 2 members:", r.email(0), r.email(1),
		"force_destroy = true", "apply that first", "role_id = posthog_role.example.id")
	if r.id() != id || r.nameOf(id) != "Support" || len(r.hog.Members(id)) != 2 {
		t.Error("something is lost")
	}
	r.writes(1, 0, 0)
	r.declareRole("Support", "force_destroy", true)
	r.MustApply()
	if r.Attribute(roleOne, "is_default") != true {
		t.Error("is_default is not read")
	}
	r.Must(r.Destroy())
	r.writes(0, 0, 1)
	if r.nameOf(id) != "" || len(r.StateAddresses()) != 0 {
		t.Error("the role is still there")
	}
}

func TestRole_createdBy(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	id := r.hog.AddRoleBy("", "Support", r.user)
	r.declareRole("Support")
	r.Must(r.Import(roleOne, "Support"))
	if r.ExpectNoChanges(); r.Attribute(roleOne, "created_by") != r.user || r.id() != id {
		t.Errorf("the state is %v", r.State[roleOne].Attributes)
	}
	r.declareRole("Sales")
	planned := r.Must(r.Plan())
	if got := planned.Changes[roleOne].PlannedValue("created_by"); got != r.user {
		t.Errorf("the plan has %v", got)
	}
	r.MustApply()
}

func TestRole_import(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	id := r.hog.AddRole("", "Support")
	r.declareRole("Support")
	for _, from := range []any{
		"Support", "support", id, r.organization + "/Support", "hogflix/" + id, "@current/Support",
		map[string]any{"organization_id": r.organization, "id": id}, map[string]any{"organization_id": nil, "id": id},
	} {
		delete(r.State, roleOne)
		r.Must(r.Import(roleOne, from))
		if r.ExpectNoChanges(); r.id() != id {
			t.Errorf("%v: the state is %v", from, r.State[roleOne].Attributes)
		}
	}
	r.writes(0, 0, 0)
	delete(r.State, roleOne)
	r.hog.AddRole("", "SUPPORT")
	const nobody = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	for from, parts := range map[any][]string{
		"suPPort":               {"Error: Several roles have this name", id, "Use the UUID of one of them"},
		"Supports":              {"Error: Role not found", "Did you mean"},
		nobody:                  {"Error: Role not found", "There is nothing to import"},
		"":                      {"Error: Invalid import id", "it is empty", "An import id of a role is one of"},
		"a/b/c":                 {"Error: Invalid import id", "If the role's name has a slash, write the role's UUID"},
		r.organization + "/":    {"Error: Invalid import id", "remove the slash at the end"},
		strings.ToUpper(nobody): {"Error: Invalid import id", "lower case"},
	} {
		r.refuses(r.Import(roleOne, from), parts...)
	}
	r.refuses(r.Import(roleOne, map[string]any{"organization_id": r.organization, "id": "Support"}), "Error: Invalid import identity", "id must be a UUID")
	r.declareRole("SUPPORT")
	r.AddImport(roleOne, "Support")
	r.refuses(r.Apply(), "Error: Role name is taken")
	r.declareRole("Support")
	r.Must(r.Apply())
	r.ExpectNoChanges()
}

// A server before mid-2026 creates the role in the organization that the key's owner has open.
func TestRole_olderServers(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t, fakeposthog.BeforeMid2026())
	other := r.hog.AddOrganization("Other")
	r.hog.AddUserWith(other, r.hog.Owner())
	r.hog.SetLevel(other, r.hog.Owner().UUID, fakeposthog.LevelOwner)
	r.Configure("organization_id", other)
	r.declareRole("role 0")
	r.refuses(r.Apply(), "Error: Role name is taken in another organization", "organization "+r.organization+" has role Role 0 ("+r.role+")",
		"before mid-2026", "Open organization "+other+" in PostHog as the key's owner")
	r.declareRole("Support")
	r.refuses(r.Apply(), "Error: Role created in another organization", "PostHog created role Support", "in organization "+r.organization+", and not in organization "+other,
		"Open organization "+other+" in PostHog as the key's owner and apply again, or upgrade the server", "not in the state", "delete it in PostHog")
	if len(r.StateAddresses()) != 0 || len(r.hog.RoleNames("")) != 2 || len(r.hog.RoleNames(other)) != 0 {
		t.Errorf("%v %v %v", r.StateAddresses(), r.hog.RoleNames(""), r.hog.RoleNames(other))
	}
	r.hog.SetCurrentOrganization(r.hog.Owner().UUID, other)
	r.MustApply()
	if len(r.hog.RoleNames(other)) != 1 {
		t.Errorf("%v", r.hog.RoleNames(other))
	}
	many := newRoleCore(t, fakeposthog.BeforeMid2026(), fakeposthog.Roles(131))
	many.declareRole("Support")
	many.MustApply()
	many.declareRole("role 130")
	many.refuses(many.Plan(), "Error: Role name is taken", "role Role 130")
}

func TestRole_failures(t *testing.T) {
	t.Parallel()
	t.Run("the roles cannot be read", func(t *testing.T) {
		r := newRoleCore(t)
		r.hog.Inject(fakeposthog.Fault{On: "GET roles", Do: fakeposthog.HTMLLogin(), Times: fakeposthog.Forever})
		r.declareRole("Support")
		r.refuses(r.Plan(), "Error: Unable to list roles", `find out whether role "Support"`)
	})
	t.Run("not an admin", func(t *testing.T) {
		r := newRoleCore(t)
		r.declareRole("Support")
		r.Declare(roleTwo, map[string]any{"name": "Sales"})
		r.hog.SetLevel("", r.hog.Owner().UUID, fakeposthog.LevelMember)
		r.Order = []string{roleOne, roleTwo}
		r.refuses(r.Apply(), "Error: Unable to create role", "could not create role", "can change its roles and their members")
		r.writes(1, 0, 0)
		r.hog.SetLevel("", r.hog.Owner().UUID, fakeposthog.LevelAdmin)
		r.MustApply()
		r.hog.SetLevel("", r.hog.Owner().UUID, fakeposthog.LevelMember)
		r.refuses(r.Destroy(), "Error: Unable to delete role", "could not delete role")
	})
	t.Run("a create stays unclear", func(t *testing.T) {
		r := newRoleCore(t)
		r.declareRole("Support")
		planned := r.Must(r.Plan())
		r.hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fakeposthog.CloseAfter()})
		r.hog.Inject(fakeposthog.Fault{On: "GET roles", Skip: 1, Do: fakeposthog.HTMLLogin(), Times: fakeposthog.Forever})
		r.refuses(r.ApplyPlan(planned), "Error: Role may have been created", "cannot tell whether it happened", "Then the provider read the roles to find out",
			`import it with the id "Support"`, "adopt_existing = true")
		r.hog.ClearFaults()
		if len(r.StateAddresses()) != 0 {
			t.Error("the state has the role")
		}
		r.Configure("adopt_existing", true)
		r.Must(r.Apply())
		r.ExpectNoChanges()
		r.writes(1, 0, 0)
	})
	t.Run("a create never happens", func(t *testing.T) {
		r := newRoleCore(t)
		r.declareRole("Support")
		r.hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fakeposthog.BadGateway(), Times: fakeposthog.Forever})
		r.refuses(r.Apply(), "Error: Role may have been created", "The organization does not list the role yet")
		r.hog.ClearFaults()
		r.MustApply()
	})
	t.Run("a rename stays unclear", func(t *testing.T) {
		r := newRoleCore(t)
		r.declareRole("Support")
		r.MustApply()
		r.declareRole("Sales")
		planned := r.Must(r.Plan())
		r.hog.Inject(fakeposthog.Fault{On: "PATCH role", Do: fakeposthog.CloseAfter()})
		r.hog.Inject(fakeposthog.Fault{On: "GET role", Do: fakeposthog.HTMLLogin(), Times: fakeposthog.Forever})
		r.refuses(r.ApplyPlan(planned), "Error: Unable to rename role", `to "Sales"`, "The role may have been renamed. The next plan shows it.")
		r.hog.ClearFaults()
		r.ExpectNoChanges() // The refresh reads the new name.
	})
	t.Run("deleted before the rename", func(t *testing.T) {
		r := newRoleCore(t)
		r.declareRole("Support")
		r.MustApply()
		r.declareRole("Sales")
		planned := r.Must(r.Plan())
		r.hog.DeleteRole(r.id())
		r.refuses(r.ApplyPlan(planned), "Error: Role has changed since the plan")
		r.MustApply()
	})
}

// A role keeps its state while the provider's configuration is unknown.
func TestRole_unknownProvider(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	r.declareRole("Support")
	r.MustApply()
	r.Declare(roleTwo, map[string]any{"name": "Sales"})
	for argument, value := range map[string]string{"api_key": r.key, "organization_id": r.organization} {
		r.Configure(argument, terraformcore.Unknown)
		planned := r.warns(r.Plan(), "Warning: Role not refreshed", argument+" will be known only after apply", "The state is kept as it is")
		if planned.Action(roleOne) == terraformcore.Create || planned.Action(roleTwo) != terraformcore.Create {
			t.Errorf("the plan is %s", planned)
		}
		r.Configure(argument, value)
	}
	r.MustApply()
}

// Values of a role that are unknown in the plan are settled in the apply.
func TestRole_unknownValues(t *testing.T) {
	t.Parallel()
	r := newRoleCore(t)
	other := r.hog.AddOrganization("Other")
	r.hog.AddUserWith(other, r.hog.Owner())
	unknown := terraformcore.UnknownUntilApply
	r.declareRole("Support", "organization_id", unknown(r.organization))
	r.Declare(roleTwo, map[string]any{"name": unknown("Sales")})
	r.Must(r.Apply())
	id := r.id()
	r.declareRole("Support", "organization_id", unknown("hogflix"), "force_destroy", true)
	r.Declare(roleTwo, map[string]any{"name": unknown("Marketing")})
	r.Must(r.Apply())
	if names := r.hog.RoleNames(""); len(names) != 3 || names[id] != "Support" || r.id() != id {
		t.Errorf("the roles are %v", names)
	}
	r.Declare(roleTwo, map[string]any{"name": unknown("Support")})
	r.refuses(r.Apply(), "Error: Role ")
	r.Remove(roleTwo)
	r.declareRole("Support", "organization_id", unknown(other))
	r.refuses(r.Apply(), "Error: Role cannot change its organization")
	if r.nameOf(id) != "Support" {
		t.Error("the role is lost")
	}
}
