package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func startTestControl(t *testing.T, hog *hogflix) (url string) {
	t.Helper()
	url, server, err := startControl(t.Context(), hog)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return url
}

// isListed reports whether the list of the organization's members has an email or UUID. PostHog does not list deactivated users.
func isListed(hog *hogflix, user string) bool {
	request := httptest.NewRequest(http.MethodGet, "/api/organizations/"+hog.OrganizationID+"/members/", nil)
	request.Header.Set("Authorization", "Bearer "+hog.Key)
	recorder := httptest.NewRecorder()
	hog.ServeHTTP(recorder, request)
	return strings.Contains(recorder.Body.String(), user)
}

func TestControl(t *testing.T) {
	t.Parallel()
	hog := newHogflix()
	url := startTestControl(t, hog)
	is := func(role, want string) func() bool { return func() bool { return hog.list(role) == want } }
	always := func() bool { return true }
	for _, test := range []struct {
		command, prints string
		outcome         func() bool
	}{
		{"add engineering alice", "Done.", is("Engineering", "alice@example.com, frank@example.com")},
		{"remove Engineering frank", "Done.", is("Engineering", "alice@example.com")},
		{"remove Engineering frank", "Error: the user is not a member of the role", always},
		{"rename Engineering Platform", "Done.", func() bool { return hog.list("Platform") == "alice@example.com" }},
		{"add Platform bob", "Done.", is("Platform", "alice@example.com, bob@example.com")},
		{"email bob robert@example.com", "Done.", is("Platform", "alice@example.com, robert@example.com")},
		{"deactivate carol", "Done.", func() bool { return !isListed(hog, "carol@example.com") && isListed(hog, "dave@example.com") }},
		{"invite Alice", "Error: alice is in the organization", always},
		{"accept zoe", "Error: zoe is not invited", always},
		{"add Support zoe", `Error: there is no user "zoe"; choose one of: alice, bob`, is("Support", "no members")},
		{"invite Zoe", "Done.", always},
		{"accept zoe", "Done.", always},
		{"add Support zoe", "Done.", is("Support", "zoe@example.com")},
		{"leave alice", "Done.", func() bool {
			return hog.list("Platform") == "robert@example.com" && !isListed(hog, "alice@example.com")
		}},
		{"add Support alice", `Error: there is no user "alice"`, is("Support", "zoe@example.com")},
		{"invite alice", "Done.", func() bool { return !isListed(hog, "alice@example.com") }},
		{"accept alice", "Done.", func() bool { return isListed(hog, `"`+hog.user("Alice").UUID+`"`) }},
		{"add Support alice", "Done.", is("Support", "alice@example.com, zoe@example.com")},
		{"add Sales zoe", `Error: there is no role "Sales"; choose one of: analytics, platform, support`, always},
		{"add zoe", "Error: add has the arguments ROLE USER", always},
		{"fire zoe", `Error: there is no command "fire"`, always},
		{"", "Commands: accept NAME, add ROLE USER, deactivate USER,", always},
	} {
		response, err := http.Post(url, "", strings.NewReader(test.command))
		if err != nil {
			t.Fatal(err)
		}
		printed, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if !strings.Contains(string(printed), test.prints) || !test.outcome() {
			t.Errorf("%q prints %q, want %q; or its outcome is wrong", test.command, printed, test.prints)
		}
	}
}
