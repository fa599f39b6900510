package fakeposthog

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// The types of PostHog's errors.
const (
	typeValidation     = "validation_error"
	typeAuthentication = "authentication_error"
	typeInvalidRequest = "invalid_request"
	typeThrottled      = "throttled_error"
	typeServer         = "server_error"
)

// problem is an error in PostHog's format.
type problem struct {
	status            int
	typ, code, detail string
	attr              string // "" is sent as null
}

var (
	problemServerError = &problem{
		status: http.StatusInternalServerError, typ: typeServer, code: "error",
		detail: "A server error occurred.",
	}

	problemNoCredentials = unauthorized("not_authenticated", "Authentication credentials were not provided.")
	problemBadKey        = unauthorized("authentication_failed", "Personal API key found in request Authorization header is invalid.")
	problemBadToken      = unauthorized("authentication_failed", "Invalid access token.")
	problemBadQueryKey   = unauthorized("authentication_failed", "Incorrect authentication credentials.")

	problemNoPersonalKeys = denied("This action does not support personal API key access")
	problemScopedProjects = denied("API keys with scoped projects are only supported on project-based endpoints.")
	problemNotMember      = denied("You do not have permission to perform this action.")
	problemNotAdmin       = denied("Your organization access level is insufficient.")
	problemNotOpenAdmin   = denied("You need to have admin level or higher.") // before mid-2026
	problemDeactivated    = &problem{
		status: http.StatusForbidden, typ: typeAuthentication, code: "organization_deactivated",
		detail: "This organization has been deactivated.",
	}

	problemNoOrganization = notFound("Organization not found.")
	problemNotFound       = notFound("Not found.")
	problemNoEndpoint     = notFound("Endpoint not found.")

	problemNoData        = invalid("null", "No data provided", "")
	problemUserRequired  = invalid("required", "This field is required.", "user_uuid")
	problemUserNull      = invalid("null", "This field may not be null.", "user_uuid")
	problemUserMalformed = invalid("invalid_input", "Must be a valid UUID.", "user_uuid")
	problemNameRequired  = invalid("required", "This field is required.", "name")
	problemNameNull      = invalid("null", "This field may not be null.", "name")
	problemNameNotText   = invalid("invalid_input", "Not a valid string.", "name")
	problemNameBlank     = invalid("blank", "This field may not be blank.", "name")
	problemNameTooLong   = invalid("max_length", "Ensure this field has no more than 200 characters.", "name")
	problemNameTaken     = invalid("unique", "There is already a role with this name.", "name")
	problemNoUser        = invalid("invalid_input", "User does not exist.", "")
	problemNoRole        = invalid("invalid_input", "Role does not exist.", "")
	problemDuplicate     = invalid("invalid_input", "User is already part of the role.", "")
)

func unauthorized(code, detail string) *problem {
	return &problem{status: http.StatusUnauthorized, typ: typeAuthentication, code: code, detail: detail}
}

func denied(detail string) *problem {
	return &problem{status: http.StatusForbidden, typ: typeAuthentication, code: "permission_denied", detail: detail}
}

func notFound(detail string) *problem {
	return &problem{status: http.StatusNotFound, typ: typeInvalidRequest, code: "not_found", detail: detail}
}

func invalid(code, detail, attr string) *problem {
	return &problem{status: http.StatusBadRequest, typ: typeValidation, code: code, detail: detail, attr: attr}
}

// problemNotAnObject has the Python type of the body.
func problemNotAnObject(data any) *problem {
	got := "str"
	switch data := data.(type) {
	case []any:
		got = "list"
	case bool:
		got = "bool"
	case json.Number:
		got = "int"
		if strings.ContainsAny(data.String(), ".eE") {
			got = "float"
		}
	}
	return invalid("invalid_input", "Invalid data. Expected a dictionary, but got "+got+".", "")
}

func problemParse(err error) *problem {
	return &problem{
		status: http.StatusBadRequest, typ: typeInvalidRequest, code: "parse_error",
		detail: fmt.Sprintf("JSON parse error - %v", err),
	}
}

// problemThrottled has the number of seconds to wait, unless it is 0.
func problemThrottled(seconds int) *problem {
	detail := "Request was throttled."
	switch {
	case seconds == 1:
		detail += " Expected available in 1 second."
	case seconds > 1:
		detail += fmt.Sprintf(" Expected available in %d seconds.", seconds)
	}
	return &problem{status: http.StatusTooManyRequests, typ: typeThrottled, code: "throttled", detail: detail}
}

// answer is a response to the client.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func jsonAnswer(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // HedgehogConfig is not JSON.
	}
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

// answer returns the response for a problem. extra is the value of an unknown field, or nil.
func (p *problem) answer(extra json.RawMessage) answer {
	object := struct {
		Type   string          `json:"type"`
		Code   string          `json:"code"`
		Detail string          `json:"detail"`
		Attr   *string         `json:"attr"`
		Extra  json.RawMessage `json:"extra,omitempty"`
	}{Type: p.typ, Code: p.code, Detail: p.detail, Extra: extra}
	if p.attr != "" {
		object.Attr = &p.attr
	}
	a := jsonAnswer(p.status, object)
	if p.status == http.StatusUnauthorized {
		a.header.Set("WWW-Authenticate", "Bearer")
	}
	return a
}
