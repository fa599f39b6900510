package roster

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// reader is a thing to read that tests hold where they want it.
type reader struct {
	mu    sync.Mutex
	reads int
	value int
	// when stands in for a read, and gets the number of it; nil reads the value.
	when func(ctx context.Context, n int) (int, error)
}

func (r *reader) read(ctx context.Context, _ string) (int, error) {
	r.mu.Lock()
	r.reads++
	n := r.reads
	r.mu.Unlock()
	if r.when != nil {
		return r.when(ctx, n)
	}
	return r.now(), nil
}

func (r *reader) now() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.value
}

func (r *reader) set(value int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.value = value
}

func (r *reader) expect(t *testing.T, reads int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reads != reads {
		t.Errorf("there were %d reads, want %d", r.reads, reads)
	}
}

func newReader() (*reader, *readCache[string, int]) {
	r := &reader{}
	return r, newReadCache(newAPI(), cacheTTL, r.read)
}

func TestReadCache_isOneReadForAllWhoAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		release := make(chan struct{})
		r.when = func(context.Context, int) (int, error) { <-release; return 7, nil }
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if value, _, err := s.get(t.Context(), "x"); value != 7 || err != nil {
					t.Error(value, err)
				}
			})
		}
		synctest.Wait()
		close(release)
		group.Wait()
		r.expect(t, 1)
	})
}

// What was read is kept from its arrival on: a read that takes longer than that would otherwise never be.
func TestReadCache_keepsFromTheArrivalOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		r.when = func(context.Context, int) (int, error) { time.Sleep(2 * cacheTTL); return 0, nil }
		ask := func() {
			if _, _, err := s.get(t.Context(), "x"); err != nil {
				t.Error(err)
			}
		}
		ask()
		time.Sleep(cacheTTL - time.Nanosecond)
		ask()
		r.expect(t, 1)
		time.Sleep(time.Nanosecond)
		ask()
		r.expect(t, 2)
	})
}

func TestReadCache_keysAreApart(t *testing.T) {
	r, s := newReader()
	for _, key := range []string{"x", "y", "x", "y"} {
		if _, _, err := s.get(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	r.expect(t, 2)
}

func TestReadCache_errorsAreNotKept(t *testing.T) {
	r, s := newReader()
	r.when = func(_ context.Context, n int) (int, error) {
		if n == 1 {
			return 0, broken
		}
		return 1, nil
	}
	if _, _, err := s.get(t.Context(), "x"); !errors.Is(err, broken) {
		t.Errorf("the error is %v, want that of the server", err)
	}
	if _, _, err := s.get(t.Context(), "x"); err != nil {
		t.Errorf("the second read failed: %v", err)
	}
}

// A read that began before a write must answer nobody who asks after the write, whether it is still under way then or was
// kept; and it must not take the place of a later one.
func TestReadCache_readThatBeganBeforeAWriteIsNotForThoseAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		release := make(chan struct{})
		r.when = func(_ context.Context, n int) (int, error) {
			value := r.now()
			if n == 1 {
				<-release
			}
			return value, nil
		}
		ask := func(want int) {
			if value, _, err := s.get(t.Context(), "x"); value != want || err != nil {
				t.Errorf("got %d, %v; want %d", value, err, want)
			}
		}
		var group sync.WaitGroup
		group.Go(func() { ask(0) })
		synctest.Wait() // It is under way, and has seen 0.
		r.set(1)
		s.invalidate("x")
		group.Go(func() { ask(1) })
		synctest.Wait()
		close(release)
		group.Wait()
		ask(1)
		r.expect(t, 2)
	})
}

// Whoever looks for the effect of a write takes any reading since: of a hundred who look, the first reads for itself, and
// one more read serves all who came too late for that one.
func TestReadCache_aHundredWritersShareTheirLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		release := make(chan struct{})
		r.when = func(context.Context, int) (int, error) { <-release; return 0, nil }
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				wrote := s.invalidate("x")
				if _, began, err := s.getAfter(t.Context(), "x", wrote); err != nil || began <= wrote {
					t.Errorf("wrote at %d, and got a reading of %d: %v", wrote, began, err)
				}
			})
			synctest.Wait()
		}
		close(release)
		group.Wait()
		r.expect(t, 2)
	})
}

func TestReadCache_neitherWritesNorTimeMakeLatestReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		for range 50 {
			if _, _, err := s.getCached(t.Context(), "x"); err != nil {
				t.Error(err)
			}
			s.invalidate("x")
			time.Sleep(cacheTTL)
		}
		r.expect(t, 1)
	})
}

func TestReadCache_oneCallerGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		release := make(chan struct{})
		r.when = func(ctx context.Context, _ int) (int, error) {
			select {
			case <-release:
				return 0, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		ctx, interrupt := context.WithCancel(t.Context())
		gone, stayed := make(chan error), make(chan error)
		ask := func(ctx context.Context, answer chan error) {
			_, _, err := s.get(ctx, "x")
			answer <- err
		}
		go ask(ctx, gone) // It starts the read, and goes away.
		synctest.Wait()
		go ask(t.Context(), stayed)
		synctest.Wait()
		interrupt()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away got %v", err)
		}
		close(release)
		if err := <-stayed; err != nil {
			t.Errorf("who stayed got %v", err)
		}
		r.expect(t, 1)
	})
}

func TestReadCache_stopsWhenAllHaveGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		stopped := make(chan struct{})
		r.when = func(ctx context.Context, n int) (int, error) {
			if n > 1 {
				return 0, nil
			}
			<-ctx.Done()
			close(stopped)
			return 0, ctx.Err()
		}
		ctx, interrupt := context.WithCancel(t.Context())
		gone := make(chan error)
		for range 2 {
			go func() {
				_, _, err := s.get(ctx, "x")
				gone <- err
			}()
		}
		synctest.Wait()
		interrupt()
		for range 2 {
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Errorf("who went away got %v", err)
			}
		}
		<-stopped
		if _, _, err := s.get(t.Context(), "x"); err != nil {
			t.Errorf("who came later got %v", err)
		}
		r.expect(t, 2)
	})
}

func TestReadCache_forSomebodyWhoHasGoneNothingIsRead(t *testing.T) {
	r, s := newReader()
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if _, _, err := s.get(ctx, "x"); posthog.ReasonOf(err) != posthog.ReasonInterrupted {
		t.Errorf("got %v", err)
	}
	r.expect(t, 0)
}

// A read that was given up and ends late does not replace a newer one.
func TestReadCache_lateReadDoesNotReplaceANewerOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		release := make(chan struct{})
		r.when = func(_ context.Context, n int) (int, error) {
			if n == 1 {
				<-release // In spite of its context.
			}
			return n, nil
		}
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, _, err := s.get(ctx, "x")
			left <- err
		}()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller that left got %v", err)
		}
		if value, _, err := s.get(t.Context(), "x"); value != 2 || err != nil {
			t.Fatalf("got %d, %v", value, err)
		}
		close(release)
		synctest.Wait()
		if value, _, err := s.getCached(t.Context(), "x"); value != 2 || err != nil {
			t.Errorf("the newest reading is %d, %v", value, err)
		}
	})
}
