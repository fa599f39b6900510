package fakeposthog

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// Truncate processes the request, sends the first n bytes of the answer's body and closes the connection. Content-Length is
// that of the whole body.
func Truncate(n int) Action {
	return Action{func(x *exchange) {
		a := x.process()
		if n >= len(a.body) {
			x.send(a)
			return
		}
		x.writer.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		x.start(a)
		_, _ = x.writer.Write(a.body[:n])
		x.flush()
		x.closeConnection()
	}}
}

// Drip processes the request and sends the answer a few bytes at a time. Only a timeout of the whole request ends it early.
func Drip(bytesPerTick int, tick time.Duration) Action {
	if bytesPerTick < 1 {
		panic("fakeposthog: Drip needs at least one byte per tick")
	}
	return Action{func(x *exchange) {
		a := x.process()
		x.start(a)
		x.flush()
		for rest := a.body; len(rest) > 0; {
			n := min(bytesPerTick, len(rest))
			if _, err := x.writer.Write(rest[:n]); err != nil {
				return // The client has closed the connection.
			}
			x.flush()
			if rest = rest[n:]; len(rest) > 0 {
				x.sleep(tick)
			}
		}
	}}
}

// Huge sends 200 with a list padded to n bytes, without processing the request. n may exceed the memory.
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
