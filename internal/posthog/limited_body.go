package posthog

import (
	"errors"
	"io"
)

const (
	// maxAnswer bounds what is in memory of one answer, in bytes; of a list, that is one item. 10,000 memberships are about
	// 8 MiB.
	maxAnswer = 32 << 20
	// maxList bounds what is read of one page of a list, in bytes: the members of all roles on it are among them.
	maxList = 4 * maxAnswer
	// maxStart is how many bytes of an answer are kept to quote from.
	maxStart = 1 << 14
)

var errTooLarge = errors.New("the answer is too large")

// content is the body of an answer, as far as it may be read. It tells a body that broke off from one that says something
// wrong, which a decoder does not.
type content struct {
	from  io.Reader
	left  int    // bytes that may still be read before the next refill
	whole int    // bytes that may still be read at all
	start []byte // the first bytes that were read
	err   error  // how reading failed; nil as long as it did not, and at the end
}

func newContent(from io.Reader) *content {
	return &content{from: from, left: maxAnswer, whole: maxList}
}

func (c *content) Read(into []byte) (int, error) {
	if c.left == 0 {
		// One byte more is needed to know: the end may be just here.
		if _, err := io.ReadFull(c.from, make([]byte, 1)); err != nil {
			return 0, c.failed(err)
		}
		return 0, c.failed(errTooLarge)
	}
	n, err := c.from.Read(into[:min(len(into), c.left)])
	c.left, c.whole = c.left-n, c.whole-n
	c.start = append(c.start, into[:min(n, maxStart-len(c.start))]...)
	return n, c.failed(err)
}

func (c *content) failed(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return err
}

// refill lets as many bytes be read as at first, within the bound of the whole.
func (c *content) refill() { c.left = min(maxAnswer, c.whole) }

// whole returns a way to read an answer that decodes it in memory.
func whole(decode func(answer) error) func(answer, *content) error {
	return func(got answer, body *content) error {
		var err error
		if got.body, err = io.ReadAll(body); err != nil {
			return err
		}
		return decode(got)
	}
}
