package posthog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
)

// decodePage reads one page, whose first item is at offset, item by item: it holds no more of the answer in memory than one
// item and what is kept of those before. A body that is not a list is an error: it must never pass for an empty one.
func (l lister[T]) decodePage(resp response, body *limitedBody, offset int) (page[T], error) {
	wrong := func(reason string) (page[T], error) {
		resp.body = body.head
		return page[T]{}, l.client.unexpectedError(l.request, resp, reason)
	}
	raw, err := l.decodeList(body, offset)
	if shape, ok := errors.AsType[*invalidListError](err); ok {
		return wrong(shape.reason)
	}
	if err != nil {
		resp.body = body.head
		return page[T]{}, l.client.decodeError(l.request, resp, "list", err)
	}
	if raw.count == nil || *raw.count < 0 || raw.results == nil {
		return wrong("it is not a list: it has no “count” or no “results”")
	}

	decoded := page[T]{count: *raw.count, results: raw.results}
	if raw.next == nil {
		return decoded, nil
	}
	next, err := parseNext(*raw.next)
	switch size := len(decoded.results); {
	case err != nil:
		return wrong(fmt.Sprintf("“next” %v", err))
	case next.offset <= offset || size == 0:
		return wrong(fmt.Sprintf("“next” leads back to offset %d from a page of %d at offset %d", next.offset, size, offset))
	case next.offset != offset+size:
		return wrong(fmt.Sprintf("“next” leads to offset %d, but the page of %d at offset %d ends elsewhere", next.offset, size, offset))
	}
	decoded.next = next.query
	return decoded, nil
}

// A invalidListError says what is wrong with JSON that the decoder does not mind.
type invalidListError struct{ reason string }

func (e *invalidListError) Error() string { return e.reason }

// rawPage is a page as it is written, with nil for what it lacks.
type rawPage[T any] struct {
	count   *int
	next    *string
	results []T
}

// decodeList reads the object that a page is, to the end of the body. The errors are *shapeError and the decoder's.
func (l lister[T]) decodeList(body *limitedBody, offset int) (rawPage[T], error) {
	var raw rawPage[T]
	decoder := json.NewDecoder(body)
	if start, err := decoder.Token(); err != nil {
		return raw, err
	} else if start != json.Delim('{') {
		return raw, &invalidListError{"it is not a list"}
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return raw, err
		}
		switch key {
		case "count":
			err = decoder.Decode(&raw.count)
		case "next":
			err = decoder.Decode(&raw.next)
		case "results":
			if raw.count == nil {
				return raw, &invalidListError{"it is not a list: it has no “count” before its “results”"}
			}
			raw.results, err = l.decodeItems(decoder, body, offset, *raw.count)
		default:
			var ignored json.RawMessage
			err = decoder.Decode(&ignored)
		}
		if err != nil {
			return raw, err
		}
	}
	if _, err := decoder.Token(); err != nil { // The closing brace.
		return raw, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return raw, &invalidListError{"something follows the list"}
	}
	return raw, nil
}

// decodeItems reads the array of items, whose first is at offset of the whole list, and stops when there are more than count
// allows. null for an array is nil.
func (l lister[T]) decodeItems(decoder *json.Decoder, body *limitedBody, offset, count int) ([]T, error) {
	start, err := decoder.Token()
	switch {
	case err != nil, start == nil:
		return nil, err
	case start != json.Delim('['):
		return nil, &invalidListError{"it is not a list: its “results” are no array"}
	}
	items := []T{}
	for decoder.More() {
		if offset+len(items) >= count+slack {
			return nil, &invalidListError{fmt.Sprintf("it holds more than the %d items that it counts", count)}
		}
		var item *T
		if err := decoder.Decode(&item); err != nil {
			return nil, err
		}
		if item == nil {
			return nil, &invalidListError{fmt.Sprintf("item %d of the list is null", offset+len(items))}
		}
		if err := l.validate(item); err != nil {
			return nil, &invalidListError{fmt.Sprintf("item %d of the list %v", offset+len(items), err)}
		}
		items = append(items, *item)
		body.nextItem()
	}
	_, err = decoder.Token() // The closing bracket.
	return items, err
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
