package provider

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// everybody returns a configuration in which each of n users is in the role, under keys that begin with prefix.
func (b *testbed) everybody(prefix string, n int, arguments ...string) string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("    %q = %q", fmt.Sprintf("%s%d", prefix, i), b.hog.User(i).UUID))
	}
	return acctest.Requirements + b.provider(arguments...) + fmt.Sprintf(
		"resource \"posthog_role_membership\" \"all\" {\n  for_each = {\n%s\n  }\n  role_id   = %q\n  user_uuid = each.value\n}\n",
		strings.Join(pairs, "\n"), b.role)
}

// expectEverybody fails the test unless the first n users are in the role.
func (b *testbed) expectEverybody(t *testing.T, n int, after fmt.Stringer) {
	t.Helper()
	var out []string
	for i := range n {
		if !b.hog.IsMember(b.role, b.hog.User(i).UUID) {
			out = append(out, b.email(i))
		}
	}
	if len(out) > 0 {
		t.Errorf("%d of %d are out of the role: %v\nafter %s", len(out), n, out, after)
	}
}

// The keys of a for_each are renamed: Terraform creates each membership at one address and destroys it at another. The plan fails, with
// and without adopt_existing, and says what to write.
func TestMoves_renamedKeysAreRefused(t *testing.T) {
	t.Parallel()
	const n = 15 // More than Terraform handles at a time.
	bed := fake(t, fakeposthog.Users(n))
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": bed.everybody("old", n)})
	w.Must(0, "apply", "-auto-approve")
	w.Write("main.tf", bed.everybody("new", n))
	for _, adopting := range []bool{false, true} {
		w.Write("main.tf", bed.everybody("new", n, fmt.Sprintf("adopt_existing = %t", adopting)))
		result := w.Must(1, "apply", "-auto-approve")
		if !acctest.Message("Membership moves to another address", "moved {", "from = posthog_role_membership").MatchString(result.Stderr) {
			t.Errorf("the plan does not show the moved block: %s", result)
		}
		if count := strings.Count(result.Stderr, "moved {"); count > 2 {
			t.Errorf("the message is reported in full %d times, want once: %s", count, result)
		}
	}
	bed.expectEverybody(t, n, acctest.Outcome{})

	// What it says works.
	var moved strings.Builder
	for i := range n {
		fmt.Fprintf(&moved, "moved {\n  from = posthog_role_membership.all[\"old%d\"]\n  to   = posthog_role_membership.all[\"new%d\"]\n}\n", i, i)
	}
	w.Write("main.tf", bed.everybody("new", n)+moved.String())
	bed.hog.ForgetRequests()
	w.Apply()
	bed.hog.ExpectRequests(t, "POST role_memberships", 0)
	bed.hog.ExpectRequests(t, "DELETE role_membership", 0)
	w.Write("main.tf", bed.everybody("new", n, "adopt_existing = true"))
	w.Must(0, "destroy", "-auto-approve")
}

// A count shifts: each user but the last is created at one index and destroyed at another.
func TestMoves_shiftedCount(t *testing.T) {
	t.Parallel()
	counted := func(bed *testbed, users []int, arguments ...string) string {
		var uuids []string
		for _, i := range users {
			uuids = append(uuids, fmt.Sprintf("%q", bed.hog.User(i).UUID))
		}
		return acctest.Requirements + bed.provider(arguments...) + fmt.Sprintf(`
			locals { users = [%s] }
			resource "posthog_role_membership" "all" {
				count     = length(local.users)
				role_id   = %q
				user_uuid = local.users[count.index]
			}`, strings.Join(uuids, ", "), bed.role)
	}
	everybody, withoutTheFirst := []int{0, 1, 2, 3, 4, 5}, []int{1, 2, 3, 4, 5}

	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		bed := fake(t, fakeposthog.Users(6))
		w := acctest.NewWorkspace(t, map[string]string{"main.tf": counted(bed, everybody)})
		w.Must(0, "apply", "-auto-approve")
		w.Write("main.tf", counted(bed, withoutTheFirst))
		result := w.Must(1, "apply", "-auto-approve")
		if !acctest.Message("Membership moves to another address", "moved {", "for_each with a key that stays").MatchString(result.Stderr) {
			t.Errorf("the plan does not say what to write: %s", result)
		}
		bed.expectEverybody(t, 6, result)
	})
}

// A renewal is a membership that is replaced by itself, by -replace unless it is tainted.
type renewal struct {
	name                    string
	adopts, tainted, before bool // whether the provider adopts, and whether it is created before it is destroyed
}

