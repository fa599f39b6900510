package fakeposthog

import (
	"encoding/json"
	"strconv"
	"time"
)

// encoder writes JSON field by field. Struct tags do not fit, because the fields depend on the version of PostHog. Maps would be
// too slow for lists of 10,000 members.
type encoder struct{ b []byte }

func (e *encoder) open()  { e.b = append(e.b, '{') }
func (e *encoder) close() { e.b = append(e.b, '}') }

// next writes a comma, except before the first element of an object or array.
func (e *encoder) next() {
	if len(e.b) == 0 {
		return
	}
	if last := e.b[len(e.b)-1]; last != '{' && last != '[' && last != ':' {
		e.b = append(e.b, ',')
	}
}

func (e *encoder) name(name string) {
	e.next()
	e.b = append(e.b, '"')
	e.b = append(e.b, name...)
	e.b = append(e.b, '"', ':')
}

func (e *encoder) text(name, value string) {
	e.name(name)
	quoted, err := json.Marshal(value)
	if err != nil {
		panic(err) // Marshal accepts every string.
	}
	e.b = append(e.b, quoted...)
}

func (e *encoder) textOrNull(name, value string) {
	if value == "" {
		e.null(name)
		return
	}
	e.text(name, value)
}

// plain writes a text that needs no escapes, such as a UUID.
func (e *encoder) plain(name, value string) { e.raw(name, `"`+value+`"`) }

func (e *encoder) raw(name, value string) {
	e.name(name)
	e.b = append(e.b, value...)
}

func (e *encoder) null(name string)              { e.raw(name, "null") }
func (e *encoder) number(name string, value int) { e.raw(name, strconv.Itoa(value)) }
func (e *encoder) truth(name string, value bool) { e.raw(name, strconv.FormatBool(value)) }

// time writes a time as Django REST framework does: with microseconds, or without a fraction if it is zero.
func (e *encoder) time(name string, value time.Time) {
	layout := "2006-01-02T15:04:05.000000Z"
	if value.Nanosecond()/1000 == 0 {
		layout = "2006-01-02T15:04:05Z"
	}
	e.name(name)
	e.b = append(e.b, '"')
	e.b = value.UTC().AppendFormat(e.b, layout)
	e.b = append(e.b, '"')
}

// array writes an array of n elements.
func (e *encoder) array(name string, n int, element func(i int)) {
	e.name(name)
	e.b = append(e.b, '[')
	for i := range n {
		e.next()
		element(i)
	}
	e.b = append(e.b, ']')
}
