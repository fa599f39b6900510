package posthog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// answer is what came back, whole.
type answer struct {
	status      int
	contentType string
	body        []byte
}

// read returns the answer, or the error that it is.
func (x *exchange) read(response *http.Response, err error) (answer, error) {
	if err != nil {
		return answer{}, x.named(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, &TransportError{Request: x.request, Host: x.client.Host(), Sent: true, Err: err}
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	got := answer{response.StatusCode, response.Header.Get("Content-Type"), body}

	switch {
	case got.status < 300:
		return got, nil
	case got.status < 400:
		return got, x.client.redirect(x.request, got.status, response.Header.Get(redirectHeader))
	default:
		asked, _ := parseRetryAfter(response.Header.Get("Retry-After"), time.Now())
		return got, x.client.refusal(x.request, got, asked)
	}
}

// named gives the errors of the transport, which knows neither host nor request, what they lack.
func (x *exchange) named(err error) error {
	if failed, ok := errors.AsType[*TransportError](err); ok {
		complete := *failed
		complete.Request, complete.Host = x.request, x.client.Host()
		return &complete
	}
	if large, ok := errors.AsType[*tooLargeError](err); ok {
		got := answer{large.status, large.contentType, large.start}
		return x.client.unexpected(x.request, got, fmt.Sprintf("it is larger than %d MiB", maxAnswer>>20))
	}
	return err
}

// refusal reads an answer of 400 and above.
func (c *Client) refusal(request Request, got answer, asked time.Duration) error {
	var envelope struct {
		Type   *string `json:"type"`
		Code   *string `json:"code"`
		Detail *string `json:"detail"`
		Attr   *string `json:"attr"`
	}
	if err := json.Unmarshal(got.body, &envelope); err != nil || envelope.Type == nil || envelope.Detail == nil {
		failure := c.unexpected(request, got, notJSON(got.body))
		failure.RetryAfter = asked
		return failure
	}
	failure := &APIError{
		Request: request, Status: got.status, Type: c.quotable(*envelope.Type), Detail: c.quotable(*envelope.Detail),
		RetryAfter: asked,
	}
	if envelope.Code != nil {
		failure.Code = c.quotable(*envelope.Code)
	}
	if envelope.Attr != nil {
		failure.Attr = c.quotable(*envelope.Attr)
	}
	return failure
}

// redirect reads an answer of 300 to 399.
func (c *Client) redirect(request Request, status int, location string) error {
	failure := &RedirectError{Request: request, Host: c.Host(), Status: status}
	reference, err := url.Parse(location)
	if err != nil || location == "" {
		return failure
	}
	asked := c.base.JoinPath(request.Path)
	target := asked.ResolveReference(reference)
	target.User, target.RawQuery, target.Fragment = nil, "", ""
	failure.Location = c.redact(target.String())
	if target.Scheme != asked.Scheme || target.Host != asked.Host {
		suggested := url.URL{Scheme: target.Scheme, Host: target.Host}
		// The same path at another address is PostHog under another name. Any other path is a login page or the like.
		if prefix, same := strings.CutSuffix(strings.TrimRight(target.Path, "/"), strings.TrimRight(request.Path, "/")); same {
			suggested.Path = prefix
			if _, err := ParseHost(suggested.String()); err == nil {
				failure.SuggestedHost = c.redact(suggested.String())
			}
		}
	}
	return failure
}

// unexpected makes the error for an answer that PostHog would not give.
func (c *Client) unexpected(request Request, got answer, reason string) *AnswerError {
	return &AnswerError{
		Request: request, Host: c.Host(), Status: got.status, ContentType: got.contentType,
		FirstLine: firstLine(got.body, c.redact), Reason: reason,
	}
}

// redact keeps the key out of errors even where a server repeats it.
func (c *Client) redact(text string) string { return strings.ReplaceAll(text, c.key, "(API key)") }

// quotable returns what a server says as it can stand in a message: without the key, without what cannot be printed, and
// not endless.
func (c *Client) quotable(text string) string {
	const longest = 1000
	text = c.redact(strings.Map(printable, c.redact(text)))
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}

// retryAfterOf returns how long the answer behind err asked to wait; zero when it did not.
func retryAfterOf(err error) time.Duration {
	if api, ok := errors.AsType[*APIError](err); ok {
		return api.RetryAfter
	}
	if answer, ok := errors.AsType[*AnswerError](err); ok {
		return answer.RetryAfter
	}
	return 0
}

// notJSON says what a body is that could not be read.
func notJSON(body []byte) string {
	text := strings.ToLower(strings.TrimSpace(string(body[:min(len(body), 512)])))
	switch {
	case text == "":
		return "the answer is empty"
	case strings.HasPrefix(text, "<"):
		return "the answer is a web page, not JSON"
	case !json.Valid(body):
		return "the answer is not JSON"
	}
	return "the answer is JSON of another shape"
}

// firstLine returns the first line of a body that says something, cut to what fits in a message. redact takes the key out
// of it, before and after what cannot be printed is left out: either may hide the key from the other.
func firstLine(body []byte, redact func(string) string) string {
	const longest = 120
	for line := range strings.Lines(redact(string(body[:min(len(body), 1<<14)]))) {
		line = redact(strings.Map(printable, strings.TrimSpace(line)))
		if line == "" {
			continue
		}
		if runes := []rune(line); len(runes) > longest {
			return string(runes[:longest]) + "…"
		}
		return line
	}
	return ""
}

// printable leaves out what cannot be printed, as a mapping of strings.Map.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == '\uFFFD' {
		return -1
	}
	return r
}
