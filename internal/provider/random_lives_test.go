package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// oneLife repeats a life that has failed: go test -run RandomLives ./internal/provider -args -life 17.
var oneLife = flag.Int("life", -1, "the only life of TestRandomLives to run")

const (
	lives        = 200
	stepsOfALife = 3
	usersOfALife = 5
	rolesOfALife = 5
	// singleRoles of them have memberships, and the others are managed by posthog_role_members.
	singleRoles = 2
)

// Configurations whose addresses are not tied to users or roles follow one another, with keys that see little, deactivated users,
// values that are not known in the plan, replacements, changes outside Terraform, renamed and deleted roles, and interrupts. After each apply: declared users are
// in their role, users who were managed and are not declared any more are out, and no declared user was out at any time; or the apply
// has failed and said why, and no membership was lost from state.
func TestRandomLives(t *testing.T) {
	t.Parallel()
	if *oneLife < 0 && acctest.RunWithoutRaceDetector(t) {
		return
	}
	var applies, succeeded atomic.Int64
	t.Run("seed", func(t *testing.T) {
		for seed := range lives {
			if *oneLife >= 0 && seed != *oneLife {
				continue
			}
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				l := newLife(t, seed)
				l.run()
				applies.Add(int64(l.applies))
				succeeded.Add(int64(l.succeeded))
			})
		}
	})
	t.Logf("%d of %d applies succeeded", succeeded.Load(), applies.Load())
}

// A place is a user in a role, as numbers of fakeposthog's.
type place struct{ role, user int }

type life struct {
	*terraformcore.Core

	bed      *testbed
	random   *rand.Rand
	declares map[place]string // the memberships that the configuration declares, and at which address
	hidden   map[place]bool   // those whose role or user is not known in the plan
	// owns are the memberships that the provider has made, and that nothing else has removed since.
	owns               map[place]bool
	singles, wholes    []string // the names of the resources
	interrupted        bool     // whether Terraform may be interrupted in this step
	applies, succeeded int
	notes              []string
	roles              []namedRole    // by number
	numbers            map[string]int // the number of each role, also of deleted ones, by UUID
}

// namedRole is a role of a life. Its name may have changed, and it may have been deleted and created again.
type namedRole struct{ id, name, formerName string }

func newLife(t *testing.T, seed int) *life {
	t.Helper()
	bed := fake(t, fakeposthog.Roles(rolesOfALife), fakeposthog.Users(usersOfALife))
	l := &life{Core: newCore(t, bed), bed: bed, random: rand.New(rand.NewPCG(uint64(seed), 7)), owns: map[place]bool{}}
	l.numbers = map[string]int{}
	for i := range rolesOfALife {
		l.roles = append(l.roles, namedRole{id: bed.hog.Role(i), name: fmt.Sprintf("Role %d", i)})
		l.numbers[bed.hog.Role(i)] = i
	}
	l.ReadsOrphansFirst = l.once(2)
	if !l.once(3) {
		l.singles = []string{"a", "b", "c"}
	}
	if len(l.singles) == 0 || l.once(2) {
		l.wholes = []string{"x", "y"}
	}
	if !l.once(4) {
		l.Configure("adopt_existing", true)
		l.note("adopts")
	}
	if l.once(4) {
		l.Configure("api_key", bed.hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}}))
		l.note("has a narrow key")
	}
	return l
}

// once is true once in n times.
func (l *life) once(n int) bool { return l.random.IntN(n) == 0 }

func (l *life) note(format string, arguments ...any) {
	l.notes = append(l.notes, fmt.Sprintf(format, arguments...))
}

// wrong fails the test.
func (l *life) wrong(format string, arguments ...any) {
	l.T.Helper()
	l.note("WRONG: "+format, arguments...)
	l.T.Errorf(format, arguments...)
}

