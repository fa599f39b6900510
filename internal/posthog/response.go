package posthog

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// answer is what came back: its body is whole, or the beginning of one that is read as it comes.
type answer struct {
	status      int
	contentType string
	body        []byte
}

// read has a call read the answer that it wants, and returns the error that any other is.
func (c *Client) read(asked call, response *http.Response, body *content) error {
	got := answer{status: response.StatusCode, contentType: response.Header.Get("Content-Type")}
	switch {
	case got.status == asked.want:
		return asked.read(got, body)
	case got.status >= 300 && got.status < 400:
		return c.redirect(asked.Request, got.status, response.Header.Get("Location"))
	}
	return whole(func(got answer) error {
		if got.status >= 400 {
			wait, _ := parseRetryAfter(response.Header.Get("Retry-After"), time.Now())
			return c.refusal(asked.Request, got, wait)
		}
		reason := "that is not what this request is answered with"
		if !json.Valid(got.body) {
			reason = notJSON(got.body)
		}
		return c.unexpected(asked.Request, got, reason)
	})(got, body)
}

// errorTypes are the types that PostHog's errors have.
var errorTypes = []string{"validation_error", "authentication_error", "invalid_request", "throttled_error", "server_error"}

// refusal reads an answer of 400 and above. It is PostHog's own if it has one of PostHog's types and a code.
func (c *Client) refusal(request Request, got answer, asked time.Duration) error {
	var envelope struct {
		Type, Detail, Attr string
		Code               *string
	}
	if err := json.Unmarshal(got.body, &envelope); err != nil || !slices.Contains(errorTypes, envelope.Type) || envelope.Code == nil {
		failure := c.unexpected(request, got, notJSON(got.body))
		failure.RetryAfter = asked
		return failure
	}
	failure := &APIError{
		Request: request, Status: got.status, Type: envelope.Type, Code: c.quotable(*envelope.Code),
		Detail: c.quotable(envelope.Detail), Attr: c.quotable(envelope.Attr), RetryAfter: asked,
	}
	failure.classify()
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
func (c *Client) unexpected(request Request, got answer, reason string) *UnexpectedResponseError {
	return &UnexpectedResponseError{
		Request: request, Host: c.Host(), Status: got.status, ContentType: got.contentType,
		FirstLine: firstLine(got.body, c.redact), Reason: reason,
	}
}

// misshapen makes the error for an answer that could not be decoded. thing names what it should have been.
func (c *Client) misshapen(request Request, got answer, thing string, err error) *UnexpectedResponseError {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
		return c.unexpected(request, got, notJSON(got.body))
	}
	return c.unexpected(request, got, fmt.Sprintf("the %s is not in the expected shape (%v)", thing, err))
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

// statusOf returns the status of the answer behind err; zero when there was none.
func statusOf(err error) int {
	if api, ok := errors.AsType[*APIError](err); ok {
		return api.Status
	}
	if answer, ok := errors.AsType[*UnexpectedResponseError](err); ok {
		return answer.Status
	}
	return 0
}

// retryAfterOf returns how long the answer behind err asked to wait; zero when it did not.
func retryAfterOf(err error) time.Duration {
	if api, ok := errors.AsType[*APIError](err); ok {
		return api.RetryAfter
	}
	if answer, ok := errors.AsType[*UnexpectedResponseError](err); ok {
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
	for line := range strings.Lines(redact(string(body[:min(len(body), maxStart)]))) {
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
