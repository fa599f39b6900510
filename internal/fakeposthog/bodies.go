package fakeposthog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// absent is the data of a request without a body, which PostHog takes for an empty form.
type absent struct{}

// readBody reads the JSON of any request that has some. PostHog looks for keys in bodies too, and so trips over one that it
// cannot read before it knows what the key may do. PostHog takes forms as well; this server does not, because JSON is what
// a client has to send.
func (c *call) readBody() *problem {
	if len(c.body) == 0 {
		c.data = absent{}
		return nil
	}
	header := c.request.Header.Get("Content-Type")
	if media, _, _ := mime.ParseMediaType(header); media != "application/json" {
		return &problem{http.StatusUnsupportedMediaType, typeInvalidRequest, "unsupported_media_type",
			fmt.Sprintf("Unsupported media type %q in request.", header), ""}
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

// userUUID returns the canonical user_uuid of the body of a POST, or what is wrong with it.
func (c *call) userUUID() (string, *problem) {
	var fields map[string]any
	switch data := c.data.(type) {
	case absent:
	case nil:
		return "", problemNoData
	case map[string]any:
		fields = data
	default:
		return "", problemNotAnObject
	}
	value, given := fields["user_uuid"]
	if !given {
		return "", problemUserRequired
	}
	switch value := value.(type) {
	case nil:
		return "", problemUserNull
	case bool, json.Number:
		return "", nil // Python makes a UUID of an integer, and takes true for one; no user has it
	case string:
		if id, wellFormed := parseUUID(value); wellFormed {
			return id, nil
		}
	}
	return "", problemUserMalformed
}
