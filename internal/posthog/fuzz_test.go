package posthog

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// offline returns a client that sends no requests.
func offline(f *testing.F) *Client {
	f.Helper()
	client, err := New(Config{APIKey: "phx_secretsecret"})
	if err != nil {
		f.Fatal(err)
	}
	return client
}

const (
	goodID     = `"018f401e-9a6b-7a00-8b00-000000000001"`
	goodMember = `{"id":` + goodID + `,"role_id":"018f401e-9a6b-7a00-8b00-00000000bbbb",` + user + `,"joined_at":"2025-03-01T12:00:00.5Z","updated_at":"2025-03-01T12:00:00Z"}`
)

// An accepted list has only complete memberships of the role. Encoding and decoding it again changes nothing.
func FuzzDecodePage(f *testing.F) {
	list := lister[Membership]{client: offline(f), request: Request{"GET", "/x/"}, validate: someRole.validate}
	f.Add([]byte(`{"count":1,"next":null,"previous":null,"results":[`+goodMember+`]}`), 0)
	f.Add([]byte(`{"count":600,"next":"http://x/?limit=500&offset=1","results":[`+goodMember+`]}`), 0)
	f.Add([]byte(`{"count":0,"next":null,"results":[null]}`), 3)
	f.Add([]byte(`{"count":0,"next":null,"results":null}`), 0)
	f.Add([]byte(`{"count":9,"next":"http://x/?offset=7","results":[]}`), 7)
	f.Add([]byte("<!doctype html>\n<title>Log in</title>"), 0)
	f.Add([]byte(`{"count":1,"next":null,"results":[{"user":{"hedgehog_config":null},"organization_member":{}}]}`), 0)
	f.Fuzz(func(t *testing.T, body []byte, offset int) {
		offset = max(offset, 0) % (1 << 40)
		got, err := list.decodePage(response{status: 200}, newLimitedBody(bytes.NewReader(body)), offset)
		if err != nil {
			if !strings.Contains(err.Error(), "GET /x/") {
				t.Errorf("the error does not say what was asked: %v", err)
			}
			return
		}
		for _, member := range got.items {
			if !IsUUID(member.ID) || !IsUUID(member.User.UUID) || member.RoleID != someRole.ID || member.User.Email == "" {
				t.Errorf("accepted %+v", member)
			}
		}
		if got.next != nil && len(got.items) == 0 {
			t.Error("accepted an empty page that leads on")
		}
		rewritten, err := json.Marshal(map[string]any{"count": got.count, "next": nil, "results": got.items})
		if err != nil {
			t.Fatal(err)
		}
		again, err := list.decodePage(response{status: 200}, newLimitedBody(bytes.NewReader(rewritten)), offset)
		if err != nil || again.count != got.count || len(again.items) != len(got.items) {
			t.Fatalf("%s does not read again: %v", rewritten, err)
		}
		for i := range got.items {
			if left, right := plain(got.items[i]), plain(again.items[i]); !reflect.DeepEqual(left, right) {
				t.Errorf("%+v became %+v", left, right)
			}
		}
	})
}

// plain returns a membership without its raw JSON, which may be encoded differently.
func plain(m Membership) Membership {
	m.User.HedgehogConfig = nil
	return m
}

