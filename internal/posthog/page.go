package posthog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
)

// An invalidListError describes what is wrong with JSON that is no list, or a list with invalid items.
type invalidListError string

func (e invalidListError) Error() string { return string(e) }

// decodePage decodes a page of a list. offset is the position of its first item. A body that is not a list is an error,
// never an empty list.
func (l lister[T]) decodePage(resp response, body *limitedBody, offset int) (page[T], error) {
	decoded, err := l.decodeList(body, offset)
	if err == nil {
		return decoded, nil
	}
	resp.body = body.head
	if invalid, ok := errors.AsType[invalidListError](err); ok {
		return page[T]{}, l.client.unexpectedError(l.request, resp, invalid.Error())
	}
	return page[T]{}, l.client.decodeError(l.request, resp, "list", err)
}

// decodeList decodes a page item by item, so that never more than one item is in memory as JSON. It reads the body to its
// end. The error is an invalidListError or an error of json.Decoder.
func (l lister[T]) decodeList(body *limitedBody, offset int) (page[T], error) {
	var items []T
	var count *int
	var next *string
	decoder := json.NewDecoder(body)
	if start, err := decoder.Token(); err != nil {
		return page[T]{}, err
	} else if start != json.Delim('{') {
		return page[T]{}, invalidListError("it is not a list")
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return page[T]{}, err
		}
		switch key {
		case "count":
			err = decoder.Decode(&count)
		case "next":
			err = decoder.Decode(&next)
		case "results":
			if count == nil {
				return page[T]{}, invalidListError("it is not a list: it has no “count” before its “results”")
			}
			items, err = l.decodeItems(decoder, body, offset, *count)
		default:
			var ignored json.RawMessage
			err = decoder.Decode(&ignored)
		}
		if err != nil {
			return page[T]{}, err
		}
	}
	if _, err := decoder.Token(); err != nil { // the closing brace
		return page[T]{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return page[T]{}, invalidListError("something follows the list")
	}
	if count == nil || *count < 0 || items == nil {
		return page[T]{}, invalidListError("it is not a list: it has no “count” or no “results”")
	}
	if next == nil {
		return page[T]{count: *count, items: items}, nil
	}
	query, nextOffset, err := parseNext(*next)
	if err != nil {
		return page[T]{}, invalidListError(fmt.Sprintf("“next” %v", err))
	}
	if len(items) == 0 || nextOffset != offset+len(items) {
		return page[T]{}, invalidListError(fmt.Sprintf("“next” leads to offset %d after a page of %d at offset %d", nextOffset, len(items), offset))
	}
	return page[T]{count: *count, items: items, next: query}, nil
}

// decodeItems decodes the array of items. It fails if the list has more items than count and slack allow. It returns nil
// for a null array.
func (l lister[T]) decodeItems(decoder *json.Decoder, body *limitedBody, offset, count int) ([]T, error) {
	start, err := decoder.Token()
	switch {
	case err != nil, start == nil:
		return nil, err
	case start != json.Delim('['):
		return nil, invalidListError("it is not a list: its “results” are no array")
	}
	items := []T{}
	for decoder.More() {
		position := offset + len(items)
		if position >= count+slack {
			return nil, invalidListError(fmt.Sprintf("it holds more than the %d items that it counts", count))
		}
		var item *T
		if err := decoder.Decode(&item); err != nil {
			return nil, err
		}
		if item == nil {
			return nil, invalidListError(fmt.Sprintf("item %d of the list is null", position))
		}
		if err := l.validate(item); err != nil {
			return nil, invalidListError(fmt.Sprintf("item %d of the list %v", position, err))
		}
		items = append(items, *item)
		body.nextItem()
	}
	_, err = decoder.Token() // the closing bracket
	return items, err
}

// parseNext returns the query of a “next” link and its offset. It ignores scheme and host: they may be those of a server
// behind a proxy, and must not receive the key.
func parseNext(link string) (query url.Values, offset int, err error) {
	parsed, err := url.Parse(link)
	if err != nil {
		return nil, 0, errors.New("is not a URL")
	}
	query, err = url.ParseQuery(parsed.RawQuery)
	if err != nil {
		return nil, 0, errors.New("has a query that cannot be read")
	}
	offset, err = strconv.Atoi(query.Get("offset"))
	if err != nil {
		return nil, 0, errors.New("has no offset")
	}
	return query, offset, nil
}
