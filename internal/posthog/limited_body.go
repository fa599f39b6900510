package posthog

import (
	"errors"
	"io"
)

const (
	// maxBuffered limits the bytes of a response that are in memory at once. In a list this is one item. 10,000 memberships
	// take about 8 MiB.
	maxBuffered = 32 << 20
	// maxPage limits the bytes of one page of a list. A page of roles includes all members of these roles.
	maxPage = 4 * maxBuffered
	// maxHead limits the bytes at the beginning of a response that are kept for error messages.
	maxHead = 1 << 14
)

var errTooLarge = errors.New("the response is too large")

// limitedBody limits the size of a response body and distinguishes a truncated body from invalid content.
type limitedBody struct {
	reader   io.Reader
	itemLeft int    // bytes that may be read before the next call of nextItem
	pageLeft int    // bytes that may be read in total
	head     []byte // the first bytes that were read
	err      error  // an error of reader except io.EOF, or errTooLarge
}

func newLimitedBody(reader io.Reader) *limitedBody {
	return &limitedBody{reader: reader, itemLeft: maxBuffered, pageLeft: maxPage}
}

func (b *limitedBody) Read(into []byte) (int, error) {
	if b.itemLeft == 0 {
		// Try to read another byte, because the body may end exactly at the limit.
		if _, err := io.ReadFull(b.reader, make([]byte, 1)); err != nil {
			return 0, b.recordError(err)
		}
		return 0, b.recordError(errTooLarge)
	}
	n, err := b.reader.Read(into[:min(len(into), b.itemLeft)])
	b.itemLeft, b.pageLeft = b.itemLeft-n, b.pageLeft-n
	b.head = append(b.head, into[:min(n, maxHead-len(b.head))]...)
	return n, b.recordError(err)
}

func (b *limitedBody) recordError(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return err
}

// nextItem allows another maxBuffered bytes to be read, within maxPage.
func (b *limitedBody) nextItem() { b.itemLeft = min(maxBuffered, b.pageLeft) }

// buffered returns an apiCall.decode function that reads the whole response into memory first.
func buffered(decode func(response) error) func(response, *limitedBody) error {
	return func(resp response, body *limitedBody) error {
		var err error
		if resp.body, err = io.ReadAll(body); err != nil {
			return err
		}
		return decode(resp)
	}
}
