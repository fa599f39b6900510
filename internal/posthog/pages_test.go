package posthog

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// elsewhere is a server that must never be asked for anything.
func elsewhere(t *testing.T) string {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		t.Errorf("another server was asked: %s %s with %q", request.Method, request.URL, request.Header.Get("Authorization"))
	}))
	t.Cleanup(other.Close)
	return other.URL
}

// expectEverybody fails the test unless members are those of the server, each once and in order.
func expectEverybody(t *testing.T, hog *fakeposthog.Server, members []Membership) {
	t.Helper()
	want := hog.Members(hog.Role(0))
	if len(members) != len(want) {
		t.Fatalf("%d members, want %d", len(members), len(want))
	}
	for i, member := range members {
		if member.ID != want[i].ID || member.User.UUID != want[i].UserUUID {
			t.Fatalf("member %d is %s, want %s", i, member.ID, want[i].ID)
		}
	}
}

func TestPages_everybodyIsListed(t *testing.T) {
	for name, test := range map[string]struct {
		options  []fakeposthog.Option
		requests int // 0 for any
	}{
		"none":                    {nil, 1},
		"one page":                {[]fakeposthog.Option{fakeposthog.MembersEach(PageSize)}, 1},
		"one more than a page":    {[]fakeposthog.Option{fakeposthog.MembersEach(PageSize + 1)}, 2},
		"10,000":                  {[]fakeposthog.Option{fakeposthog.MembersEach(10000)}, 20},
		"unordered, one page":     {[]fakeposthog.Option{fakeposthog.Older(), fakeposthog.MembersEach(PageSize)}, 1},
		"unordered, two pages":    {[]fakeposthog.Option{fakeposthog.Older(), fakeposthog.MembersEach(PageSize + 1)}, 3},
		"unordered, 10,000":       {[]fakeposthog.Option{fakeposthog.Older(), fakeposthog.MembersEach(10000)}, 21},
		"unordered only at first": {[]fakeposthog.Option{fakeposthog.UnorderedFirst(2), fakeposthog.MembersEach(PageSize + 1)}, 3},
		"behind a proxy":          {[]fakeposthog.Option{fakeposthog.NextBase(elsewhere(t)), fakeposthog.MembersEach(3 * PageSize)}, 3},
		"unknown fields":          {[]fakeposthog.Option{fakeposthog.ExtraFields(), fakeposthog.MembersEach(3)}, 1},
		"nulls":                   {[]fakeposthog.Option{fakeposthog.NullFields(), fakeposthog.MembersEach(3)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, test.options...)
			client, role := connect(t, hog, nil)
			members, err := client.RoleMemberships(t.Context(), role)
			if err != nil {
				t.Fatal(err)
			}
			expectEverybody(t, hog, members)
			hog.ExpectRequests(t, "GET role_memberships", test.requests)
		})
	}
}

// drop takes the first row out of a page, as an unordered server does when it gives another row twice.
func drop(status int, _ http.Header, body []byte) (int, []byte) {
	rows := regexp.MustCompile(`(?s)"results": ?\[\{.*?\},? ?(\{"id": ?"0190)`)
	if !rows.Match(body) {
		panic("there is no second row in " + string(body[:200]))
	}
	return status, rows.ReplaceAll(body, []byte(`"results":[$1`))
}

func TestPages_aMissingRowIsAnError(t *testing.T) {
	for name, members := range map[string]int{"one page": 10, "several pages": 2*PageSize + 10} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, fakeposthog.MembersEach(members))
			client, role := connect(t, hog, nil)
			hog.Inject(fakeposthog.Fault{Do: fakeposthog.Rewrite(drop), Times: fakeposthog.Forever})
			got, err := client.RoleMemberships(t.Context(), role)
			if err == nil {
				t.Errorf("%d of %d members and no error", len(got), members)
			}
		})
	}
	t.Run("of a window", func(t *testing.T) {
		hog := fakeposthog.Start(t, fakeposthog.MembersEach(10))
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Rewrite(drop)})
		yielded, failure := 0, error(nil)
		for _, failure = range client.EachRoleMembership(t.Context(), role, 100, 2) {
			yielded++
		}
		if list, ok := errors.AsType[*InconsistentListError](failure); !ok || list.Want != 8 || list.Got != 7 {
			t.Errorf("%d rows, the last with the error %v, want 7 of 8", yielded, failure)
		}
	})
	t.Run("for a while", func(t *testing.T) {
		hog := fakeposthog.Start(t, fakeposthog.MembersEach(10))
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Rewrite(drop), Times: maxReads - 1})
		got, err := client.RoleMemberships(t.Context(), role)
		if err != nil {
			t.Fatal(err)
		}
		expectEverybody(t, hog, got)
		hog.ExpectRequests(t, "", maxReads)
	})
	t.Run("the error says how many", func(t *testing.T) {
		hog := fakeposthog.Start(t, fakeposthog.MembersEach(10))
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Rewrite(drop), Times: fakeposthog.Forever})
		_, err := client.RoleMemberships(t.Context(), role)
		list, ok := errors.AsType[*InconsistentListError](err)
		if !ok || list.Want != 10 || list.Got != 9 || list.Reads != maxReads {
			t.Errorf("the error is %v, want 9 of 10 in %d reads", err, maxReads)
		}
		hog.ExpectRequests(t, "", maxReads)
	})
}

