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
type response struct {
	status      int
	contentType string
	body        []byte
}

// decodeResponse has a call decodeResponse the answer that it wants, and returns the error that any other is.
func (c *Client) decodeResponse(call apiCall, httpResponse *http.Response, body *limitedBody) error {
	resp := response{status: httpResponse.StatusCode, contentType: httpResponse.Header.Get("Content-Type")}
	switch {
	case resp.status == call.wantStatus:
		return call.decode(resp, body)
	case resp.status >= 300 && resp.status < 400:
		return c.redirectError(call.Request, resp.status, httpResponse.Header.Get("Location"))
	}
	return buffered(func(resp response) error {
		if resp.status >= 400 {
			wait, _ := parseRetryAfter(httpResponse.Header.Get("Retry-After"), time.Now())
			return c.errorOf(call.Request, resp, wait)
		}
		reason := "that is not what this request is answered with"
		if !json.Valid(resp.body) {
			reason = describeBody(resp.body)
		}
		return c.unexpectedError(call.Request, resp, reason)
	})(resp, body)
}

// errorTypes are the types that PostHog's errors have.
var errorTypes = []string{"validation_error", "authentication_error", "invalid_request", "throttled_error", "server_error"}

// errorOf reads an answer of 400 and above. It is PostHog's own if it has one of PostHog's types and a code.
func (c *Client) errorOf(request Request, resp response, asked time.Duration) error {
	var envelope struct {
		Type, Detail, Attr string
		Code               *string
	}
	if err := json.Unmarshal(resp.body, &envelope); err != nil || !slices.Contains(errorTypes, envelope.Type) || envelope.Code == nil {
		failure := c.unexpectedError(request, resp, describeBody(resp.body))
		failure.RetryAfter = asked
		return failure
	}
	failure := &APIError{
		Request: request, Status: resp.status, Type: envelope.Type, Code: c.sanitize(*envelope.Code),
		Detail: c.sanitize(envelope.Detail), Attr: c.sanitize(envelope.Attr), RetryAfter: asked,
	}
	failure.classify()
	return failure
}

// redirectError reads an answer of 300 to 399.
func (c *Client) redirectError(request Request, status int, location string) error {
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

// unexpectedError makes the error for an answer that PostHog would not give.
func (c *Client) unexpectedError(request Request, resp response, reason string) *UnexpectedResponseError {
	return &UnexpectedResponseError{
		Request: request, Host: c.Host(), Status: resp.status, ContentType: resp.contentType,
		FirstLine: firstLine(resp.body, c.redact), Reason: reason,
	}
}

// decodeError makes the error for an answer that could not be decoded. thing names what it should have been.
func (c *Client) decodeError(request Request, resp response, thing string, err error) *UnexpectedResponseError {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
		return c.unexpectedError(request, resp, describeBody(resp.body))
	}
	return c.unexpectedError(request, resp, fmt.Sprintf("the %s is not in the expected shape (%v)", thing, err))
}

// redact keeps the key out of errors even where a server repeats it.
func (c *Client) redact(text string) string { return strings.ReplaceAll(text, c.key, "(API key)") }

// sanitize returns what a server says as it can stand in a message: without the key, without what cannot be printed, and
// not endless.
func (c *Client) sanitize(text string) string {
	const longest = 1000
	text = c.redact(strings.Map(dropUnprintable, c.redact(text)))
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
	if unexpected, ok := errors.AsType[*UnexpectedResponseError](err); ok {
		return unexpected.Status
	}
	return 0
}

// retryAfterOf returns how long the answer behind err asked to wait; zero when it did not.
func retryAfterOf(err error) time.Duration {
	if api, ok := errors.AsType[*APIError](err); ok {
		return api.RetryAfter
	}
	if unexpected, ok := errors.AsType[*UnexpectedResponseError](err); ok {
		return unexpected.RetryAfter
	}
	return 0
}

// describeBody says what a body is that could not be read.
func describeBody(body []byte) string {
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
	for line := range strings.Lines(redact(string(body[:min(len(body), maxHead)]))) {
		line = redact(strings.Map(dropUnprintable, strings.TrimSpace(line)))
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

// dropUnprintable leaves out what cannot be printed, as a mapping of strings.Map.
func dropUnprintable(r rune) rune {
	if r < ' ' || r == 0x7f || r == '\uFFFD' {
		return -1
	}
	return r
}