func (l *life) run() {
	for step := range stepsOfALife {
		l.note("step %d", step)
		l.changeOutside()
		l.declare()
		l.mark()
		l.step()
		if l.T.Failed() {
			break
		}
	}
	if !l.T.Failed() {
		l.end()
	}
	if l.T.Failed() {
		l.T.Log(strings.Join(l.notes, "\n"))
	}
}

// changeRoleOutside renames a role, or deletes it and creates another one with its name.
func (l *life) changeRoleOutside() {
	number := l.random.IntN(rolesOfALife)
	role := &l.roles[number]
	if l.once(2) {
		role.formerName, role.name = role.name, role.name+"'"
		l.bed.hog.RenameRole(role.id, role.name)
		l.note("role %d is renamed to %s", number, role.name)
		return
	}
	l.bed.hog.DeleteRole(role.id)
	role.id = l.bed.hog.AddRole("", role.name)
	l.numbers[role.id] = number
	maps.DeleteFunc(l.owns, func(at place, _ bool) bool { return at.role == number })
	l.note("role %d is deleted and created again", number)
}

// roleReference returns the attributes that name a role: by UUID, by name or by both. A name may be the former one, which fails the plan.
func (l *life) roleReference(number int) map[string]any {
	role, attributes := l.roles[number], map[string]any{}
	if role.formerName != "" && l.once(4) {
		role.name = role.formerName
	}
	way := l.random.IntN(3)
	if way != 0 {
		attributes["role_id"] = l.perhapsLater(role.id)
	}
	if way != 1 {
		attributes["role_name"] = l.perhapsLater(role.name)
	}
	return attributes
}

// declaredRole returns the number of the role that attributes name, or -1 for a former name.
func (l *life) declaredRole(attributes map[string]any) int {
	known := terraformcore.KnownValues(attributes)
	return slices.IndexFunc(l.roles, func(role namedRole) bool { return role.id == known["role_id"] || role.name == known["role_name"] })
}

// changeOutside does what users do in the web app.
func (l *life) changeOutside() {
	if l.once(5) {
		l.changeRoleOutside()
	}
	for range l.random.IntN(3) {
		at := place{l.random.IntN(rolesOfALife), l.random.IntN(usersOfALife)}
		switch l.random.IntN(7) {
		case 0, 1, 2:
			l.bed.hog.Join(l.role(at.role), l.user(at.user).UUID)
			l.note("user%d joins role %d", at.user, at.role)
		case 3, 4, 5:
			l.bed.hog.Leave(l.role(at.role), l.user(at.user).UUID)
			delete(l.owns, at)
			l.note("user%d leaves role %d", at.user, at.role)
		default:
			l.bed.hog.DeactivateUser(l.user(at.user).UUID)
			l.note("user%d is deactivated", at.user)
		}
	}
}

func (l *life) role(i int) string           { return l.roles[i].id }
func (l *life) user(i int) fakeposthog.User { return l.bed.hog.User(i) }
func (l *life) in(at place) bool            { return l.bed.hog.IsMember(l.role(at.role), l.user(at.user).UUID) }
func (l *life) perhapsLater(value any) any {
	if l.once(6) {
		return terraformcore.UnknownUntilApply(value)
	}
	return value
}

// declare makes up another configuration.
func (l *life) declare() {
	l.declares, l.hidden = map[place]string{}, map[place]bool{}
	clear(l.Config)
	for _, name := range l.singles {
		at := place{l.random.IntN(singleRoles), l.random.IntN(usersOfALife)}
		if l.once(4) || l.declares[at] != "" {
			continue
		}
		address := "posthog_role_membership." + name
		attributes := l.membership(at)
		l.declares[at], l.hidden[at] = address, terraformcore.HasUnknown(attributes)
		l.Declare(address, attributes)
		l.note("%s declares user%d in role %d: %v", name, at.user, at.role, attributes)
	}
	roles := l.random.Perm(rolesOfALife - singleRoles)
	for i, name := range l.wholes {
		if l.once(3) {
			continue
		}
		role := singleRoles + roles[i]
		address := "posthog_role_members." + name
		users, numbers := []any{}, l.random.Perm(usersOfALife)[:l.random.IntN(usersOfALife)]
		for _, user := range numbers {
			var entry any = []string{l.user(user).Email, l.user(user).UUID}[l.random.IntN(2)]
			// In state, unknown entries may turn out to name the same users in another spelling. Terraform rejects that in the apply.
			if _, inState := l.State[address]; !inState {
				entry = l.perhapsLater(entry)
			}
			users = append(users, entry)
		}
		attributes := l.roleReference(role)
		attributes["users"] = users
		for _, user := range numbers {
			l.declares[place{role, user}], l.hidden[place{role, user}] = address, terraformcore.HasUnknown(attributes)
		}
		l.Declare(address, attributes)
		l.note("%s declares %v in role %d: %v", name, numbers, role, attributes)
	}
}

