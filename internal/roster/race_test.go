package roster

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// raceSeed repeats what the readers of TestRace did: go test -run Race ./internal/roster -args -race-seed 17.
var raceSeed = flag.Uint64("race-seed", 0, "the seed of TestRace; 0 is a new one")

// history is what one user's writer did, in order. A step has ended when its answer is known to the writer.
type history struct {
	mu    sync.Mutex
	steps []step
}

type step struct {
	member       bool
	began, ended int64 // on the clock that all goroutines share; ended is 0 while it is under way
}

func (h *history) begin(member bool, now int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps = append(h.steps, step{member: member, began: now})
}

func (h *history) end(now int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps[len(h.steps)-1].ended = now
}

// possible says which answers a look between two moments may give: the state after the last step that ended before it
// began, and those of all steps that had begun when it ended.
func (h *history) possible(from, to int64) map[bool]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	last, answers := false, map[bool]bool{}
	for _, s := range h.steps {
		if s.ended != 0 && s.ended < from {
			last = s.member
			continue
		}
		if s.began < to {
			answers[s.member] = true
		}
	}
	answers[last] = true
	return answers
}

// Readers, writers, callers that go away and a server that fails now and then run together over real HTTP. Every answer is
// checked against the order of events: who reads after a write sees it, and nobody sees a write that has not begun.
func TestRace_everyAnswerFitsTheOrderOfEvents(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const users, rounds = 8, 30
	hog := fakeposthog.Start(t, fakeposthog.Users(users))
	defer hog.Close() // Before the goroutines are counted.
	client, err := posthog.New(posthog.Config{Host: hog.URL, APIKey: hog.Key, Backoff: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	rosters := New(client, &ownership.Plan{})
	where := posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}

	var clock atomic.Int64
	histories := make([]*history, users)
	ctx, stop := context.WithCancel(t.Context())
	var writers, others sync.WaitGroup
	for i := range users {
		histories[i] = &history{}
		writers.Go(func() { toggle(t, rosters, where, hog.User(i).UUID, histories[i], &clock, rounds) })
	}
	seed := *raceSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("the seed is %d", seed)
	for reader := range uint64(6) {
		others.Go(func() {
			random := rand.New(rand.NewPCG(seed, reader))
			for ctx.Err() == nil {
				i := random.IntN(users)
				read(ctx, t, random, rosters, where, hog.User(i).UUID, histories[i], &clock)
			}
		})
	}
	others.Go(func() { // The server fails now and then, before its work and after it.
		faults := []fakeposthog.Action{
			fakeposthog.Error(500, "server_error", "error", "A server error occurred.", ""),
			fakeposthog.CloseAfter(), fakeposthog.BadGateway(), fakeposthog.Truncate(10),
		}
		for n := 1; ctx.Err() == nil; n++ {
			hog.Inject(fakeposthog.Fault{Do: faults[n%len(faults)], Skip: 20})
			if hog.WaitForRequest(ctx, "", n*25) != nil {
				return
			}
		}
	})
	writers.Wait()
	stop()
	others.Wait()
	t.Logf("%d requests", hog.CountRequests(""))
}

// toggle adds and removes a user in turn, and notes when.
func toggle(t *testing.T, rosters *Rosters, where posthog.RoleRef, user string, history *history, clock *atomic.Int64, rounds int) {
	for range rounds {
		history.begin(true, clock.Add(1))
		membership, _, err := rosters.Add(t.Context(), where, user, user, false)
		if err != nil {
			t.Errorf("add: %v", err)
			return
		}
		history.end(clock.Add(1))
		if found, err := look(t.Context(), rosters, where, user); err != nil || !found {
			t.Errorf("the user is not listed after the add: %t, %v", found, err)
		}

		history.begin(false, clock.Add(1))
		if _, err := rosters.Remove(t.Context(), where, membership.ID, user, user); err != nil {
			t.Errorf("remove: %v", err)
			return
		}
		history.end(clock.Add(1))
		if found, err := look(t.Context(), rosters, where, user); err != nil || found {
			t.Errorf("the user is listed after the remove: %t, %v", found, err)
		}
	}
}

func look(ctx context.Context, rosters *Rosters, where posthog.RoleRef, user string) (bool, error) {
	roster, err := rosters.Roster(ctx, where)
	if err != nil {
		return false, err
	}
	_, found := roster.Find("", user)
	return found, nil
}

// read asks for a user, sometimes going away before the answer.
func read(ctx context.Context, t *testing.T, random *rand.Rand, rosters *Rosters, where posthog.RoleRef, user string, history *history, clock *atomic.Int64) {
	asking, leave := context.WithCancel(ctx)
	defer leave()
	if random.IntN(4) == 0 {
		go leave()
	}
	from := clock.Add(1)
	found, err := look(asking, rosters, where, user)
	to := clock.Add(1)
	if err != nil {
		if asking.Err() == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v", err)
		}
		return
	}
	if possible := history.possible(from, to); !possible[found] {
		t.Errorf("between %d and %d the user was listed: %t; possible were %s", from, to, found, fmt.Sprint(possible))
	}
}
