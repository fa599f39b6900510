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
	// PageSize is the limit of a list request. Large pages are safer, because servers before 2026 do not order lists. Then one
	// item can be on two pages, and another one on no page. But a page of 10,000 memberships takes all of DefaultRequestTimeout.
	PageSize = 500
	// maxReads limits how many times a list is read when its pages do not match its count.
	maxReads = 4
	// slack is the number of items that a list may have beyond its count, because items can be added after PostHog counted.
	slack = 100
)

// A lister reads a list of PostHog, page by page.
type lister[T any] struct {
	client  *Client
	request Request
	// filter are parameters of the first request, in addition to limit and offset. It may be nil.
	filter url.Values
	// pageSize is the limit of the first request. Zero sends no limit and reads one page. The list of roles needs this, because
	// older servers reject a limit there.
	pageSize int
	itemID   func(*T) string
	// validate normalizes a decoded item. The error of an invalid item completes the sentence "item 1 …".
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
			err := l.client.do(ctx, apiCall{ // retries, and then calls decode
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
// read, and on servers that do not order lists. After maxReads it returns an *InconsistentListError and no list, because a
// user missing from the list could lose access.
func (l lister[T]) read(ctx context.Context, limit, offset int) (items []T, count int, err error) {
	pageSize := l.pageSize
	if limit > 0 {
		pageSize = min(limit, pageSize)
	}
	var last snapshot[T]
	for reads := range maxReads {
		current, err := l.readOnce(ctx, pageSize, limit, offset)
		switch {
		case pageSize > 0 && isLimitRejection(err): // an older server, which lists only the first roles
			return nil, 0, &TruncatedRolesError{Listed: len(last.items), Count: last.count, Err: err}
		case err != nil:
			return nil, 0, err
		case current.isConsistent:
			return current.items, current.count, nil
		}
		last = current
		l.client.log.Debug(ctx, "the pages of a list disagree with its count", map[string]any{
			"request": l.request.String(), "count": last.count, "listed": len(last.items), "read": reads + 1,
		})
		pageSize = limit // From now on, one page has all wanted items.
		if limit == 0 {
			pageSize = last.count + slack
		}
	}
	return nil, 0, &InconsistentListError{Request: l.request, Want: last.expected, Got: len(last.items), Reads: maxReads}
}

// A snapshot is the result of reading a list once.
type snapshot[T any] struct {
	items        []T  // without duplicates
	count        int  // the count of the whole list, as the last page has it; -1 before the first page
	expected     int  // the number of items that should have been read, according to count
	isConsistent bool // all pages have the same count, and the number of items is as expected
}

// readOnce reads up to limit items (0 for all) from offset on. With a pageSize of 0 it reads one page.
func (l lister[T]) readOnce(ctx context.Context, pageSize, limit, offset int) (snapshot[T], error) {
	if limit == 0 {
		limit = math.MaxInt
	}
	result := snapshot[T]{count: -1}
	isCountStable, seen := true, map[string]bool{}
	itemsRead := 0 // with duplicates
	for page, err := range l.pages(ctx, pageSize, offset) {
		if err != nil {
			return snapshot[T]{}, err
		}
		isCountStable = isCountStable && (result.count == page.count || result.count < 0)
		result.count = page.count
		for _, item := range page.items[:min(len(page.items), limit-itemsRead)] {
			itemsRead++
			if id := l.itemID(&item); !seen[id] {
				seen[id] = true
				result.items = append(result.items, item)
			}
		}
		if pageSize == 0 || itemsRead == limit {
			break
		}
	}
	result.expected = min(max(result.count-offset, 0), limit)
	result.isConsistent = isCountStable && len(result.items) == result.expected
	return result, nil
}