// declare returns the block of a renewal. The provider that adopts has the alias “adopting”.
func (r renewal) declare(role, user string) string {
	var arguments []string
	if r.adopts {
		arguments = append(arguments, "provider = posthog.adopting")
	}
	if r.before {
		arguments = append(arguments, "lifecycle {\n    create_before_destroy = true\n  }")
	}
	return strings.Replace(membership(role, user, arguments...), `"one"`, strconv.Quote(r.name), 1)
}

// A membership is replaced by itself, before it is destroyed or after. Those whose command is the same share a configuration.
func TestMoves_replacedByItself(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string // of the plan and the apply
		refused   bool     // whether each of them fails in the apply, and changes nothing
		renewals  []renewal
	}{
		"refreshed": {renewals: []renewal{
			{name: "replaced"}, {name: "replaced_adopting", adopts: true}, {name: "tainted", tainted: true},
			{name: "tainted_adopting", tainted: true, adopts: true}, {name: "before_adopting", before: true, adopts: true},
			{name: "tainted_before_adopted", tainted: true, before: true, adopts: true},
		}},
		"not refreshed": {arguments: []string{"-refresh=false"}, renewals: []renewal{
			{name: "replaced"}, {name: "replaced_adopting", adopts: true}, {name: "tainted_adopting", tainted: true, adopts: true},
		}},
		"refused": {refused: true, renewals: []renewal{{name: "before", before: true}, {name: "tainted_before", tainted: true, before: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, fakeposthog.Users(len(test.renewals)))
			config := acctest.Requirements + bed.provider() + bed.provider(`alias = "adopting"`, "adopt_existing = true")
			for i, renewal := range test.renewals {
				config += renewal.declare(bed.role, bed.hog.User(i).UUID)
			}
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": config})
			w.Must(0, "apply", "-auto-approve")
			arguments := append([]string{"-json"}, test.arguments...)
			for _, renewal := range test.renewals {
				address := "posthog_role_membership." + renewal.name
				if renewal.tainted {
					w.Must(0, "taint", address)
				} else {
					arguments = append(arguments, "-replace="+address)
				}
			}

			planned := w.Must(0, append([]string{"plan"}, arguments...)...)
			result := w.Run(append([]string{"apply", "-auto-approve"}, arguments...)...)
			if (result.Code != 0) != test.refused {
				t.Errorf("the exit code is %d: %s", result.Code, result)
			}
			bed.expectEverybody(t, len(test.renewals), result)
			for _, renewal := range test.renewals {
				address := "posthog_role_membership." + renewal.name
				if n := strings.Count(planned.Stdout, `"addr":"`+address+`"`); n == 0 {
					t.Errorf("the plan has nothing for %s: %s", address, planned)
				}
				text := planned.DiagnosticsOf(address)
				// Terraform does not report taint to a provider. Without a refresh the provider has not read the resource.
				if unseen := renewal.tainted && len(test.arguments) > 0; strings.Contains(text, "is already a member") && !unseen {
					t.Errorf("the plan treats the membership of %s as another resource's: %s", address, text)
				}
				if refusal := result.DiagnosticsOf(address); test.refused && !acctest.Message("User is already in the role", "create_before_destroy").MatchString(refusal) {
					t.Errorf("the message for %s does not say why: %q in %s", address, refusal, result)
				}
			}
			if !test.refused {
				w.Must(0, "plan", "-detailed-exitcode")
			}
		})
	}
}

// Two resources have one membership in state, and one of them is to be destroyed.
func TestMoves_oneOfTwoIsDestroyed(t *testing.T) {
	t.Parallel()
	bed := fake(t)
	bed.hog.Join(bed.role, bed.user)
	again := strings.Replace(membership(bed.role, bed.user), `"one"`, `"again"`, 1)
	once := acctest.Requirements + bed.provider() + membership(bed.role, bed.user)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": once + again})
	id := bed.role + "/" + bed.user
	w.Must(0, "import", one, id)
	w.Must(0, "import", "posthog_role_membership.again", id)
	if result := w.Must(1, "plan"); !acctest.Message("Membership declared twice", "destroy = false").MatchString(result.Stderr) {
		t.Errorf("the message is another: %s", result)
	}
	w.Write("main.tf", once)
	result := w.Must(1, "apply", "-auto-approve")
	if !acctest.Message("Membership managed by two resources", "removed {", "destroy = false").MatchString(result.Stderr) {
		t.Errorf("the message is another: %s", result)
	}
	w.Write("main.tf", once+"removed {\n  from = posthog_role_membership.again\n  lifecycle {\n    destroy = false\n  }\n}\n")
	w.Apply()
	if !bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is out of the role")
	}
}
