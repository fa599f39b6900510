package posthog

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestRole_isReadInOneRequest(t *testing.T) {
	for name, options := range map[string][]fakeposthog.Option{
		"otherUUID": nil, "more than a page": {fakeposthog.MembersEach(2*PageSize + 1)}, "older": {fakeposthog.Older(), fakeposthog.MembersEach(600)},
		"nulls": {fakeposthog.NullFields(), fakeposthog.MembersEach(3)}, "unknown fields": {fakeposthog.ExtraFields(), fakeposthog.MembersEach(3)},
	} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, options...)
			client, ref := connect(t, hog, nil)
			hog.RenameRole(ref.ID, "Engineering")
			role, err := client.Role(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			if role.ID != ref.ID || role.Name != "Engineering" || role.CreatedAt == "" || role.Members == nil || role.MemberCount != len(role.Members) {
				t.Errorf("got %.300v", role)
			}
			expectAllMembers(t, hog, role.Members)
			hog.ExpectRequests(t, "GET role", 1)
			hog.ExpectRequests(t, "", 1)
		})
	}
}

// If one user is removed while another is added, a list of several pages can miss a third user. The count does not show it.
func TestRole_losesNoMember(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.MembersEach(2*PageSize))
	client, ref := connect(t, hog, nil)
	hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.Rewrite(func(status int, _ http.Header, body []byte) (int, []byte) {
		if hog.Leave(ref.ID, hog.User(0).UUID) {
			hog.Join(ref.ID, hog.User(2*PageSize).UUID)
		}
		return status, body
	})})
	role, err := client.Role(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, stays := range hog.Members(ref.ID)[:2*PageSize-1] {
		if !slices.ContainsFunc(role.Members, func(m Membership) bool { return m.ID == stays.ID }) {
			t.Fatalf("%s is missing", stays.ID)
		}
	}
}

// change replaces one field of a JSON object in a response. nil removes it.
func change(field string, to any) fakeposthog.Action {
	return fakeposthog.Rewrite(func(status int, _ http.Header, body []byte) (int, []byte) {
		var object map[string]any
		if err := json.Unmarshal(body, &object); err != nil {
			panic(err)
		}
		if object[field] = to; to == nil {
			delete(object, field)
		}
		changed, err := json.Marshal(object)
		if err != nil {
			panic(err)
		}
		return status, changed
	})
}

func TestRole_withoutMembersIsListed(t *testing.T) {
	for name, members := range map[string]any{"absent": nil, "null": json.RawMessage("null")} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, fakeposthog.Older(), fakeposthog.MembersEach(PageSize+1))
			client, ref := connect(t, hog, nil)
			hog.Inject(fakeposthog.Fault{On: "GET role", Do: change("members", members)})
			role, err := client.Role(t.Context(), ref)
			if err != nil || role.MemberCount != PageSize+1 {
				t.Fatalf("%d members, %v", role.MemberCount, err)
			}
			expectAllMembers(t, hog, role.Members)
			hog.ExpectRequests(t, "GET role", 1)
		})
	}
	t.Run("and the list must agree with its count", func(t *testing.T) {
		hog := fakeposthog.Start(t, fakeposthog.MembersEach(10))
		client, ref := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{On: "GET role", Do: change("members", nil)})
		hog.Inject(fakeposthog.Fault{On: "GET role_memberships", Do: fakeposthog.Rewrite(drop), Times: fakeposthog.Forever})
		if role, err := client.Role(t.Context(), ref); ReasonOf(err) != ReasonInconsistent {
			t.Errorf("got %d members, %v", role.MemberCount, err)
		}
	})
}

