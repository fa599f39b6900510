package fakeposthog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
)

// role finds the role the path names. It is nil when there is none, or when it is another organization's.
func (c *call) role() (*role, *problem) {
	id, wellFormed := parseUUID(c.route.role)
	if !wellFormed {
		// PostHog hands the text to its database layer, which raises an error nobody catches.
		return nil, problemServerError
	}
	if r, found := c.server.world.roles[id]; found && r.org == c.member.org {
		return r, nil
	}
	return nil, nil
}

// listMemberships answers 200 with no results for a role that does not exist, because PostHog filters by the role's id and
// never looks for the role.
func listMemberships(c *call) answer {
	r, p := c.role()
	if p != nil {
		return c.fail(p)
	}
	e := c.representation()
	var rows []*membership
	if r != nil {
		rows = e.seen(r)
	}
	unordered := c.server.pages.unsettled()
	return c.list(e, unordered, len(rows), func(i int) { e.membership(rows[i], r.id) })
}

func createMembership(c *call) answer {
	userUUID, p := c.userUUID()
	if p != nil {
		return c.fail(p)
	}
	r, p := c.role()
	if p != nil {
		return c.fail(p)
	}
	if r == nil || c.server.config.refuseExplicitOrganization && c.route.organization != "@current" {
		return c.fail(problemNoRole)
	}
	u, found := c.server.world.users[userUUID]
	if !found || !u.active || r.org.memberOf[u] == nil {
		return c.fail(problemNoUser)
	}
	if _, in := r.rowOf[u]; in {
		return c.fail(problemDuplicate)
	}
	row := c.server.join(r, r.org.memberOf[u])
	e := c.representation()
	e.membership(row, c.route.role)
	return jsonAnswer(http.StatusCreated, e.b)
}

func getMembership(c *call) answer {
	row, p := c.membership()
	if p != nil {
		return c.fail(p)
	}
	e := c.representation()
	e.membership(row, row.role.id)
	return jsonAnswer(http.StatusOK, e.b)
}

func deleteMembership(c *call) answer {
	row, p := c.membership()
	if p != nil {
		return c.fail(p)
	}
	c.server.leave(row)
	return answer{status: http.StatusNoContent}
}

// membership finds the membership the path names, among those the key sees in the role.
func (c *call) membership() (*membership, *problem) {
	r, p := c.role()
	if p != nil {
		return nil, p
	}
	id, _ := parseUUID(c.route.membership)
	row, found := c.server.world.memberships[id]
	if !found || row.role != r || row.hidden || !c.representation().sees(row.user) {
		return nil, problemNotFound
	}
	return row, nil
}

// userUUID reads the body of a POST: the canonical user_uuid, or what is wrong with it.
func (c *call) userUUID() (string, *problem) {
	fields, p := c.fields()
	if p != nil {
		return "", p
	}
	value, given := fields["user_uuid"]
	if !given {
		return "", problemUserRequired
	}
	if value == nil {
		return "", problemUserNull
	}
	text, _ := value.(string)
	id, wellFormed := parseUUID(text)
	if !wellFormed {
		return "", problemUserMalformed
	}
	return id, nil
}

// fields reads a body that is JSON or a form. No body at all is an empty form.
func (c *call) fields() (map[string]any, *problem) {
	if len(c.body) == 0 {
		return nil, nil
	}
	header := c.request.Header.Get("Content-Type")
	media, params, _ := mime.ParseMediaType(header)
	switch media {
	case "application/json":
		return jsonFields(c.body)
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(c.body))
		if err != nil {
			return nil, nil
		}
		return formFields(form), nil
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(c.body), params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			return nil, parseProblem("Multipart form parse error", err)
		}
		defer func() { _ = form.RemoveAll() }()
		return formFields(form.Value), nil
	}
	return nil, &problem{http.StatusUnsupportedMediaType, typeInvalidRequest, "unsupported_media_type",
		fmt.Sprintf("Unsupported media type %q in request.", header), ""}
}

func jsonFields(body []byte) (map[string]any, *problem) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, parseProblem("JSON parse error", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, parseProblem("JSON parse error", errors.New("extra data"))
	}
	fields, isObject := value.(map[string]any)
	if !isObject {
		return nil, invalid("invalid_input", "Invalid data. Expected a dictionary, but got "+pythonType(value)+".", "")
	}
	return fields, nil
}

func formFields(form map[string][]string) map[string]any {
	fields := map[string]any{}
	for name, values := range form {
		fields[name] = slices.Concat([]string{""}, values)[len(values)] // Django takes the last
	}
	return fields
}

func parseProblem(what string, err error) *problem {
	return &problem{http.StatusBadRequest, typeInvalidRequest, "parse_error", fmt.Sprintf("%s - %v", what, err), ""}
}

// pythonType names a JSON value as Python does.
func pythonType(value any) string {
	switch v := value.(type) {
	case []any:
		return "list"
	case string:
		return "str"
	case bool:
		return "bool"
	case float64:
		if v == float64(int64(v)) {
			return "int"
		}
		return "float"
	}
	return "NoneType"
}