func FuzzDecodeMembership(f *testing.F) {
	client := offline(f)
	f.Add([]byte(goodMember))
	f.Add([]byte(`{"count":0,"results":[]}`))
	f.Add([]byte("null"))
	f.Add([]byte(`{"id":7}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		const owner = "018f401e-9a6b-7a00-8b00-000000000002"
		membership, err := client.decodeCreated(Request{"POST", "/x/"}, someRole, owner, response{status: 201, body: body})
		if err != nil {
			if !MayHaveHappened(err) {
				t.Errorf("a create with an answer that cannot be read may have happened: %v", err)
			}
			return
		}
		if !IsUUID(membership.ID) || membership.User.UUID != owner || membership.RoleID != someRole.ID {
			t.Errorf("accepted %+v", membership)
		}
	})
}

// An accepted role is the requested one. Its members are complete memberships of the role.
func FuzzDecodeRole(f *testing.F) {
	client := offline(f)
	f.Add([]byte(`{"id":"` + someRole.ID + `","name":"A","created_by":null,"members":[` + goodMember + `],"is_default":true}`))
	f.Add([]byte(`{"id":"` + someRole.ID + `","name":"A","members":[null]}`))
	f.Add([]byte(`{"id":"` + someRole.ID + `","name":"A"}`))
	f.Add([]byte(`{"count":0,"next":null,"results":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		role, err := client.decodeRole(Request{"GET", "/x/"}, someRole.ID, response{status: 200, body: body})
		if err != nil {
			return
		}
		if role.ID != someRole.ID || role.MemberCount != len(role.Members) {
			t.Errorf("accepted %+v", role)
		}
		for _, member := range role.Members {
			if !IsUUID(member.ID) || !IsUUID(member.User.UUID) || member.RoleID != someRole.ID || member.User.Email == "" {
				t.Errorf("accepted %+v", member)
			}
		}
	})
}

func FuzzDecodeRefusal(f *testing.F) {
	client := offline(f)
	f.Add([]byte(`{"type":"validation_error","code":"invalid_input","detail":"User is already part of the role.","attr":null}`), 400)
	f.Add([]byte(`{"type":"server_error","code":null,"detail":"x","attr":"user_uuid","extra":{}}`), 500)
	f.Add([]byte("<html>phx_secretsecret</html>"), 502)
	f.Add([]byte{0xff, 0xfe, '\n'}, 403)
	f.Add([]byte("phx_secre\xaetsecret"), 420) // without the invalid byte it is the key
	f.Add([]byte(strings.Repeat(" ", 5000)+"x"), 404)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		err := client.errorOf(Request{"GET", "/x/"}, response{status: status, body: body}, 0)
		if err == nil || strings.Contains(err.Error(), "phx_secretsecret") {
			t.Errorf("the error is %v", err)
		}
		if line := client.firstLine(body); strings.ContainsAny(line, "\r\n\x00") || len([]rune(line)) > 121 {
			t.Errorf("the first line is %q", line)
		}
		if reason := ReasonOf(err); reason == ReasonNotFound && status != 404 || reason == ReasonAlreadyMember && status != 400 {
			t.Errorf("%d has reason %d", status, reason)
		}
		MayHaveHappened(err)
		isTransient(err)
	})
}

func FuzzNext(f *testing.F) {
	for _, seed := range []string{"http://x/?limit=500&offset=500", "?offset=1", "http://[::1", "?offset=-1", "?offset=1&offset=2", "?offset=%31", "?a;b&offset=1", "//h/p?offset=007"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, link string) {
		query, offset, err := parseNext(link)
		if err != nil {
			return
		}
		queryAgain, offsetAgain, err := parseNext("?" + query.Encode())
		if err != nil || offsetAgain != offset || !reflect.DeepEqual(queryAgain, query) {
			t.Errorf("%q: %v became %v, %v", link, query, queryAgain, err)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "8", " 8 ", "3600", "99999999999999999999", "-1", "1.5", "Wed, 21 Oct 2065 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		wait := parseRetryAfter(value, now)
		again := parseRetryAfter(strconv.FormatInt(int64(wait/time.Second), 10), now)
		if wait < 0 || again != min(wait.Truncate(time.Second), math.MaxUint32*time.Second) {
			t.Errorf("%q: %s became %s", value, wait, again)
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, seed := range []string{"https://eu.posthog.com", "http://localhost:8000/", "https://x/posthog//", "https://a:b@x", "https://[::1]:80", "https://x?a", "https://x/%2f/", "https://x/%zz", "x", "https://x#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		parsed, err := ParseHost(host)
		if err != nil {
			return
		}
		again, err := ParseHost(parsed.String())
		if err != nil || again.String() != parsed.String() {
			t.Errorf("%q: %s became %v, %v", host, parsed, again, err)
		}
		if parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" || parsed.Host == "" {
			t.Errorf("%q: accepted %+v", host, parsed)
		}
		SendsKeyUnencrypted(parsed)
		if _, err := url.Parse(parsed.JoinPath("/api/").String()); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	})
}
