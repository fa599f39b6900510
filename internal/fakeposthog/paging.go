package fakeposthog

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const defaultPageSize = 100

// pageObject is a page of a list, in the format of Django REST framework's LimitOffsetPagination.
type pageObject struct {
	Count    int             `json:"count"`
	Next     *string         `json:"next"`
	Previous *string         `json:"previous"`
	Results  []any           `json:"results"`
	Extra    json.RawMessage `json:"facets,omitempty"`
}

// list answers a page of n rows.
func (c *call) list(unordered bool, n int, row func(i int) any) answer {
	query := c.request.URL.Query()
	limit, tooLarge := wholeNumber(query.Get("limit"))
	if limit <= 0 {
		limit = defaultPageSize // There is no maximum.
	}
	offset, _ := wholeNumber(query.Get("offset"))
	offset = max(0, offset)
	if tooLarge && n > 0 && offset <= n {
		return c.fail(problemServerError) // The database rejects the number. It is not asked if no row can match.
	}
	first := min(offset, n)
	last := first + min(limit, n-first)

	page := pageObject{Count: n, Results: make([]any, last-first), Extra: c.server.config.extra("{}")}
	if offset < n-limit { // offset+limit can overflow.
		page.Next = c.link(query, limit, offset+limit)
	}
	if offset > 0 {
		page.Previous = c.link(query, limit, offset-limit)
	}
	var shuffled []int
	if unordered {
		shuffled = c.server.pages.shuffle(c.request.URL.Path, n, first, last)
	}
	for i := range page.Results {
		at := first + i
		if unordered {
			at = shuffled[i]
		}
		page.Results[i] = row(at)
	}
	return jsonAnswer(http.StatusOK, page)
}

// wholeNumber parses a number as Python's int does. It returns -1 if that fails. tooLarge means more digits than an int has.
func wholeNumber(text string) (n int, tooLarge bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if errors.Is(err, strconv.ErrRange) && n > 0 {
		return n, true
	}
	if err != nil {
		return -1, false
	}
	return n, false
}

// link returns the absolute URL of another page, with the scheme of the connection and the Host of the request.
func (c *call) link(query url.Values, limit, offset int) *string {
	base := "http://" + c.request.Host
	if c.request.TLS != nil {
		base = "https://" + c.request.Host
	}
	if c.server.config.nextBase != "" {
		base = strings.TrimSuffix(c.server.config.nextBase, "/")
	}
	query = maps.Clone(query)
	query.Set("limit", strconv.Itoa(limit))
	query.Del("offset")
	if offset > 0 {
		query.Set("offset", strconv.Itoa(offset))
	}
	link := base + c.request.URL.EscapedPath() + "?" + query.Encode()
	return &link
}

// disorder shuffles the rows of lists. Its seed is fixed, so that each run of a test has the same order.
type disorder struct {
	rand *rand.Rand
	last map[string][]int // rows of the last page of each list, by path
}

// shuffle returns the rows of the page from first to last in a new order. Each page after the first repeats a row of the page
// before, so that a client which reads page by page always misses a row.
func (d *disorder) shuffle(list string, n, first, last int) []int {
	order := d.rand.Perm(n)
	page := order[first:last]
	if before := d.last[list]; first > 0 && len(page) > 0 {
		isRepeated := func(row int) bool { return slices.Contains(before, row) }
		if at := slices.IndexFunc(order, isRepeated); at >= 0 && !slices.ContainsFunc(page, isRepeated) {
			page[0], order[at] = order[at], page[0]
		}
	}
	d.last[list] = slices.Clone(page)
	return page
}
