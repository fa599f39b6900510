package roster

import (
	"context"
	"sync"
	"time"
)

// keep is how long a reading answers for what was read, counted from its arrival. Terraform asks for all memberships of a
// role within seconds; somebody who watches the web app should not wait much longer.
const keep = 30 * time.Second

// A moment is a place in the order of what this process has read and written. Later is greater.
type moment int64

// shared is one read for all who ask for the same thing: at most one is under way for a key, whoever asks meanwhile waits
// for it, and what it brought is kept for a while. Which readings will do is said by the moment after which they must have
// begun, so that nobody who starts after a write gets a read that began before it. Errors are not kept. It is safe for
// concurrent use. Create it with newShared.
type shared[K comparable, V any] struct {
	api  Operations
	read func(ctx context.Context, key K) (V, error)
	keep time.Duration

	mu      sync.Mutex
	now     moment
	entries map[K]*entry[V]
}

// entry is what is known of one key.
type entry[V any] struct {
	last   *reading[V] // the newest reading; nil when there is none
	flight *flight[V]  // the one under way; nil when there is none
	wrote  moment      // when this process last wrote
}

// reading is what was read. Nobody changes it.
type reading[V any] struct {
	value   V
	began   moment
	arrived time.Time
}

// flight is a read under way, and those who wait for it.
type flight[V any] struct {
	began   moment
	waiting int
	cancel  context.CancelFunc
	done    chan struct{} // closed when it has ended; value and err are set by then
	value   V
	err     error
}

func newShared[K comparable, V any](api Operations, keep time.Duration, read func(context.Context, K) (V, error)) *shared[K, V] {
	return &shared[K, V]{api: api, read: read, keep: keep, entries: map[K]*entry[V]{}}
}

// fresh returns a reading that began after the last write of this process, and when it began.
func (s *shared[K, V]) fresh(ctx context.Context, key K) (value V, began moment, err error) {
	s.mu.Lock()
	after := s.entry(key).wrote
	s.mu.Unlock()
	return s.since(ctx, key, after)
}

// latest returns the newest reading there is, however old and whatever was written since it began, which is when it says;
// a new one when there is none. Whoever asks puts the writes on top.
func (s *shared[K, V]) latest(ctx context.Context, key K) (value V, began moment, err error) {
	s.mu.Lock()
	if e := s.entry(key); e.last != nil {
		defer s.mu.Unlock()
		return e.last.value, e.last.began, nil
	}
	s.mu.Unlock()
	return s.since(ctx, key, 0)
}

// since returns a reading that began after a moment, and when it began: one that is kept, one that is under way, or a new
// one. A caller that goes away does not disturb the others; when all have gone, the read stops. The errors are those of
// the read, and of a caller whose context has ended.
func (s *shared[K, V]) since(ctx context.Context, key K, after moment) (value V, began moment, err error) {
	for {
		if err := s.api.ContextError(ctx, nil); err != nil {
			return value, 0, err
		}
		s.mu.Lock()
		e := s.entry(key)
		if last := e.last; last != nil && last.began > after && time.Since(last.arrived) < s.keep {
			s.mu.Unlock()
			return last.value, last.began, nil
		}
		if e.flight == nil {
			e.flight = s.start(ctx, key, e)
		}
		joined := e.flight
		joined.waiting++
		s.mu.Unlock()

		// A flight that began too early is waited for all the same: the next one then serves all who came too late for
		// this one, and there are never two at once.
		gone := s.land(ctx, e, joined)
		if gone != nil {
			return value, 0, gone
		}
		if joined.began > after {
			return joined.value, joined.began, joined.err
		}
	}
}

// start begins a flight. The caller holds the lock.
func (s *shared[K, V]) start(ctx context.Context, key K, e *entry[V]) *flight[V] {
	// It outlives the caller that starts it, but keeps what its context carries, such as where to log.
	ctx, cancel := s.api.WithRetryTimeout(context.WithoutCancel(ctx))
	s.now++
	started := &flight[V]{began: s.now, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer cancel()
		value, err := s.read(ctx, key)
		s.mu.Lock()
		defer s.mu.Unlock()
		if e.flight == started {
			e.flight = nil
		}
		started.value, started.err = value, err
		if err == nil && (e.last == nil || e.last.began < started.began) {
			e.last = &reading[V]{value, started.began, time.Now()}
		}
		close(started.done)
	}()
	return started
}

// land waits for a flight to end, or for the caller to go away, which is an error. With the last caller the flight ends.
func (s *shared[K, V]) land(ctx context.Context, e *entry[V], joined *flight[V]) error {
	select {
	case <-joined.done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	joined.waiting--
	if joined.waiting == 0 {
		joined.cancel()
		if e.flight == joined {
			e.flight = nil // Nobody joins a flight that is being stopped.
		}
	}
	return s.api.ContextError(ctx, nil)
}

// wrote says that this process has written, or may have, and returns when that was.
func (s *shared[K, V]) wrote(key K) moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now++
	s.entry(key).wrote = s.now
	return s.now
}

// moment returns a moment after everything that has begun.
func (s *shared[K, V]) moment() moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now++
	return s.now
}

// entry returns what is known of a key. The caller holds the lock.
func (s *shared[K, V]) entry(key K) *entry[V] {
	e, ok := s.entries[key]
	if !ok {
		e = &entry[V]{}
		s.entries[key] = e
	}
	return e
}
