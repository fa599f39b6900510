package posthog

import (
	"errors"
	"io"
)

const (
	// maxBuffered bounds what is in memory of one answer, in bytes; of a list, that is one item. 10,000 memberships are about
	// 8 MiB.
	maxBuffered = 32 << 20
	// maxPage bounds what is read of one page of a list, in bytes: the members of all roles on it are among them.
	maxPage = 4 * maxBuffered
	// maxHead is how many bytes of an answer are kept to quote from.
	maxHead = 1 << 14
)

var errTooLarge = errors.New("the answer is too large")

// limitedBody is the body of an answer, as far as it may be read. It tells a body that broke off from one that says something
// wrong, which a decoder does not.
type limitedBody struct {
	reader   io.Reader
	itemLeft int    // bytes that may still be read before the next refill
	pageLeft int    // bytes that may still be read at all
	head     []byte // the first bytes that were read
	err      error  // how reading failed; nil as long as it did not, and at the end
}

func newLimitedBody(from io.Reader) *limitedBody {
	return &limitedBody{reader: from, itemLeft: maxBuffered, pageLeft: maxPage}
}

func (c *limitedBody) Read(into []byte) (int, error) {
	if c.itemLeft == 0 {
		// One byte more is needed to know: the end may be just here.
		if _, err := io.ReadFull(c.reader, make([]byte, 1)); err != nil {
			return 0, c.recordError(err)
		}
		return 0, c.recordError(errTooLarge)
	}
	n, err := c.reader.Read(into[:min(len(into), c.itemLeft)])
	c.itemLeft, c.pageLeft = c.itemLeft-n, c.pageLeft-n
	c.head = append(c.head, into[:min(n, maxHead-len(c.head))]...)
	return n, c.recordError(err)
}

func (c *limitedBody) recordError(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return err
}

// nextItem lets as many bytes be read as at first, within the bound of the whole.
func (c *limitedBody) nextItem() { c.itemLeft = min(maxBuffered, c.pageLeft) }

// buffered returns a way to read an answer that decodes it in memory.
func buffered(decode func(response) error) func(response, *limitedBody) error {
	return func(resp response, body *limitedBody) error {
		var err error
		if resp.body, err = io.ReadAll(body); err != nil {
			return err
		}
		return decode(resp)
	}
}
