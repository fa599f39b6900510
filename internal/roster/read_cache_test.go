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

// reader is a value to read. Tests replace its reads to block them or to let them fail.
type reader struct {
	mu    sync.Mutex
	reads int
	value int
	// when replaces a read if it is set. n counts the reads.
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
	return r, newReadCache(newAPI(), r.read)
}

func TestReadCache_coalescesConcurrentReads(t *testing.T) {
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

// The TTL counts from the end of a read, so that a read which takes longer than the TTL is cached too.
func TestReadCache_ttlStartsAtTheEndOfTheRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		r.when = func(context.Context, int) (int, error) { time.Sleep(2 * cacheTTL); return 0, nil }
		get := func() {
			if _, _, err := s.get(t.Context(), "x"); err != nil {
				t.Error(err)
			}
		}
		get()
		time.Sleep(cacheTTL - time.Nanosecond)
		get()
		r.expect(t, 1)
		time.Sleep(time.Nanosecond)
		get()
		r.expect(t, 2)
	})
}

func TestReadCache_keysAreIndependent(t *testing.T) {
	r, s := newReader()
	for _, key := range []string{"x", "y", "x", "y"} {
		if _, _, err := s.get(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	r.expect(t, 2)
}

func TestReadCache_errorsAreNotCached(t *testing.T) {
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

// A caller that starts after a write does not get a read that started before the write, neither from the cache nor in flight.
func TestReadCache_writeInvalidatesEarlierReads(t *testing.T) {
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
		get := func(want int) {
			if value, _, err := s.get(t.Context(), "x"); value != want || err != nil {
				t.Errorf("got %d, %v; want %d", value, err, want)
			}
		}
		var group sync.WaitGroup
		group.Go(func() { get(0) })
		synctest.Wait() // The read is in flight, and has seen 0.
		r.set(1)
		s.invalidate("x")
		group.Go(func() { get(1) })
		synctest.Wait()
		close(release)
		group.Wait()
		get(1)
		r.expect(t, 2)
	})
}

// A hundred writers read after their write. The first one starts a read, and a second read serves all later writers.
func TestReadCache_writersShareTheReadAfterTheirWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		release := make(chan struct{})
		r.when = func(context.Context, int) (int, error) { <-release; return 0, nil }
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				written := s.invalidate("x")
				if _, startedAt, err := s.getAfter(t.Context(), "x", written); err != nil || startedAt <= written {
					t.Errorf("the write is at %d, the read started at %d: %v", written, startedAt, err)
				}
			})
			synctest.Wait()
		}
		close(release)
		group.Wait()
		r.expect(t, 2)
	})
}

func TestReadCache_getCachedIgnoresAgeAndWrites(t *testing.T) {
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

func TestReadCache_interruptOfOneCaller(t *testing.T) {
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
		interrupted, waiting := make(chan error), make(chan error)
		get := func(ctx context.Context, result chan error) {
			_, _, err := s.get(ctx, "x")
			result <- err
		}
		go get(ctx, interrupted) // This caller starts the read.
		synctest.Wait()
		go get(t.Context(), waiting)
		synctest.Wait()
		interrupt()
		if err := <-interrupted; !errors.Is(err, context.Canceled) {
			t.Errorf("the interrupted caller got %v", err)
		}
		close(release)
		if err := <-waiting; err != nil {
			t.Errorf("the other caller got %v", err)
		}
		r.expect(t, 1)
	})
}

func TestReadCache_interruptOfAllCallersCancelsTheRead(t *testing.T) {
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
		interrupted := make(chan error)
		for range 2 {
			go func() {
				_, _, err := s.get(ctx, "x")
				interrupted <- err
			}()
		}
		synctest.Wait()
		interrupt()
		for range 2 {
			if err := <-interrupted; !errors.Is(err, context.Canceled) {
				t.Errorf("the interrupted caller got %v", err)
			}
		}
		<-stopped
		if _, _, err := s.get(t.Context(), "x"); err != nil {
			t.Errorf("the later caller got %v", err)
		}
		r.expect(t, 2)
	})
}

func TestReadCache_endedContextStartsNoRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		ctx, interrupt := context.WithCancel(t.Context())
		interrupt()
		if _, _, err := s.get(ctx, "x"); posthog.ReasonOf(err) != posthog.ReasonInterrupted {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		r.expect(t, 0)
	})
}

// A canceled read that ends late does not replace a newer one.
func TestReadCache_canceledReadEndsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		release := make(chan struct{})
		r.when = func(_ context.Context, n int) (int, error) {
			if n == 1 {
				<-release // It ignores its context.
			}
			return n, nil
		}
		ctx, interrupt := context.WithCancel(t.Context())
		interrupted := make(chan error)
		go func() {
			_, _, err := s.get(ctx, "x")
			interrupted <- err
		}()
		synctest.Wait()
		interrupt()
		if err := <-interrupted; !errors.Is(err, context.Canceled) {
			t.Errorf("the interrupted caller got %v", err)
		}
		if value, _, err := s.get(t.Context(), "x"); value != 2 || err != nil {
			t.Fatalf("got %d, %v", value, err)
		}
		close(release)
		synctest.Wait()
		if value, _, err := s.getCached(t.Context(), "x"); value != 2 || err != nil {
			t.Errorf("the cached value is %d, %v", value, err)
		}
	})
}

// A canceled read that ends late does not hide the read in flight: later callers join it.
func TestReadCache_canceledReadEndsDuringTheNextRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newReader()
		release := []chan struct{}{make(chan struct{}), make(chan struct{})}
		r.when = func(_ context.Context, n int) (int, error) {
			<-release[n-1]
			if n == 1 {
				return 0, broken
			}
			return n, nil
		}
		ctx, interrupt := context.WithCancel(t.Context())
		var group sync.WaitGroup
		get := func(ctx context.Context, want int) {
			group.Go(func() {
				if value, _, err := s.get(ctx, "x"); value != want {
					t.Errorf("got %d, %v; want %d", value, err, want)
				}
			})
			synctest.Wait()
		}
		get(ctx, 0)
		interrupt()
		synctest.Wait()
		get(t.Context(), 2)
		close(release[0])
		synctest.Wait()
		get(t.Context(), 2)
		close(release[1])
		group.Wait()
		r.expect(t, 2)
	})
}
