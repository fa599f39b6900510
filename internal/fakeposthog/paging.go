package fakeposthog

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const defaultPageSize = 100

// list answers one page of n rows, as Django REST framework's LimitOffsetPagination does.
func (c *call) list(e *representation, unordered bool, n int, write func(i int)) answer {
	query := c.request.URL.Query()
	limit, tooLarge := wholeNumber(query.Get("limit"))
	if limit <= 0 {
		limit = defaultPageSize // for 0, negative and non-numeric alike; there is no maximum
	}
	offset, _ := wholeNumber(query.Get("offset"))
	offset = max(0, offset)
	if tooLarge && n > 0 && offset <= n {
		return c.fail(problemServerError) // the database has no such number; it is not asked where there cannot be a row
	}
	first := min(offset, n)
	last := first + min(limit, n-first)

	index := func(i int) int { return first + i }
	if unordered {
		shuffled := c.server.pages.turn(c.request.URL.Path, n, first, last)
		index = func(i int) int { return shuffled[i] }
	}

	e.open()
	e.number("count", n)
	e.textOrNull("next", c.nextLink(query, n, limit, offset))
	e.textOrNull("previous", c.previousLink(query, limit, offset))
	e.array("results", last-first, func(i int) { write(index(i)) })
	if e.config.extraFields {
		e.raw("facets", "{}")
	}
	e.close()
	return jsonAnswer(http.StatusOK, e.b)
}

// wholeNumber returns -1 for what Python's int does not take, and whether there are more digits than fit.
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

func (c *call) nextLink(query url.Values, n, limit, offset int) string {
	if offset >= n-limit { // offset + limit could overflow
		return ""
	}
	return c.link(query, limit, offset+limit)
}

func (c *call) previousLink(query url.Values, limit, offset int) string {
	if offset <= 0 {
		return ""
	}
	return c.link(query, limit, offset-limit)
}

// link is an absolute URL of another page, from the request as the server saw it: with the scheme of the connection and the
// Host of the request, whatever the client called it.
func (c *call) link(query url.Values, limit, offset int) string {
	base := "http://" + c.request.Host
	if c.request.TLS != nil {
		base = "https://" + c.request.Host
	}
	if c.server.config.nextBase != "" {
		base = strings.TrimSuffix(c.server.config.nextBase, "/")
	}
	query = cloneQuery(query)
	query.Set("limit", strconv.Itoa(limit))
	query.Del("offset")
	if offset > 0 {
		query.Set("offset", strconv.Itoa(offset))
	}
	return base + c.request.URL.EscapedPath() + "?" + query.Encode()
}

func cloneQuery(query url.Values) url.Values {
	clone := url.Values{}
	for name, values := range query {
		clone[name] = slices.Clone(values)
	}
	return clone
}

// disorder gives the rows of a list in another order for each request. It is seeded, so that a failing test fails again.
type disorder struct {
	rand *rand.Rand
	left int              // how many lists of role memberships still come unordered
	last map[string][]int // the rows of the last page of each list
}

func (d *disorder) init(unordered int) {
	d.rand = rand.New(rand.NewPCG(2020, 1))
	d.left = unordered
	d.last = map[string][]int{}
}

// unsettled reports whether the list now asked for comes unordered, and counts it.
func (d *disorder) unsettled() bool {
	if d.left <= 0 {
		return false
	}
	d.left--
	return true
}

// turn returns the rows at first to last in an order of its own. A page after the first always repeats a row of the page
// before, so that reading on page by page misses one: left to chance, a small list would now and then come out whole and a
// test would pass for no reason.
func (d *disorder) turn(list string, n, first, last int) []int {
	order := d.rand.Perm(n)
	page := order[first:last]
	if before := d.last[list]; first > 0 && len(page) > 0 {
		wasThere := make(map[int]bool, len(before))
		for _, row := range before {
			wasThere[row] = true
		}
		if !slices.ContainsFunc(page, func(row int) bool { return wasThere[row] }) {
			if at := slices.IndexFunc(order, func(row int) bool { return wasThere[row] }); at >= 0 {
				page[0], order[at] = order[at], page[0]
			}
		}
	}
	d.last[list] = slices.Clone(page)
	return page
}
