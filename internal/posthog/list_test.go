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
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// elsewhere returns the address of a server that must not get a request.
func elsewhere(t *testing.T) string {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		t.Errorf("another server was asked: %s %s with %q", request.Method, request.URL, request.Header.Get("Authorization"))
	}))
	t.Cleanup(other.Close)
	return other.URL
}

// expectAllMembers fails the test unless members are those of the server, without duplicates and in order.
func expectAllMembers(t *testing.T, hog *fakeposthog.Server, members []Membership) {
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

func TestPages_allMembersAreListed(t *testing.T) {
	for name, test := range map[string]struct {
		options  []fakeposthog.Option
		requests int // 0 for any
	}{
		"none":                     {nil, 1},
		"one page":                 {[]fakeposthog.Option{fakeposthog.MembersEach(PageSize)}, 1},
		"one more than a page":     {[]fakeposthog.Option{fakeposthog.MembersEach(PageSize + 1)}, 2},
		"several pages":            {[]fakeposthog.Option{fakeposthog.MembersEach(3*PageSize + 1)}, 4},
		"unordered, one page":      {[]fakeposthog.Option{fakeposthog.Older(), fakeposthog.MembersEach(PageSize)}, 1},
		"unordered, two pages":     {[]fakeposthog.Option{fakeposthog.Older(), fakeposthog.MembersEach(PageSize + 1)}, 3},
		"unordered, several pages": {[]fakeposthog.Option{fakeposthog.Older(), fakeposthog.MembersEach(3*PageSize + 1)}, 5},
		"unordered only at first":  {[]fakeposthog.Option{fakeposthog.UnorderedFirst(2), fakeposthog.MembersEach(PageSize + 1)}, 3},
		"behind a proxy":           {[]fakeposthog.Option{fakeposthog.NextBase(elsewhere(t)), fakeposthog.MembersEach(3 * PageSize)}, 3},
		"unknown fields":           {[]fakeposthog.Option{fakeposthog.ExtraFields(), fakeposthog.MembersEach(3)}, 1},
		"nulls":                    {[]fakeposthog.Option{fakeposthog.NullFields(), fakeposthog.MembersEach(3)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, test.options...)
			client, role := connect(t, hog, nil)
			members, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			expectAllMembers(t, hog, members)
			hog.ExpectRequests(t, "GET role_memberships", test.requests)
		})
	}
}

// drop removes the first row of a page, as an unordered server does when it returns another row twice.
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
			got, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
			if err == nil {
				t.Errorf("%d of %d members and no error", len(got), members)
			}
		})
	}
	t.Run("of a window", func(t *testing.T) {
		hog := fakeposthog.Start(t, fakeposthog.MembersEach(10))
		client, role := connect(t, hog, nil)
		for _, limit := range []int{0, 8, 100} {
			hog.ForgetRequests()
			hog.Inject(fakeposthog.Fault{Do: fakeposthog.Rewrite(drop), Times: maxReads})
			members, _, err := client.RoleMemberships(t.Context(), role, limit, 2)
			if list, ok := errors.AsType[*InconsistentListError](err); !ok || list.Want != 8 || list.Got != 7 {
				t.Errorf("limit %d: %d members, %v; want 7 of 8 and an error", limit, len(members), err)
			}
			hog.ExpectRequests(t, "", maxReads)
		}
	})
	t.Run("for a while", func(t *testing.T) {
		hog := fakeposthog.Start(t, fakeposthog.MembersEach(10))
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Rewrite(drop), Times: maxReads - 1})
		got, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		expectAllMembers(t, hog, got)
		hog.ExpectRequests(t, "", maxReads)
	})
	t.Run("the error says how many", func(t *testing.T) {
		hog := fakeposthog.Start(t, fakeposthog.MembersEach(10))
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Rewrite(drop), Times: fakeposthog.Forever})
		_, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
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
			members, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
			// A list without further pages is read again as one page, which has all members.
			if err == nil {
				expectAllMembers(t, hog, members)
			} else if _, ok := errors.AsType[*UnexpectedResponseError](err); !ok {
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
	if _, _, err := client.RoleMemberships(t.Context(), role, 0, 0); err == nil {
		t.Error("an empty page that leads on is taken for a list")
	}
	hog.ExpectRequests(t, "", 1)
}

func TestRoleMemberships_window(t *testing.T) {
	const all = PageSize + 20
	hog := fakeposthog.Start(t, fakeposthog.MembersEach(all))
	client, role := connect(t, hog, nil)
	want := hog.Members(role.ID)
	for _, test := range []struct {
		limit, offset, want int
		queries             []string
	}{
		{0, 0, all, []string{"limit=500", "limit=500&offset=500"}},
		{0, 30, all - 30, []string{"limit=500&offset=30"}},
		{3, 0, 3, []string{"limit=3"}},
		{3, all - 2, 2, []string{"limit=3&offset=518"}},
		{PageSize + 1, 0, PageSize + 1, []string{"limit=500", "limit=500&offset=500"}},
		{5, 9999, 0, []string{"limit=5&offset=9999"}},
	} {
		hog.ForgetRequests()
		members, total, err := client.RoleMemberships(t.Context(), role, test.limit, test.offset)
		if err != nil || total != all || len(members) != test.want {
			t.Fatalf("limit %d, offset %d: %d members of %d, %v; want %d of %d", test.limit, test.offset, len(members), total, err, test.want, all)
		}
		for i, member := range members {
			if member.ID != want[test.offset+i].ID {
				t.Fatalf("limit %d, offset %d: member %d is another one", test.limit, test.offset, i)
			}
		}
		var queries []string
		for _, request := range hog.Requests() {
			queries = append(queries, request.RawQuery)
		}
		if !slices.Equal(queries, test.queries) {
			t.Errorf("limit %d, offset %d: asked %q, want %q", test.limit, test.offset, queries, test.queries)
		}
	}
}

