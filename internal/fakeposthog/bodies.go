package fakeposthog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net/http"
	"net/url"
)

// readBody decodes a JSON or form body. PostHog decodes bodies before it checks permissions, because it looks for keys in them.
// PostHog also accepts multipart forms; this server does not.
func (c *call) readBody() *problem {
	header := c.request.Header.Get("Content-Type")
	media, _, _ := mime.ParseMediaType(header)
	switch {
	case len(c.body) == 0 || media == "application/x-www-form-urlencoded":
		c.data = readForm(c.body)
		return nil
	case media != "application/json":
		return &problem{
			status: http.StatusUnsupportedMediaType, typ: typeInvalidRequest, code: "unsupported_media_type",
			detail: fmt.Sprintf("Unsupported media type %q in request.", header),
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	if err := decoder.Decode(&c.data); err != nil {
		return problemParse(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return problemParse(errors.New("extra data"))
	}
	return nil
}

// readForm returns the fields of a form. The last value of a repeated field wins, as in Django.
func readForm(body []byte) map[string]any {
	form, _ := url.ParseQuery(string(body)) // Django skips malformed pairs.
	fields := map[string]any{}
	for name, values := range form {
		fields[name] = values[len(values)-1]
	}
	return fields
}

// fields returns the fields of the body, or a problem.
func (c *call) fields() (map[string]any, *problem) {
	switch data := c.data.(type) {
	case nil:
		return nil, problemNoData
	case map[string]any:
		return data, nil
	default:
		return nil, problemNotAnObject(data)
	}
}

// userUUID returns the canonical user_uuid of the body, or a problem.
func (c *call) userUUID() (string, *problem) {
	fields, p := c.fields()
	if p != nil {
		return "", p
	}
	value, given := fields["user_uuid"]
	if !given {
		return "", problemUserRequired
	}
	switch value := value.(type) {
	case nil:
		return "", problemUserNull
	case bool:
		return "", nil // Python converts true to an integer and that to a UUID, which no user has.
	case json.Number:
		n, isInteger := new(big.Int).SetString(value.String(), 10)
		if isInteger && n.Sign() >= 0 && n.BitLen() <= 128 {
			return "", nil
		}
	case string:
		if id, wellFormed := parseUUID(value); wellFormed {
			return id, nil
		}
	}
	return "", problemUserMalformed
}
