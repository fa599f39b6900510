package posthog

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

const (
	// PageSize is the limit that lists ask for. PostHog has no maximum, and servers before 2026 do not order the rows of
	// a list, so that only a page which holds everything is sure to.
	PageSize = 500
	// maxReads is how often a list whose pages disagree with its count is read.
	maxReads = 4
	// slack is added to the count when a whole list is asked for in one page, for who is added meanwhile.
	slack = 100
)

// A page is one answer to a list request.
type page[T any] struct {
	count   int
	results []T
	next    url.Values // nil on the last page
	offset  int        // of the first result
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

// pages is what everything that lists goes through. It yields one page after the other, following next by its query
// alone: its scheme and host are those of the server behind its proxies, and not for the key. The first error ends it.
// check is asked about every item.
func pages[T any](ctx context.Context, c *Client, request Request, first window, check func(*T) error) iter.Seq2[page[T], error] {
	return func(yield func(page[T], error) bool) {
		query, offset := first.query(), first.offset
		for {
			body, err := c.do(ctx, request, query, nil, http.StatusOK)
			if err != nil {
				yield(page[T]{}, err)
				return
			}
			got, err := decodePage(c, request, body, offset, check)
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

// decodePage reads one page. A body that is not a list is an error: it must never pass for an empty one.
func decodePage[T any](c *Client, request Request, body []byte, offset int, check func(*T) error) (page[T], error) {
	wrong := func(reason string) (page[T], error) {
		return page[T]{}, c.unexpected(request, answer{http.StatusOK, "application/json", body}, reason)
	}
	var list struct {
		Count   *int    `json:"count"`
		Next    *string `json:"next"`
		Results *[]*T   `json:"results"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		if !json.Valid(body) {
			return wrong(notJSON(body))
		}
		return wrong("the list is not in the expected shape (" + err.Error() + ")")
	}
	if list.Count == nil || *list.Count < 0 || list.Results == nil {
		return wrong("it is not a list: it has no “count” or no “results”")
	}

	got := page[T]{count: *list.Count, results: make([]T, 0, len(*list.Results)), offset: offset}
	for i, item := range *list.Results {
		if item == nil {
			return wrong(fmt.Sprintf("item %d of the list is null", offset+i))
		}
		if err := check(item); err != nil {
			return wrong(fmt.Sprintf("item %d of the list %v", offset+i, err))
		}
		got.results = append(got.results, *item)
	}
	if list.Next == nil {
		return got, nil
	}
	next, err := parseNext(*list.Next)
	switch {
	case err != nil:
		return wrong(fmt.Sprintf("“next” %v", err))
	case next.offset <= offset || len(got.results) == 0:
		return wrong(fmt.Sprintf("“next” leads back to offset %d from a page of %d at offset %d", next.offset, len(got.results), offset))
	case next.offset != offset+len(got.results):
		return wrong(fmt.Sprintf("“next” leads to offset %d, but the page of %d at offset %d ends elsewhere", next.offset, len(got.results), offset))
	}
	got.next = next.query
	return got, nil
}

// A nextLink is what counts of a page's “next”.
type nextLink struct {
	query  url.Values
	offset int
}

// parseNext reads the query of a next link and nothing else of it.
func parseNext(link string) (nextLink, error) {
	parsed, err := url.Parse(link)
	if err != nil {
		return nextLink{}, fmt.Errorf("is not a URL")
	}
	query, err := url.ParseQuery(parsed.RawQuery)
	if err != nil {
		return nextLink{}, fmt.Errorf("has a query that cannot be read")
	}
	offset, err := strconv.Atoi(query.Get("offset"))
	if err != nil || offset < 0 {
		return nextLink{}, fmt.Errorf("has no offset")
	}
	return nextLink{query: query, offset: offset}, nil
}

// all reads a whole list, each item once. Where pages disagree with the count, as they do on servers that do not order
// them and while somebody changes the list, it reads again, then asking for one page that is large enough for all. Where
// that does not help it fails with an *InconsistentListError: somebody missing from a list would lose access.
func all[T any](ctx context.Context, c *Client, request Request, id func(T) string, check func(*T) error) ([]T, error) {
	return repeat(ctx, c, request, PageSize, id, check)
}

// allWithoutLimit is all for lists that older servers refuse to limit: it reads again, but in the server's own pages.
func allWithoutLimit[T any](ctx context.Context, c *Client, request Request, id func(T) string, check func(*T) error) ([]T, error) {
	return repeat(ctx, c, request, 0, id, check)
}

func repeat[T any](
	ctx context.Context, c *Client, request Request, size int, id func(T) string, check func(*T) error,
) ([]T, error) {
	var items []T
	count := 0
	for read := range maxReads {
		var err error
		var agree bool
		items, count, agree, err = readAll(ctx, c, request, size, id, check)
		if err != nil {
			return nil, err
		}
		if agree {
			return items, nil
		}
		if size > 0 {
			size = max(PageSize, count+slack)
		}
		c.log.Debug(ctx, "the pages of a list disagree with its count", map[string]any{
			"request": request.String(), "count": count, "listed": len(items), "read": read + 1,
		})
	}
	return nil, &InconsistentListError{Request: request, Want: count, Got: len(items), Reads: maxReads}
}

// readAll reads every page once. agree says whether all pages gave the same count, and as many different items.
func readAll[T any](
	ctx context.Context, c *Client, request Request, size int, id func(T) string, check func(*T) error,
) (items []T, count int, agree bool, err error) {
	seen := map[string]bool{}
	counts := []int{}
	rows := 0
	for page, err := range pages(ctx, c, request, window{limit: size}, check) {
		if err != nil {
			return nil, 0, false, err
		}
		counts = append(counts, page.count)
		rows += len(page.results)
		for _, item := range page.results {
			if !seen[id(item)] {
				seen[id(item)] = true
				items = append(items, item)
			}
		}
		if rows > 2*page.count+PageSize {
			break // A server that never comes to an end.
		}
	}
	count = counts[len(counts)-1]
	agree = len(items) == count && rows == count && len(slices.Compact(counts)) == 1
	return items, count, agree, nil
}