// Only the requested role is accepted. No other response is taken for a role without members.
func TestRole_whatIsNotTheRole(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.MembersEach(1))
	client, ref := connect(t, hog, nil)
	validMember := member(goodID, `"`+ref.ID+`"`, user, `"2025-03-01T12:00:00Z"`)
	for name, action := range map[string]fakeposthog.Action{
		"empty":              fakeposthog.Answer(200, "application/json", ""),
		"a web page":         fakeposthog.HTMLLogin(),
		"null":               fakeposthog.Answer(200, "application/json", "null"),
		"an array":           fakeposthog.Answer(200, "application/json", "[]"),
		"a list":             fakeposthog.Answer(200, "application/json", `{"count":0,"next":null,"results":[]}`),
		"an error with 200":  fakeposthog.Answer(200, "application/json", broken),
		"another role":       change("id", otherUUID),
		"no id":              change("id", nil),
		"members as text":    change("members", "otherUUID"),
		"members as objects": change("members", map[string]any{}),
		"null for a member":  change("members", []any{nil}),
		"another's member":   change("members", []any{json.RawMessage(fmt.Sprintf(aMember, 1))}),
		"a bare member":      change("members", []any{map[string]any{}}),
		"half a member":      change("members", []any{json.RawMessage(validMember), json.RawMessage(strings.Replace(validMember, "joined_at", "joined", 1))}),
		"a name of numbers":  change("name", 7),
	} {
		hog.Inject(fakeposthog.Fault{Do: action})
		role, err := client.Role(t.Context(), ref)
		if failed, ok := errors.AsType[*UnexpectedResponseError](err); !ok || failed.Status != 200 || failed.Reason == "" || ReasonOf(err) != ReasonNotPostHog {
			t.Errorf("%s: got %v, %v; want an error about the answer", name, role, err)
		}
	}
}

func TestRole_thatIsNotThere(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, ref := connect(t, hog, nil)
	for id, want := range map[string]Reason{otherUUID: ReasonNotFound, "engineering": ReasonNotFound} {
		if role, err := client.Role(t.Context(), RoleRef{ref.OrganizationID, id}); ReasonOf(err) != want || asAPIError(t, err).Status != 404 {
			t.Errorf("%s: got %v, %v", id, role, err)
		}
	}
}

func TestRoles_moreThanAPageOfThem(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.Roles(131), fakeposthog.MembersEach(2))
	client, _ := connect(t, hog, nil)
	roles, err := client.Roles(t.Context(), hog.OrganizationID)
	if err != nil || len(roles) != 131 {
		t.Fatalf("%d roles, %v", len(roles), err)
	}
	seen := map[string]bool{}
	for _, role := range roles {
		if seen[role.ID] = true; role.MemberCount != 2 || role.Members != nil || role.Name == "" || role.CreatedAt == "" {
			t.Errorf("got %v", role)
		}
	}
	if len(seen) != 131 {
		t.Errorf("%d different roles, want 131", len(seen))
	}
	hog.ExpectRequests(t, "GET roles", 2)
}

// Servers before mid-2026 answer 500 to a limit, so that they list only the first page.
func TestRoles_thatAnOlderServerDoesNotList(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.Older(), fakeposthog.Roles(131))
	client, _ := connect(t, hog, nil)
	roles, err := client.Roles(t.Context(), hog.OrganizationID)
	truncated, ok := errors.AsType[*TruncatedRolesError](err)
	if !ok || truncated.Listed != 100 || truncated.Count != 131 || ReasonOf(err) != ReasonTruncatedRoles {
		t.Errorf("got %d roles, %v", len(roles), err)
	}
	hog.ExpectRequests(t, "", 2)
}

// A proxy's 500 is not an older server's response to a limit.
func TestRoles_afterTheFailureOfAProxy(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.Roles(131))
	client, _ := connect(t, hog, nil)
	hog.Inject(fakeposthog.Fault{Skip: 1, Do: fakeposthog.Answer(500, "text/html", "<html>")})
	if roles, err := client.Roles(t.Context(), hog.OrganizationID); err != nil || len(roles) != 131 {
		t.Errorf("got %d roles, %v", len(roles), err)
	}
	hog.ExpectRequests(t, "GET roles", 3)
}