func (l *life) membership(at place) map[string]any {
	attributes := l.roleReference(at.role)
	way := l.random.IntN(3)
	if way != 0 {
		attributes["user_uuid"] = l.perhapsLater(l.user(at.user).UUID)
	}
	if way != 1 {
		attributes["user_email"] = l.perhapsLater(l.user(at.user).Email)
	}
	return attributes
}

// mark has resources replaced, and taints them.
func (l *life) mark() {
	clear(l.Replace)
	for _, address := range l.StateAddresses() {
		if _, declared := l.Config[address]; !declared {
			continue
		}
		switch l.random.IntN(10) {
		case 0:
			l.Replace[address] = true
			l.note("-replace=%s", address)
		case 1:
			// The provider does not learn that the membership of a tainted resource is removed, so that another address cannot adopt it.
			if l.isDeclaredElsewhere(address) {
				continue
			}
			l.Taint(address)
			l.note("taint %s", address)
		}
	}
}

// isDeclaredElsewhere reports whether a membership that a resource has in state is declared at another address.
func (l *life) isDeclaredElsewhere(address string) bool {
	for at, manager := range l.managed() {
		if declared := l.declares[at]; manager == address && declared != "" && declared != address {
			return true
		}
	}
	return false
}

// shuffle has resources handled one after the other, in any order, or side by side.
func (l *life) shuffle() {
	l.Order = nil
	if l.once(5) {
		l.note("side by side")
		return
	}
	l.Order = l.Addresses()
	slices.Sort(l.Order)
	l.random.Shuffle(len(l.Order), func(i, j int) { l.Order[i], l.Order[j] = l.Order[j], l.Order[i] })
	l.note("in the order %v", l.Order)
}

// perhapsInterrupt has Terraform interrupted when a request arrives, or when it was answered.
func (l *life) perhapsInterrupt() {
	if l.interrupted = l.once(6); !l.interrupted {
		return
	}
	interrupt := func() { l.Interrupt(context.Background()) }
	fault := fakeposthog.Fault{
		On: []string{kindOfAdd, kindOfRemove, "GET role"}[l.random.IntN(3)], Skip: l.random.IntN(3), Do: fakeposthog.After(interrupt),
	}
	if l.once(2) {
		fault.Do = fakeposthog.Before(interrupt)
	}
	l.bed.hog.Inject(fault)
	l.note("interrupted at %s, after %d", fault.On, fault.Skip)
}

// step plans and applies, and checks what came of it.
func (l *life) step() {
	managed, had, tainted := l.managed(), l.members(), map[string]bool{}
	managers := map[int]string{} // of all members of a role
	for address, object := range l.State {
		tainted[address] = object.Tainted
		if role, whole := l.wholeRole(address); whole {
			managers[role] = address
		}
	}
	l.bed.hog.ForgetHistory()
	l.shuffle()
	l.perhapsInterrupt()
	result := l.Plan()
	l.note("%s", result)
	if l.changedAnything() {
		l.wrong("a plan has changed who is in a role")
	}
	if !result.HasErrors() {
		l.shuffle()
		result = l.ApplyPlan(result)
		l.note("%s", result)
	}
	l.bed.hog.ClearFaults()
	l.applies++
	l.keepAccount()
	l.expectNobodyWasOut(had, managed, managers, tainted)
	if result.HasErrors() {
		l.expectReasons(result)
		l.expectNothingLost(managed, result)
		return
	}
	l.succeeded++
	clear(l.Replace)
	for address, attributes := range l.Config {
		l.Declare(address, terraformcore.KnownValues(attributes))
	}
	l.settleMoves()
	l.expectDeclared(managed)
	if plan := l.Plan(); plan.HasErrors() || plan.HasChanges() {
		l.wrong("the plan is not empty after a success: %s", plan)
	}
}