// scripted returns a client of a server that sends these responses in order, and the queries of the requests.
func scripted(t *testing.T, answers ...string) (*Client, *[]string) {
	t.Helper()
	var queries []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		queries = append(queries, request.URL.RawQuery)
		if len(queries) > len(answers) {
			t.Errorf("request %d was not expected: %s", len(queries), request.URL)
			return
		}
		if answer := answers[len(queries)-1]; strings.HasPrefix(answer, `{"type"`) {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprint(w, answers[len(queries)-1])
	}))
	t.Cleanup(server.Close)
	client, err := New(Config{Host: server.URL, APIKey: "phx_x", Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client, &queries
}

const broken = `{"type":"server_error","code":"error","detail":"A server error occurred.","attr":null}`

// listOf returns a page of items. Each item is the format with a number in its id.
func listOf(count int, next, format string, numbers ...int) string {
	items := make([]string, 0, len(numbers))
	for _, n := range numbers {
		items = append(items, fmt.Sprintf(format, n))
	}
	return fmt.Sprintf(`{"count":%d,"next":%s,"previous":null,"results":[%s]}`, count, next, strings.Join(items, ","))
}

const (
	aMember = `{"id":"018f401e-9a6b-7a00-8b00-%012d","role_id":"018f401e-9a6b-7a00-8b00-00000000bbbb",` + user +
		`,"joined_at":"2025-03-01T12:00:00Z","updated_at":"2025-03-01T12:00:00Z"}`
	aRole = `{"id":"018f401e-9a6b-7a00-8b00-%012d","name":"A role","members":[{},{}]}`
)

// A row that is removed between two pages hides another one, although the number of rows matches the last count.
func TestPages_thatDifferInTheirCountDoNotAgree(t *testing.T) {
	client, queries := scripted(t,
		listOf(4, `"http://x/?limit=500&offset=2"`, aMember, 1, 2), listOf(3, "null", aMember, 4),
		listOf(3, "null", aMember, 1, 3, 4),
	)
	members, total, err := client.RoleMemberships(t.Context(), someRole, 0, 0)
	if err != nil || len(members) != 3 || total != 3 || !strings.HasSuffix(members[1].ID, "3") {
		t.Errorf("got %v, %d, %v by asking %q", members, total, err, *queries)
	}
	if !slices.Equal(*queries, []string{"limit=500", "limit=500&offset=2", "limit=103"}) {
		t.Errorf("asked %q", *queries)
	}
}

// A server may return fewer rows than the limit, or more.
func TestPages_ofAnotherSizeThanAskedFor(t *testing.T) {
	client, queries := scripted(t, listOf(9, `"http://x/?limit=1&offset=1"`, aMember, 1), listOf(9, `"http://x/?limit=1&offset=2"`, aMember, 2))
	if members, total, err := client.RoleMemberships(t.Context(), someRole, 2, 0); err != nil || len(members) != 2 || total != 9 {
		t.Errorf("got %v, %d, %v by asking %q", members, total, err, *queries)
	}
	client, _ = scripted(t, listOf(3, "null", aMember, 1, 2, 3))
	if members, total, err := client.RoleMemberships(t.Context(), someRole, 2, 0); err != nil || len(members) != 2 || total != 3 {
		t.Errorf("got %v, %d, %v", members, total, err)
	}
}

// A truncated page is read again, and its items are dropped.
func TestPages_thatBreakOffAreReadAgain(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.MembersEach(20))
	client, role := connect(t, hog, nil)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Truncate(5000)})
	members, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	expectAllMembers(t, hog, members)
	hog.ExpectRequests(t, "", 2)
}

// An endless chain of pages is stopped, because it has more items than its count.
func TestPages_nextThatNeverEnds(t *testing.T) {
	client, _ := throttled(t, time.Minute, nil)
	sent := 0
	client.network = network(func(*http.Request) (*http.Response, error) {
		sent++
		return respond(200, listOf(1, fmt.Sprintf(`"http://x/?offset=%d"`, sent), aMember, sent)), nil
	})
	_, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0)
	if failed, ok := errors.AsType[*UnexpectedResponseError](err); !ok || !strings.Contains(failed.Reason, "more than the 1 items") || sent != slack+2 {
		t.Errorf("the error is %v after %d requests", err, sent)
	}
}

// A list may have more items than its count if items were added during the read.
func TestPages_withALittleMoreThanTheyCount(t *testing.T) {
	all := func(count, n int) string {
		numbers := make([]int, n)
		for i := range numbers {
			numbers[i] = i
		}
		return listOf(count, "null", aMember, numbers...)
	}
	client, queries := scripted(t, all(2, 2+slack), all(3, 3))
	if members, total, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil || len(members) != 3 || total != 3 || len(*queries) != 2 {
		t.Errorf("got %d, %d, %v by asking %q", len(members), total, err, *queries)
	}
}

// Servers that do not order a list may repeat a row on the next page. The list is complete if no row is missing.
func TestPages_withOneRowTwice(t *testing.T) {
	client, queries := scripted(t, listOf(3, `"http://x/?offset=2"`, aMember, 1, 2), listOf(3, "null", aMember, 2, 3))
	if members, total, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil || len(members) != 3 || total != 3 {
		t.Errorf("got %v, %d, %v by asking %q", members, total, err, *queries)
	}
}
