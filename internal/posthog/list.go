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
	// slack is how many items more than the count a list may hold, because they were added after the count was taken.
	slack = 100
)

// A lister reads one of PostHog's lists. Everything that lists goes through its pages.
type lister[T any] struct {
	client  *Client
	request Request
	// pageSize is the limit to ask for at first. With 0 the first request has no limit, and only its page is used.
	pageSize int
	// itemID tells items apart. check says what keeps an item from being one, and may mend it.
	itemID   func(*T) string
	validate func(*T) error
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
			err := l.client.do(ctx, apiCall{
				Request: l.request, query: query, wantStatus: http.StatusOK,
				decode: func(received response, body *limitedBody) (err error) {
					got, err = l.decodePage(received, body, offset)
					return err
				},
			})
			if !yield(got, err) || err != nil || got.next == nil {
				return
			}
			query, offset = got.next, offset+len(got.results)
		}
	}
}

// read returns limit items (0 for all) from offset on, each once, and how many the list has. Where pages disagree with the
// count, as they do on servers that do not order them and while somebody changes the list, it reads again, then asking for
// one page that is large enough. Where that does not help it fails with an *InconsistentListError: somebody missing from a
// list would lose access.
func (l lister[T]) read(ctx context.Context, limit, offset int) (items []T, count int, err error) {
	size := l.pageSize
	if limit > 0 {
		size = min(limit, size)
	}
	var got snapshot[T]
	for n := range maxReads {
		// The server's own pages have no order where they are asked for without a limit: when there is more than one, the
		// others are not worth reading.
		first := window{size, offset}
		again, err := l.readOnce(ctx, first, limit, size == 0)
		if (apiCall{Request: l.request, query: first.query()}).refusesLimit(err) {
			err = &TruncatedRolesError{Listed: len(got.items), Count: got.count, Err: err}
		}
		if err != nil {
			return nil, 0, err
		}
		if got = again; got.isConsistent {
			return got.items, got.count, nil
		}
		l.logDisagreement(ctx, got, n)
		if size = limit; limit == 0 {
			size = got.count + slack
		}
	}
	return nil, 0, &InconsistentListError{Request: l.request, Want: got.expected, Got: len(got.items), Reads: maxReads}
}

// snapshot is what came of snapshot the pages of a window once.
type snapshot[T any] struct {
	items        []T  // each once
	count        int  // of the whole list, as the last page has it
	expected     int  // how many of them the window should have held
	isConsistent bool // whether all pages gave the same count and held as many different items as it lets them
}

// readOnce reads each page of a window once, or the first alone, and no more than limit items (0 for all).
func (l lister[T]) readOnce(ctx context.Context, first window, limit int, alone bool) (snapshot[T], error) {
	got := snapshot[T]{count: -1}
	steady, rows, seen := true, 0, map[string]bool{}
	for page, err := range l.pages(ctx, first) {
		if err != nil {
			return snapshot[T]{}, err
		}
		steady = steady && (got.count == page.count || got.count < 0)
		got.count = page.count
		for _, item := range page.results {
			if rows == limit && limit > 0 {
				break
			}
			rows++
			if id := l.itemID(&item); !seen[id] {
				seen[id] = true
				got.items = append(got.items, item)
			}
		}
		if alone || rows == limit && limit > 0 {
			break
		}
	}
	got.expected = max(got.count-first.offset, 0)
	if limit > 0 {
		got.expected = min(got.expected, limit)
	}
	got.isConsistent = steady && len(got.items) == got.expected
	return got, nil
}

func (l lister[T]) logDisagreement(ctx context.Context, got snapshot[T], n int) {
	l.client.log.Debug(ctx, "the pages of a list disagree with its count", map[string]any{
		"request": l.request.String(), "count": got.count, "listed": len(got.items), "read": n + 1,
	})
}