// end declares nothing any more, which destroys everything.
func (l *life) end() {
	managed := l.managed()
	clear(l.declares)
	clear(l.Config)
	l.bed.hog.ForgetHistory()
	result := l.Apply()
	l.note("%s", result)
	if result.HasErrors() {
		l.wrong("the last destroy fails: %s", result)
		return
	}
	l.keepAccount()
	l.expectGone(managed)
}

// settleMoves applies once more where all members of a role have moved: others in the new role are only removed by the next plan.
func (l *life) settleMoves() {
	if !l.hasOthers() {
		return
	}
	if result := l.Apply(); result.HasErrors() {
		l.wrong("the apply after a move fails: %s", result)
	}
	l.keepAccount()
}

// hasOthers reports whether a role that is managed has members who are not declared.
func (l *life) hasOthers() bool {
	for _, address := range l.StateAddresses() {
		if role, whole := l.wholeRole(address); whole {
			for user := range usersOfALife {
				if at := (place{role, user}); l.in(at) && l.declares[at] == "" {
					return true
				}
			}
		}
	}
	return false
}

// wholeRole returns the role of which a resource in state manages all members.
func (l *life) wholeRole(address string) (role int, whole bool) {
	if !strings.HasPrefix(address, "posthog_role_members.") {
		return 0, false
	}
	return l.roleInState(address)
}

// roleInState returns the role of a resource in state. exists is false if the role was deleted.
func (l *life) roleInState(address string) (role int, exists bool) {
	id := l.Attribute(address, "role_id").(string)
	role, known := l.numbers[id]
	if !known {
		panic("there is no role " + id)
	}
	return role, l.role(role) == id
}

func (l *life) userNumber(uuid string) int {
	for i := range usersOfALife {
		if l.user(i).UUID == uuid {
			return i
		}
	}
	panic("there is no user " + uuid)
}

// managed returns the memberships in state, and at which address they are.
func (l *life) managed() map[place]string {
	managed := map[place]string{}
	for _, address := range l.StateAddresses() {
		role, exists := l.roleInState(address)
		if !exists {
			continue
		}
		if members, whole := l.Attribute(address, "members").(map[string]any); whole {
			for uuid := range members {
				managed[place{role, l.userNumber(uuid)}] = address
			}
		} else if uuid, ok := l.Attribute(address, "user_uuid").(string); ok {
			managed[place{role, l.userNumber(uuid)}] = address
		}
	}
	return managed
}

// members returns who is in which role.
func (l *life) members() map[place]bool {
	members := map[place]bool{}
	for role := range rolesOfALife {
		for user := range usersOfALife {
			if at := (place{role, user}); l.in(at) {
				members[at] = true
			}
		}
	}
	return members
}

func (l *life) changedAnything() bool {
	for role := range rolesOfALife {
		if len(l.bed.hog.History(l.role(role))) > 0 {
			return true
		}
	}
	return false
}

// keepAccount notes which memberships the provider has made and removed.
func (l *life) keepAccount() {
	for role := range rolesOfALife {
		for _, event := range l.bed.hog.History(l.role(role)) {
			at := place{role, l.userNumber(event.UserUUID)}
			if delete(l.owns, at); event.In {
				l.owns[at] = true
			}
			l.note("%s", map[bool]string{true: "added ", false: "removed "}[event.In]+fmt.Sprintf("user%d, role %d", at.user, role))
		}
	}
}

