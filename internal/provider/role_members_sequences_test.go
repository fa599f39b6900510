package provider

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// oneSequence repeats a sequence that has failed: go test -run Sequences ./internal/provider -args -sequence 17.
var oneSequence = flag.Int("sequence", -1, "the only sequence of TestSequences to run")

// sequences is how many there are, and steps how many commands each has before the faults stop.
const (
	sequences = 60
	steps     = 3
)

// Whatever is declared, changed behind Terraform's back, broken and interrupted, in whatever order: nobody who is declared
// is taken out, who is ignored is left alone, and when the faults stop every role ends as it is declared.
func TestSequences(t *testing.T) {
	t.Parallel()
	if *oneSequence < 0 && acctest.RunWithoutRaceDetector(t) {
		return
	}
	for seed := range sequences {
		if *oneSequence >= 0 && seed != *oneSequence {
			continue
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			newSequence(t, seed).run()
		})
	}
}

// A sequence is one random life of two whole roles and of single memberships of a third.
type sequence struct {
	*terraformcore.Core

	bed     *testbed
	random  *rand.Rand
	wanted  map[string][]int // who is declared, by role: places among the users
	ignored map[string][]int // who is left alone, likewise
	notes   []string
}

const usersOfASequence = 6

func newSequence(t *testing.T, seed int) *sequence {
	t.Helper()
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.Users(usersOfASequence))
	s := &sequence{newCore(t, bed), bed, rand.New(rand.NewPCG(uint64(seed), 0)), map[string][]int{}, map[string][]int{}, nil}
	s.Configure("adopt_existing", true)
	s.Configure("retry_timeout", "4s")
	return s
}

func (s *sequence) run() {
	for range steps {
		s.change()
		s.declare()
		s.bed.hog.ForgetHistory()
		s.fail()
		result := s.Apply()
		s.bed.hog.ClearFaults()
		s.note("%s%v", result, s.wanted)
		s.expectNobodyIsTouched()
	}
	s.Configure("retry_timeout", "1m")
	s.bed.hog.ForgetHistory()
	result := s.Apply()
	for range 2 {
		if !result.HasErrors() {
			break
		}
		s.note("%s", result)
		result = s.Apply()
	}
	if result.HasErrors() {
		s.T.Errorf("three applies without a fault do not end well: %s", result)
	}
	s.expectNobodyIsTouched()
	s.expectDeclared()
	if plan := s.Plan(); plan.HasErrors() || plan.HasChanges() {
		s.T.Errorf("the plan is not empty in the end: %s", plan)
	}
	if s.T.Failed() {
		s.T.Log(strings.Join(s.notes, "\n"))
	}
}

func (s *sequence) note(format string, arguments ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, arguments...))
}

// change does what people do in the web app.
func (s *sequence) change() {
	for range s.random.IntN(4) {
		role, user := s.bed.hog.Role(s.random.IntN(3)), s.bed.hog.User(s.random.IntN(usersOfASequence))
		switch s.random.IntN(5) {
		case 0, 1:
			s.bed.hog.Join(role, user.UUID)
			s.note("%s joins %s", user.Email, role)
		case 2, 3:
			s.bed.hog.Leave(role, user.UUID)
			s.note("%s leaves %s", user.Email, role)
		default:
			email := fmt.Sprintf("new-%d@example.com", s.random.Uint32())
			s.bed.hog.ChangeEmail(user.UUID, email)
			s.note("%s is %s now", user.Email, email)
		}
	}
}

// declare makes up another configuration, in which people are named at random.
func (s *sequence) declare() {
	for i, name := range []string{"a", "b"} {
		address, role := "posthog_role_members."+name, s.bed.hog.Role(i)
		people := s.random.Perm(usersOfASequence)
		wanted := s.random.IntN(usersOfASequence)
		s.wanted[role] = people[:wanted]
		s.ignored[role] = people[wanted : wanted+s.random.IntN(2)]
		s.Declare(address, map[string]any{"role_id": role, "users": s.named(s.wanted[role]), "ignored_users": s.named(s.ignored[role])})
	}
	role := s.bed.hog.Role(2)
	s.wanted[role] = s.random.Perm(usersOfASequence)[:s.random.IntN(usersOfASequence)]
	for i := range usersOfASequence {
		address := fmt.Sprintf("posthog_role_membership.user%d", i)
		s.Remove(address)
		if slices.Contains(s.wanted[role], i) {
			s.Declare(address, map[string]any{"role_id": role, "user_uuid": s.bed.hog.User(i).UUID})
		}
	}
}

func (s *sequence) named(people []int) []string {
	names := []string{}
	for _, i := range people {
		user := s.bed.hog.User(i)
		names = append(names, []string{user.Email, strings.ToUpper(user.Email), user.UUID}[s.random.IntN(3)])
	}
	return names
}

// fail has requests fail, or Terraform interrupted when one arrives.
func (s *sequence) fail() {
	kinds := []string{kindOfAdd, kindOfAdd, kindOfRemove, kindOfRemove, "GET role", "GET members", "GET organizations"}
	actions := []fakeposthog.Action{
		fakeposthog.CloseBefore(), fakeposthog.CloseAfter(), fakeposthog.BadGateway(), fakeposthog.HTMLLogin(), fakeposthog.Truncate(10),
		fakeposthog.AnswerAfter(504, "text/html", "late"), fakeposthog.Throttle(""), fakeposthog.Error(403, "authentication_error", "permission_denied", "No.", ""),
		fakeposthog.Before(func() { s.Interrupt(context.Background()) }), fakeposthog.After(func() { s.Interrupt(context.Background()) }),
	}
	for range s.random.IntN(4) {
		kind, action := s.random.IntN(len(kinds)), s.random.IntN(len(actions))
		fault := fakeposthog.Fault{On: kinds[kind], Skip: s.random.IntN(4), Times: 1 + s.random.IntN(3), Do: actions[action]}
		s.note("%s: fault %d after %d, %d times", fault.On, action, fault.Skip, fault.Times)
		s.bed.hog.Inject(fault)
	}
}

// expectNobodyIsTouched fails the test when the provider has taken out somebody who is declared, or touched somebody who
// is ignored.
func (s *sequence) expectNobodyIsTouched() {
	s.T.Helper()
	for role, people := range s.wanted {
		for _, event := range s.bed.hog.History(role) {
			for _, i := range people {
				if !event.In && event.UserUUID == s.bed.hog.User(i).UUID {
					s.T.Errorf("user %d, who is declared, was taken out of role %s", i, role)
				}
			}
			for _, i := range s.ignored[role] {
				if event.UserUUID == s.bed.hog.User(i).UUID {
					s.T.Errorf("user %d, who is ignored, was touched in role %s", i, role)
				}
			}
		}
	}
}

// expectDeclared fails the test unless each role has who is declared and nobody else, but for those who are ignored. In
// the role of single memberships others may be.
func (s *sequence) expectDeclared() {
	s.T.Helper()
	for role, people := range s.wanted {
		for i := range usersOfASequence {
			in, want := s.bed.hog.IsMember(role, s.bed.hog.User(i).UUID), slices.Contains(people, i)
			free := slices.Contains(s.ignored[role], i) || role == s.bed.hog.Role(2) && !want
			if in != want && !free {
				s.T.Errorf("user %d is in role %s: %t, declared: %t", i, role, in, want)
			}
		}
	}
}
