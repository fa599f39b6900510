package posthog

import (
	"context"
	"iter"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
)

const (
	// PageSize is the limit of a list request. Large pages are safer, because servers before 2026 do not order lists: a row
	// can be on two pages, and another on none. But a page of 10,000 memberships takes all of DefaultRequestTimeout.
	PageSize = 500
	// maxReads limits how many times a list is read when its pages do not match its count.
	maxReads = 4
	// slack is how many items a list may have in addition to its count. They may be added after PostHog counted.
	slack = 100
)

// A lister reads a list of PostHog, page by page.
type lister[T any] struct {
	client  *Client
	request Request
	// filter are parameters of the first request, in addition to limit and offset. It may be nil.
	filter url.Values
	// pageSize is the limit of the first request. Zero sends no limit and reads only one page, because older servers reject a
	// limit in the list of roles.
	pageSize int
	itemID   func(*T) string
	// validate normalizes a decoded item and returns what is wrong with it. The error completes the sentence "item 1 …".
	validate func(*T) error
}

// A page is a response to a list request.
type page[T any] struct {
	count int
	items []T
	next  url.Values // the query of the next page, or nil
}

// pages returns an iterator over the pages of a list from offset on. It ends after an error.
func (l lister[T]) pages(ctx context.Context, pageSize, offset int) iter.Seq2[page[T], error] {
	return func(yield func(page[T], error) bool) {
		query := url.Values{}
		maps.Copy(query, l.filter)
		if pageSize > 0 {
			query.Set("limit", strconv.Itoa(pageSize))
		}
		if offset > 0 {
			query.Set("offset", strconv.Itoa(offset))
		}
		for {
			var current page[T]
			err := l.client.do(ctx, apiCall{
				Request: l.request, query: query, wantStatus: http.StatusOK,
				decode: func(resp response, body *limitedBody) (err error) {
					current, err = l.decodePage(resp, body, offset)
					return err
				},
			})
			if !yield(current, err) || err != nil || current.next == nil {
				return
			}
			query, offset = current.next, offset+len(current.items)
		}
	}
}

// read returns up to limit items (0 for all) from offset on without duplicates, and the count of the whole list. If the
// pages do not match the count, it reads the list again as one large page. This happens when the list changes during the
// read, and on servers that do not order lists. After maxReads it returns an *InconsistentListError. It fails rather than
// return an incomplete list, because a user missing from the list could lose access.
func (l lister[T]) read(ctx context.Context, limit, offset int) (items []T, count int, err error) {
	pageSize := l.pageSize
	if limit > 0 {
		pageSize = min(limit, pageSize)
	}
	var last snapshot[T]
	for n := range maxReads {
		current, err := l.readOnce(ctx, pageSize, limit, offset)
		switch {
		case pageSize > 0 && isLimitRejection(err):
			return nil, 0, &TruncatedRolesError{Listed: len(last.items), Count: last.count, Err: err}
		case err != nil:
			return nil, 0, err
		case current.isConsistent:
			return current.items, current.count, nil
		}
		last = current
		l.client.log.Debug(ctx, "the pages of a list disagree with its count", map[string]any{
			"request": l.request.String(), "count": last.count, "listed": len(last.items), "read": n + 1,
		})
		pageSize = limit
		if limit == 0 {
			pageSize = last.count + slack
		}
	}
	return nil, 0, &InconsistentListError{Request: l.request, Want: last.expected, Got: len(last.items), Reads: maxReads}
}

// A snapshot is the result of reading a list once.
type snapshot[T any] struct {
	items        []T  // without duplicates
	count        int  // the count of the whole list on the last page
	expected     int  // how many items there should be, according to count
	isConsistent bool // all pages have the same count, and there are as many items as expected
}

// readOnce reads up to limit items (0 for all) from offset on. With a pageSize of 0 it reads one page.
func (l lister[T]) readOnce(ctx context.Context, pageSize, limit, offset int) (snapshot[T], error) {
	if limit == 0 {
		limit = math.MaxInt
	}
	result := snapshot[T]{count: -1}
	isCountStable, rows, seen := true, 0, map[string]bool{}
	for page, err := range l.pages(ctx, pageSize, offset) {
		if err != nil {
			return snapshot[T]{}, err
		}
		isCountStable = isCountStable && (result.count == page.count || result.count < 0)
		result.count = page.count
		for _, item := range page.items[:min(len(page.items), limit-rows)] {
			rows++
			if id := l.itemID(&item); !seen[id] {
				seen[id] = true
				result.items = append(result.items, item)
			}
		}
		if pageSize == 0 || rows == limit {
			break
		}
	}
	result.expected = min(max(result.count-offset, 0), limit)
	result.isConsistent = isCountStable && len(result.items) == result.expected
	return result, nil
}