// expectNobodyWasOut fails the test when a declared user was removed from the role, however short that was. A membership that goes from
// one address to another is seen by no provider where it is not known in the plan at one of them, or is tainted at the other: Terraform
// reports neither addresses nor taint to a provider.
func (l *life) expectNobodyWasOut(had map[place]bool, managed map[place]string, managers map[int]string, tainted map[string]bool) {
	l.T.Helper()
	for at, address := range l.declares {
		from := cmp.Or(managed[at], managers[at.role])
		unseen := from != "" && from != address && (l.hidden[at] || tainted[from])
		if had[at] && !unseen && l.bed.hog.EverOut(l.role(at.role), l.user(at.user).UUID) {
			l.wrong("user%d is declared in role %d and was removed from it", at.user, at.role)
		}
	}
}

// expectReasons fails the test when an error does not say what is wrong.
func (l *life) expectReasons(result *terraformcore.Result) {
	l.T.Helper()
	for _, d := range result.Diagnostics {
		halted := d.Summary == "execution halted"
		if !d.IsWarning && (d.Summary == "" || halted && !l.interrupted || strings.Contains(d.Detail, "error in the provider")) {
			l.wrong("an error says nothing: %s", d)
		}
	}
}

// expectNothingLost fails the test if a managed user, or a user that the provider added, is in the role, and neither the state,
// nor the private state, nor a message knows. A create of all members that fails leaves no state, and says so.
func (l *life) expectNothingLost(managed map[place]string, result *terraformcore.Result) {
	l.T.Helper()
	before, still := maps.Clone(l.owns), l.managed()
	for at := range managed {
		before[at] = true
	}
	for at := range before {
		user := l.user(at.user)
		text := result.Errors() + result.Warnings()
		named := strings.Contains(text, user.Email) || strings.Contains(text, user.UUID)
		switch {
		case !l.in(at) || still[at] != "":
		case l.makesWhole(at.role, result):
			delete(l.owns, at)
		case named || l.remembers(at):
		default:
			l.wrong("user%d is in role %d, was managed and is in state no more, and no message says so", at.user, at.role)
		}
	}
}

// remembers reports whether the private state of a resource names a membership, as that of a move does which has begun.
func (l *life) remembers(at place) bool {
	for _, object := range l.State {
		var private map[string][]byte
		if json.Unmarshal(object.Private, &private) != nil {
			continue
		}
		for _, content := range private {
			if strings.Contains(string(content), l.role(at.role)) && strings.Contains(string(content), l.user(at.user).UUID) {
				return true
			}
		}
	}
	return false
}

// makesWhole reports whether an apply was to create, or to replace, the resource that manages all members of a role.
func (l *life) makesWhole(role int, result *terraformcore.Result) bool {
	for address, attributes := range l.Config {
		if l.declaredRole(attributes) != role || !strings.HasPrefix(address, "posthog_role_members.") {
			continue
		}
		action := result.Action(address)
		return action == terraformcore.Create || action == terraformcore.Replace
	}
	return false
}

// expectDeclared fails the test unless declared users are in, and users who were managed and are not declared are out.
func (l *life) expectDeclared(managed map[place]string) {
	l.T.Helper()
	for at := range l.declares {
		if !l.in(at) {
			l.wrong("user%d is declared in role %d and not there", at.user, at.role)
		}
	}
	l.expectGone(managed)
	if l.hasOthers() {
		l.wrong("a role has members who are not declared")
	}
}

// expectGone fails the test when a user is in a role who was managed there, or added by the provider, and is not declared.
func (l *life) expectGone(managed map[place]string) {
	l.T.Helper()
	before := maps.Clone(l.owns)
	for at := range managed {
		before[at] = true
	}
	for at := range before {
		if l.declares[at] == "" && l.in(at) {
			l.wrong("user%d is not declared in role %d, was managed there or added by the provider, and is there", at.user, at.role)
		}
	}
}
