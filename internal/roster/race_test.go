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

// raceSeed repeats the random choices of a run: go test -run Race ./internal/roster -args -race-seed 17.
var raceSeed = flag.Uint64("race-seed", 0, "the seed of TestRace; 0 picks a new one")

// history records the writes of one user, in order.
type history struct {
	mu    sync.Mutex
	steps []step
}

type step struct {
	isMember   bool  // whether the user is a member after the write
	start, end int64 // readings of the shared clock; end is 0 until the writer has the result
}

func (h *history) begin(isMember bool, now int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps = append(h.steps, step{isMember: isMember, start: now})
}

func (h *history) end(now int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps[len(h.steps)-1].end = now
}

// possible returns the results that a read between two clock readings may have: the state after the last write that ended before the
// read, and the states after all writes that overlap it.
func (h *history) possible(from, to int64) map[bool]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	last, results := false, map[bool]bool{}
	for _, s := range h.steps {
		if s.end != 0 && s.end < from {
			last = s.isMember
			continue
		}
		if s.start < to {
			results[s.isMember] = true
		}
	}
	results[last] = true
	return results
}

// Readers, writers, interrupted readers and a failing server run together over real HTTP. Every result is checked against the order of
// events: a read after a write sees the write, and no read sees a write that has not started.
func TestRace_readsFitTheOrderOfWrites(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const users, rounds = 8, 30
	hog := fakeposthog.Start(t, fakeposthog.Users(users))
	defer hog.Close() // Before goleak counts the goroutines.
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
	others.Go(func() { // The server fails some requests, before or after their effect.
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

// toggle adds and removes a user in turn, and records the writes.
func toggle(t *testing.T, rosters *Rosters, where posthog.RoleRef, user string, history *history, clock *atomic.Int64, rounds int) {
	for range rounds {
		history.begin(true, clock.Add(1))
		membership, _, err := rosters.Add(t.Context(), where, user, user, false)
		if err != nil {
			t.Errorf("add: %v", err)
			return
		}
		history.end(clock.Add(1))
		if found, err := isListed(t.Context(), rosters, where, user); err != nil || !found {
			t.Errorf("the user is not listed after the add: %t, %v", found, err)
		}

		history.begin(false, clock.Add(1))
		if _, err := rosters.Remove(t.Context(), where, membership.ID, user, user); err != nil {
			t.Errorf("remove: %v", err)
			return
		}
		history.end(clock.Add(1))
		if found, err := isListed(t.Context(), rosters, where, user); err != nil || found {
			t.Errorf("the user is listed after the remove: %t, %v", found, err)
		}
	}
}

func isListed(ctx context.Context, rosters *Rosters, where posthog.RoleRef, user string) (bool, error) {
	roster, err := rosters.Roster(ctx, where)
	if err != nil {
		return false, err
	}
	_, found := roster.ByUUID(user)
	return found, nil
}

// read checks whether a user is a member. Some reads are interrupted.
func read(ctx context.Context, t *testing.T, random *rand.Rand, rosters *Rosters, where posthog.RoleRef, user string, history *history, clock *atomic.Int64) {
	readCtx, interrupt := context.WithCancel(ctx)
	defer interrupt()
	if random.IntN(4) == 0 {
		go interrupt()
	}
	from := clock.Add(1)
	found, err := isListed(readCtx, rosters, where, user)
	to := clock.Add(1)
	if err != nil {
		if readCtx.Err() == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v", err)
		}
		return
	}
	if possible := history.possible(from, to); !possible[found] {
		t.Errorf("between %d and %d the user was listed: %t; possible were %s", from, to, found, fmt.Sprint(possible))
	}
}
