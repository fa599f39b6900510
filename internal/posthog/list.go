package posthog

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

const (
	// PageSize is the limit that lists ask for. PostHog has no maximum, and servers before 2026 do not order the rows of
	// a list, so that only a page which holds everything is sure to. But each membership costs the server five queries, and
	// a page of 10,000 the whole of DefaultRequestTimeout.
	PageSize = 500
	// maxReads is how often a list whose pages disagree with its count is read.
	maxReads = 4
	// maxUnited is how often a list is read that has no order and cannot be had in one page. Of 1,000 rows in pages of 100,
	// each read misses a third of those still missing.
	maxUnited = 16
	// slack is added to the count when a whole list is asked for in one page, for who is added meanwhile.
	slack = 100
)

// A lister reads one of PostHog's lists. Everything that lists goes through its pages.
type lister[T any] struct {
	client  *Client
	request Request
	// size is the limit to ask for; 0 for a list that older servers answer 500 to when they are asked for any, which is
	// asked for without and comes in the server's own pages (ee/api/rbac/role.py, seen on servers of before 2025).
	size int
	// id tells items apart. check says what keeps an item from being one, and may mend it.
	id    func(*T) string
	check func(*T) error
}

// A page is one answer to a list request.
type page[T any] struct {
	count   int
	results []T
	next    url.Values // nil on the last page
}

// A window is the part of a list that is asked for.
type window struct {
	limit  int // 0 leaves it to the server
	offset int
}

func (w window) query() url.Values {
	query := url.Values{}
	if w.limit > 0 {
		query.Set("limit", strconv.Itoa(w.limit))
	}
	if w.offset > 0 {
		query.Set("offset", strconv.Itoa(w.offset))
	}
	return query
}

// pages yields one page after the other, following next by its query alone: its scheme and host are those of the server
// behind its proxies, and not for the key. The first error ends it.
func (l lister[T]) pages(ctx context.Context, first window) iter.Seq2[page[T], error] {
	return func(yield func(page[T], error) bool) {
		query, offset := first.query(), first.offset
		for {
			var got page[T]
			err := l.client.do(ctx, call{
				Request: l.request, query: query, want: http.StatusOK, finalFailure: l.size == 0 && first.limit > 0,
				read: func(received answer, body *content) (err error) {
					got, err = l.decodePage(received, body, offset)
					return err
				},
			})
			if !yield(got, err) || err != nil || got.next == nil {
				return
			}
			query, offset = got.next, offset+len(got.results)
			if first.limit == 0 {
				query.Del("limit") // The server put it there, and may be one that refuses it.
			}
		}
	}
}

// read returns limit items (0 for all) from offset on, each once, and how many the list has. Where pages disagree with the
// count, as they do on servers that do not order them and while somebody changes the list, it reads again, then asking for
// one page that is large enough. Where that does not help it fails with an *InconsistentListError: somebody missing from a
// list would lose access.
func (l lister[T]) read(ctx context.Context, limit, offset int) (items []T, count int, err error) {
	size := l.size
	if limit > 0 {
		size = min(limit, size)
	}
	var got reading[T]
	for n := range maxReads {
		// The server's own pages have no order where they are asked for without a limit: when there is more than one, the
		// others are not worth reading.
		got, err = l.readOnce(ctx, window{size, offset}, limit, size == 0)
		if err != nil && n > 0 && l.size == 0 && statusOf(err) == http.StatusInternalServerError {
			return l.unite(ctx)
		}
		if err != nil {
			return nil, 0, err
		}
		if got.agrees {
			return got.items, got.count, nil
		}
		l.logDisagreement(ctx, got, n)
		if size = limit; limit == 0 {
			size = got.count + slack
		}
	}
	return nil, 0, &InconsistentListError{Request: l.request, Want: got.want, Got: len(got.items), Reads: maxReads}
}

// unite reads a list in the server's own pages until as many different items have come as it counts. It is for servers
// that neither order a list nor let all of it be asked for at once.
func (l lister[T]) unite(ctx context.Context) ([]T, int, error) {
	var united distinct[T]
	count := -1
	for n := range maxUnited {
		got, err := l.readOnce(ctx, window{}, 0, false)
		if err != nil {
			return nil, 0, err
		}
		if got.count != count || !got.steady {
			united = distinct[T]{} // Something was added or removed: what has come before may be gone.
			count = got.count
		}
		for _, item := range got.items {
			united.add(l.id(&item), item)
		}
		if got.steady && len(united.items) == count {
			return united.items, count, nil
		}
		l.logDisagreement(ctx, got, n)
	}
	return nil, 0, &InconsistentListError{Request: l.request, Want: count, Got: len(united.items), Reads: maxUnited}
}

// distinct collects items, each once, in the order in which they first came.
type distinct[T any] struct {
	items []T
	seen  map[string]bool
}

func (d *distinct[T]) add(id string, item T) {
	if d.seen == nil {
		d.seen = map[string]bool{}
	}
	if !d.seen[id] {
		d.seen[id] = true
		d.items = append(d.items, item)
	}
}

// reading is what came of reading the pages of a window once.
type reading[T any] struct {
	items  []T  // each once
	count  int  // of the whole list, as the last page has it
	want   int  // how many of them the window should have held
	steady bool // whether all pages gave the same count
	agrees bool // whether they held as many different items as that count lets them
}

// readOnce reads each page of a window once, or the first alone, and no more than limit items (0 for all).
func (l lister[T]) readOnce(ctx context.Context, first window, limit int, alone bool) (reading[T], error) {
	got := reading[T]{count: -1, steady: true}
	var items distinct[T]
	rows := 0
	for page, err := range l.pages(ctx, first) {
		if err != nil {
			return reading[T]{}, err
		}
		got.steady = got.steady && (got.count == page.count || got.count < 0)
		got.count = page.count
		for _, item := range page.results {
			if rows == limit && limit > 0 {
				break
			}
			rows++
			items.add(l.id(&item), item)
		}
		if alone || rows == limit && limit > 0 || rows > 2*page.count+PageSize { // The last is a server that never comes to an end.
			break
		}
	}
	got.items = items.items
	got.want = max(got.count-first.offset, 0)
	if limit > 0 {
		got.want = min(got.want, limit)
	}
	got.agrees = got.steady && rows == got.want && len(got.items) == got.want
	return got, nil
}

func (l lister[T]) logDisagreement(ctx context.Context, got reading[T], n int) {
	l.client.log.Debug(ctx, "the pages of a list disagree with its count", map[string]any{
		"request": l.request.String(), "count": got.count, "listed": len(got.items), "read": n + 1,
	})
}
