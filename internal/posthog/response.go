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

// response is an HTTP response. If the body is decoded while it is read, body holds only its first bytes.
type response struct {
	status int
	body   []byte
}

// decodeResponse passes the expected response to call.decode and returns an error for every other response.
func (c *Client) decodeResponse(call apiCall, httpResponse *http.Response, body *limitedBody) error {
	resp := response{status: httpResponse.StatusCode}
	switch {
	case resp.status == call.wantStatus:
		return call.decode(resp, body)
	case resp.status >= 300 && resp.status < 400:
		return c.redirectError(call.Request, resp.status, httpResponse.Header.Get("Location"))
	}
	return buffered(func(resp response) error {
		if resp.status >= 400 {
			return c.errorOf(call.Request, resp, parseRetryAfter(httpResponse.Header.Get("Retry-After"), time.Now()))
		}
		reason := "this status is not expected"
		if !json.Valid(resp.body) {
			reason = describeInvalidBody(resp.body)
		}
		return c.unexpectedError(call.Request, resp, reason)
	})(resp, body)
}

// maxDetail limits the characters of a server's text in an error.
const maxDetail = 1000

// errorTypes are the values of type in PostHog's errors.
var errorTypes = []string{"validation_error", "authentication_error", "invalid_request", "throttled_error", "server_error"}

// errorOf returns the error of a response with a status of 400 or above. It is an *APIError if type is one of errorTypes and
// code is a string. Otherwise it is an *UnexpectedResponseError.
func (c *Client) errorOf(request Request, resp response, retryAfter time.Duration) error {
	var decoded struct {
		Type, Detail, Attr string
		Code               *string
	}
	if err := json.Unmarshal(resp.body, &decoded); err != nil || !slices.Contains(errorTypes, decoded.Type) || decoded.Code == nil {
		unexpected := c.unexpectedError(request, resp, describeInvalidBody(resp.body))
		unexpected.RetryAfter = retryAfter
		return unexpected
	}
	apiError := &APIError{
		Request: request, Host: c.Host(), Status: resp.status, Type: decoded.Type, Code: c.sanitize(*decoded.Code, maxDetail),
		Detail: c.sanitize(decoded.Detail, maxDetail), Attr: c.sanitize(decoded.Attr, maxDetail), RetryAfter: retryAfter,
	}
	apiError.classify()
	return apiError
}

func (c *Client) redirectError(request Request, status int, location string) error {
	redirect := &RedirectError{Request: request, Host: c.Host(), Status: status}
	reference, err := url.Parse(location)
	if err != nil || location == "" {
		return redirect
	}
	requested := c.base.JoinPath(request.Path)
	target := requested.ResolveReference(reference)
	target.User, target.RawQuery, target.Fragment = nil, "", ""
	redirect.Location = c.redact(target.String())
	if target.Scheme == requested.Scheme && target.Host == requested.Host {
		return redirect
	}
	// A redirect to the same path leads to PostHog at another address. Any other path is something else, such as a login page.
	prefix, isSamePath := strings.CutSuffix(strings.TrimRight(target.Path, "/"), strings.TrimRight(request.Path, "/"))
	suggested := url.URL{Scheme: target.Scheme, Host: target.Host, Path: prefix}
	if _, err := ParseHost(suggested.String()); err == nil && isSamePath {
		redirect.SuggestedHost = c.redact(suggested.String())
	}
	return redirect
}

func (c *Client) unexpectedError(request Request, resp response, reason string) *UnexpectedResponseError {
	return &UnexpectedResponseError{Request: request, Host: c.Host(), Status: resp.status, FirstLine: c.firstLine(resp.body), Reason: reason}
}

// decodeError returns the error for a response that json could not decode. object is what it should have been, such as
// "role".
func (c *Client) decodeError(request Request, resp response, object string, err error) *UnexpectedResponseError {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
		return c.unexpectedError(request, resp, describeInvalidBody(resp.body))
	}
	return c.unexpectedError(request, resp, fmt.Sprintf("the %s is not in the expected shape (%v)", object, err))
}

// redact replaces the key, which a server may repeat.
func (c *Client) redact(text string) string { return strings.ReplaceAll(text, c.key, "(API key)") }

// sanitize returns a server's text without control characters and the key, and with at most limit characters. The key is
// replaced last, because it may appear only when control characters are dropped.
func (c *Client) sanitize(text string, limit int) string {
	text = c.redact(strings.Map(dropUnprintable, text))
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}

// firstLine returns the first line of a body that is not blank, sanitized and shortened.
func (c *Client) firstLine(body []byte) string {
	for line := range strings.Lines(string(body[:min(len(body), maxHead)])) {
		if line = c.sanitize(strings.TrimSpace(line), 120); line != "" {
			return line
		}
	}
	return ""
}

// dropUnprintable is a mapping for strings.Map that drops control characters and invalid UTF-8.
func dropUnprintable(r rune) rune {
	if r < ' ' || r == 0x7f || r == '\uFFFD' {
		return -1
	}
	return r
}

// describeInvalidBody returns why a body is not the expected JSON.
func describeInvalidBody(body []byte) string {
	text := strings.TrimSpace(string(body[:min(len(body), 512)]))
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

// statusOf returns the status of the response behind err, or zero if there was no response.
func statusOf(err error) int {
	if apiError, ok := errors.AsType[*APIError](err); ok {
		return apiError.Status
	}
	if unexpected, ok := errors.AsType[*UnexpectedResponseError](err); ok {
		return unexpected.Status
	}
	return 0
}

// HostOf returns the address of the server that sent the response behind err, or "" if there was no response.
func HostOf(err error) string {
	if apiError, ok := errors.AsType[*APIError](err); ok {
		return apiError.Host
	}
	if unexpected, ok := errors.AsType[*UnexpectedResponseError](err); ok {
		return unexpected.Host
	}
	return ""
}

// retryAfterOf returns the Retry-After of the response behind err, or zero if there was none.
func retryAfterOf(err error) time.Duration {
	if apiError, ok := errors.AsType[*APIError](err); ok {
		return apiError.RetryAfter
	}
	if unexpected, ok := errors.AsType[*UnexpectedResponseError](err); ok {
		return unexpected.RetryAfter
	}
	return 0
}