// A 500 for a list without a limit has nothing to do with older servers.
func TestRoles_afterAFailureWithoutLimit(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, _ := connect(t, hog, nil)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Error(500, "server_error", "error", "A server error occurred.", ""), Times: maxAttempts})
	if _, err := client.Roles(t.Context(), hog.OrganizationID); ReasonOf(err) != ReasonServerFailure {
		t.Errorf("the error is %v", err)
	}
	hog.ExpectRequests(t, "GET roles", maxAttempts)
}

// If the first response is not the last page, all roles are read as one page.
func TestRoles_overSeveralPages(t *testing.T) {
	more := listOf(2, `"http://x/?limit=1&offset=1"`, aRole, 1)
	client, queries := scripted(t, more, listOf(2, "null", aRole, 1, 2))
	roles, err := client.Roles(t.Context(), otherUUID)
	if err != nil || len(roles) != 2 || !slices.Equal(*queries, []string{"", "limit=102"}) {
		t.Errorf("got %v, %v by asking %q", roles, err, *queries)
	}
}

func TestRoles_areInOrder(t *testing.T) {
	named := func(name string, n int) string {
		return strings.Replace(fmt.Sprintf(aRole, n), "A role", name, 1)
	}
	client, _ := scripted(t, listOf(5, "null", named("support", 1)+","+named("apps", 5)+","+named("Engineering", 2)+","+named("Support", 4)+","+named("Support", 3)+"%.0d", 0))
	roles, err := client.Roles(t.Context(), otherUUID)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, role := range roles {
		got += role.ID[len(role.ID)-1:]
	}
	if got != "52341" {
		t.Errorf("the order is %s, want apps, Engineering, Support (twice, by id) and support", got)
	}
}

// All members of all roles are larger than maxBuffered and must not be in memory at once.
func TestRoles_areReadOneByOne(t *testing.T) {
	const roles, each, most = 20, 2200, 6 << 20
	person := strings.Replace(fmt.Sprintf(aMember, 1), `"user":{`, `"padding":"`+strings.Repeat("x", 550)+`","user":{`, 1)
	members := strings.Repeat(person+",", each-1) + person
	if len(members)*roles < maxBuffered {
		t.Fatalf("%d bytes are too few", len(members)*roles)
	}
	inUse := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	var before, after uint64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		before = inUse()
		fmt.Fprintf(w, `{"count":%d,"next":null,"previous":null,"results":[`, roles)
		for i := range roles {
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, `{"id":"018f401e-9a6b-7a00-8b00-%012d","name":"A role","members":[`, i)
			fmt.Fprint(w, members)
			fmt.Fprint(w, "]}")
		}
		after = inUse()
		fmt.Fprint(w, "]}")
	}))
	defer server.Close()
	client, err := New(Config{Host: server.URL, APIKey: "phx_x"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	got, err := client.Roles(t.Context(), otherUUID)
	if err != nil || len(got) != roles || got[0].MemberCount != each {
		t.Fatalf("%d roles, %v", len(got), err)
	}
	if after > before+most {
		t.Errorf("%d MiB were in use for %d MiB of roles", (after-before)>>20, len(members)*roles>>20)
	}
}

func TestRoles_oneThatIsTooLarge(t *testing.T) {
	client, _ := scripted(t, `{"count":1,"next":null,"results":[{"id":`+goodID+`,"name":"`+strings.Repeat("x", maxBuffered)+`"}]}`)
	_, err := client.Roles(t.Context(), otherUUID)
	if failed, ok := errors.AsType[*UnexpectedResponseError](err); !ok || !strings.Contains(failed.Reason, "32 MiB") || !strings.HasPrefix(failed.FirstLine, `{"count":1`) {
		t.Errorf("the error is %v, want one about the size", err)
	}
}