func TestPages_nextThatLeadsNowhere(t *testing.T) {
	next := func(link string) fakeposthog.Action {
		return fakeposthog.Rewrite(func(status int, _ http.Header, body []byte) (int, []byte) {
			return status, regexp.MustCompile(`"next": ?("[^"]*"|null)`).ReplaceAll(body, []byte(`"next":`+link))
		})
	}
	for name, link := range map[string]string{
		"back to itself":    `"http://x/?limit=500"`,
		"back to the start": `"http://x/?limit=500&offset=0"`,
		"over rows":         `"http://x/?limit=500&offset=900"`,
		"no URL":            `"http://[::1"`,
		"a bad query":       `"http://x/?limit=500&offset=%zz"`,
		"a bad offset":      `"http://x/?offset=-7"`,
		"stops short":       `null`,
		"empty":             `""`,
	} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, fakeposthog.MembersEach(3*PageSize))
			client, role := connect(t, hog, nil)
			hog.Inject(fakeposthog.Fault{Do: next(link), Times: fakeposthog.Forever})
			members, err := client.RoleMemberships(t.Context(), role)
			// A server that stops short may still give everybody in one page.
			if err == nil {
				expectEverybody(t, hog, members)
			} else if _, ok := errors.AsType[*AnswerError](err); !ok {
				t.Errorf("the error is %v, want one about the answer", err)
			}
			if n := hog.CountRequests(""); n > maxReads {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestPages_emptyPageWithNext(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.MembersEach(3))
	client, role := connect(t, hog, nil)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Answer(200, "application/json", `{"count":3,"next":"http://x/?offset=500","results":[]}`), Times: fakeposthog.Forever})
	if _, err := client.RoleMemberships(t.Context(), role); err == nil {
		t.Error("an empty page that leads on is taken for a list")
	}
	hog.ExpectRequests(t, "", 1)
}

func TestEachRoleMembership(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.MembersEach(PageSize+20))
	client, role := connect(t, hog, nil)
	for _, test := range []struct{ limit, offset, want, requests int }{
		{0, 0, PageSize + 20, 2}, {3, 0, 3, 1}, {3, PageSize + 18, 2, 1}, {PageSize + 1, 0, PageSize + 1, 2}, {5, 9999, 0, 1},
	} {
		hog.ForgetRequests()
		var ids []string
		for member, err := range client.EachRoleMembership(t.Context(), role, test.limit, test.offset) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, member.ID)
		}
		if slices.Sort(ids); len(slices.Compact(ids)) != test.want {
			t.Errorf("limit %d, offset %d: %d members, want %d", test.limit, test.offset, len(ids), test.want)
		}
		hog.ExpectRequests(t, "", test.requests)
	}
	t.Run("stopped early", func(t *testing.T) {
		hog.ForgetRequests()
		for _, err := range client.EachRoleMembership(t.Context(), role, 0, 0) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		hog.ExpectRequests(t, "", 1)
	})
}

func TestRoles_areAskedForWithoutLimit(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.OldFields(), fakeposthog.Roles(7))
	client, _ := connect(t, hog, nil)
	roles, err := client.Roles(t.Context(), hog.OrganizationID)
	if err != nil || len(roles) != 7 {
		t.Fatalf("%d roles, %v; want 7", len(roles), err)
	}
	for _, request := range hog.Requests() {
		if strings.Contains(request.RawQuery, "limit") {
			t.Errorf("an older server was asked with %q", request.RawQuery)
		}
	}
}

func TestRoles_overSeveralPages(t *testing.T) {
	pages := []string{
		`{"count":2,"next":"http://x/?limit=1&offset=1","results":[{"id":"018f401e-9a6b-7a00-8b00-000000000001","name":"B"}]}`,
		`{"count":2,"next":null,"results":[{"id":"018f401e-9a6b-7a00-8b00-000000000002","name":"A"}]}`,
	}
	var queries []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		queries = append(queries, request.URL.RawQuery)
		fmt.Fprint(w, pages[len(queries)-1])
	}))
	defer server.Close()
	client, err := New(Config{Host: server.URL, APIKey: "phx_x"})
	if err != nil {
		t.Fatal(err)
	}
	roles, err := client.Roles(t.Context(), nobody)
	if err != nil || len(roles) != 2 || !slices.Equal(queries, []string{"", "offset=1"}) {
		t.Errorf("got %v, %v by asking %q", roles, err, queries)
	}
}
