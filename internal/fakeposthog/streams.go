package fakeposthog

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// Truncate does the work and sends only the first n bytes of an answer whose Content-Length says more, then closes the
// connection: it broke half-way.
func Truncate(n int) Action {
	return Action{func(x *exchange) {
		a := x.work()
		whole := answer{status: a.status, header: a.header.Clone(), body: a.body}
		if n >= len(a.body) {
			x.send(whole)
			return
		}
		whole.header.Set("Content-Length", strconv.Itoa(len(a.body)))
		x.start(whole)
		_, _ = x.writer.Write(a.body[:n])
		x.flush()
		x.hangUp()
	}}
}

// Drip does the work and sends the answer a few bytes at a time, as a bad line does. Bytes keep coming, so that only a client
// with a limit on the whole request ever gives up.
func Drip(bytesPerTick int, tick time.Duration) Action {
	if bytesPerTick < 1 {
		panic("fakeposthog: a drip of no bytes never ends")
	}
	return Action{func(x *exchange) {
		a := x.work()
		x.start(a)
		x.flush()
		for rest := a.body; len(rest) > 0; {
			n := min(bytesPerTick, len(rest))
			if _, err := x.writer.Write(rest[:n]); err != nil {
				return // nobody listens any more
			}
			x.flush()
			if rest = rest[n:]; len(rest) > 0 && !x.pause(tick) {
				x.hangUp()
			}
		}
	}}
}

// LyingGzip does the work and calls the plain answer gzip, as a proxy with a wrong rule does.
func LyingGzip() Action {
	return Action{func(x *exchange) {
		a := x.work()
		lie := answer{status: a.status, header: a.header.Clone(), body: a.body}
		if lie.header == nil {
			lie.header = http.Header{}
		}
		lie.header.Set("Content-Encoding", "gzip")
		x.send(lie)
	}}
}

// Huge answers 200 with a list padded to n bytes, without doing the work: the host is not PostHog, or something is very wrong
// with it. The bytes are made up as they are sent, so that n may be larger than memory.
func Huge(n int64) Action {
	head := []byte(`{"count":0,"next":null,"previous":null,"results":[],"padding":"`)
	tail := []byte(`"}`)
	chunk := bytes.Repeat([]byte("hedgehog"), 4096)
	return Action{func(x *exchange) {
		x.start(jsonAnswer(http.StatusOK, nil))
		_, err := x.writer.Write(head)
		for left := n - int64(len(head)+len(tail)); left > 0 && err == nil; {
			size := min(left, int64(len(chunk)))
			_, err = x.writer.Write(chunk[:size])
			left -= size
		}
		_, _ = x.writer.Write(tail)
	}}
}
