package roster

import (
	"context"
	"sync"
	"time"
)

// cacheTTL is how long get returns a cached value, counted from the end of its read. Terraform asks for all memberships of a role
// within seconds. Changes in the web app are seen after at most this time.
const cacheTTL = 30 * time.Second

// sequence is a logical clock over the reads and writes of this process. A greater value is later. 0 is before everything.
type sequence int64

// readCache coalesces concurrent reads of a key, like singleflight, with two additions. It caches results for a TTL. After a
// local write, no new caller gets a read that started before that write. Errors are not cached. readCache is safe for concurrent use.
// Create it with newReadCache.
type readCache[K comparable, V any] struct {
	client Operations // timeouts, and errors of contexts that have ended
	read   func(ctx context.Context, key K) (V, error)

	mu      sync.Mutex
	clock   sequence // the newest sequence
	entries map[K]*cacheEntry[V]
}

// cacheEntry is the state of one key.
type cacheEntry[V any] struct {
	cached    *cachedRead[V]   // nil if no read has succeeded yet
	inflight  *inflightRead[V] // nil if no read is in flight
	lastWrite sequence
	forgotten sequence // when forget was called last; 0 for never
}

// cachedRead is the result of a read. It is immutable.
type cachedRead[V any] struct {
	value     V
	startedAt sequence
	endedAt   time.Time
}

// inflightRead is a read in flight, which one or more callers wait for.
type inflightRead[V any] struct {
	startedAt sequence
	waiting   int // how many callers wait
	cancel    context.CancelFunc
	done      chan struct{} // closed when the read has ended; value and err are valid after that
	value     V
	err       error
}

func newReadCache[K comparable, V any](client Operations, read func(context.Context, K) (V, error)) *readCache[K, V] {
	return &readCache[K, V]{client: client, read: read, entries: map[K]*cacheEntry[V]{}}
}

// get returns a value that was read after the last local write, and the sequence at which its read started. The errors are those
// of getAfter.
func (c *readCache[K, V]) get(ctx context.Context, key K) (value V, startedAt sequence, err error) {
	c.mu.Lock()
	lastWrite := c.entry(key).lastWrite
	c.mu.Unlock()
	return c.getAfter(ctx, key, lastWrite)
}

// getCached returns the cached value without checking its age or later writes, and the sequence at which its read started. It
// reads only if nothing is cached. The errors are those of getAfter.
func (c *readCache[K, V]) getCached(ctx context.Context, key K) (value V, startedAt sequence, err error) {
	c.mu.Lock()
	cached := c.entry(key).cached
	c.mu.Unlock()
	if cached != nil {
		return cached.value, cached.startedAt, nil
	}
	return c.getAfter(ctx, key, 0)
}

// getAfter returns a value whose read started after a sequence, and the sequence at which that read started. It uses the cached value
// or the read in flight if they are new enough, and starts a read otherwise. The errors are those of the read, and of a context that has
// ended.
func (c *readCache[K, V]) getAfter(ctx context.Context, key K, after sequence) (value V, startedAt sequence, err error) {
	for {
		if err := c.client.ContextError(ctx, nil); err != nil {
			return value, 0, err
		}
		c.mu.Lock()
		e := c.entry(key)
		if cached := e.cached; cached != nil && cached.startedAt > after && time.Since(cached.endedAt) < cacheTTL {
			c.mu.Unlock()
			return cached.value, cached.startedAt, nil
		}
		if e.inflight == nil {
			e.inflight = c.startRead(ctx, key, e)
		}
		current := e.inflight
		current.waiting++
		c.mu.Unlock()

		// Wait also for a read that started too early, because a key has one read at a time. The next one serves all waiting callers.
		if err := c.wait(ctx, e, current); err != nil {
			return value, 0, err
		}
		if current.startedAt > after {
			return current.value, current.startedAt, current.err
		}
	}
}

// startRead starts a read of a key. The caller holds the lock.
func (c *readCache[K, V]) startRead(ctx context.Context, key K, e *cacheEntry[V]) *inflightRead[V] {
	// The read does not end with the caller that starts it. It keeps the values of that caller's context, such as the logger.
	ctx, cancel := c.client.WithRetryTimeout(context.WithoutCancel(ctx))
	c.clock++
	current := &inflightRead[V]{startedAt: c.clock, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer cancel()
		value, err := c.read(ctx, key)
		c.mu.Lock()
		defer c.mu.Unlock()
		if e.inflight == current {
			e.inflight = nil
		}
		current.value, current.err = value, err
		// A canceled read may still end well, after the read that replaced it.
		isNewer := e.cached == nil || e.cached.startedAt < current.startedAt
		if err == nil && isNewer && current.startedAt > e.forgotten {
			e.cached = &cachedRead[V]{value: value, startedAt: current.startedAt, endedAt: time.Now()}
		}
		close(current.done)
	}()
	return current
}

// wait blocks until a read ends. If the caller's context ends first, wait returns an error. The last caller to stop cancels the read.
func (c *readCache[K, V]) wait(ctx context.Context, e *cacheEntry[V], current *inflightRead[V]) error {
	select {
	case <-current.done:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	current.waiting--
	if current.waiting == 0 {
		current.cancel()
		if e.inflight == current {
			e.inflight = nil // No new caller joins a canceled read.
		}
	}
	return c.client.ContextError(ctx, nil)
}

// invalidate records a local write, whether or not it had an effect, and returns its sequence.
func (c *readCache[K, V]) invalidate(key K) sequence {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	c.entry(key).lastWrite = c.clock
	return c.clock
}

// forget records a local write, and drops the cached value, so that getCached does not return it either.
func (c *readCache[K, V]) forget(key K) {
	written := c.invalidate(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(key)
	e.cached, e.forgotten = nil, written
}

// nextSequence returns a sequence after every read that has started and every recorded write.
func (c *readCache[K, V]) nextSequence() sequence {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	return c.clock
}

// entry returns the entry of a key. The caller holds the lock.
func (c *readCache[K, V]) entry(key K) *cacheEntry[V] {
	e, ok := c.entries[key]
	if !ok {
		e = &cacheEntry[V]{}
		c.entries[key] = e
	}
	return e
}
