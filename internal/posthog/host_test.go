package posthog

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestParseHost(t *testing.T) {
	for host, want := range map[string]string{
		"https://eu.posthog.com":        "https://eu.posthog.com",
		"https://eu.posthog.com/":       "https://eu.posthog.com",
		"https://eu.posthog.com:8443//": "https://eu.posthog.com:8443",
		"http://localhost:8000":         "http://localhost:8000",
		"http://[::1]:8000":             "http://[::1]:8000",
		"https://example.com/posthog/":  "https://example.com/posthog",
		"https://x/api":                 "", "https://x/api/": "", "https://x/posthog/api": "https://x/posthog/api",
		"": "", "eu.posthog.com": "", "localhost:8000": "", "//eu.posthog.com": "", "ftp://x": "", "https://": "", "https://:80": "",
		"https://me:secret@x": "", "https://me@x": "", "https://x?": "", "https://x?a=b": "", "https://x#": "", "https://x/#a": "",
		"https://us.i.posthog.com": "", "https://EU.I.PostHog.com.": "", "https://us-assets.i.posthog.com/x": "", "https://i.posthog.com": "https://i.posthog.com",
		"phx_secret": "", "'phx_secret": "",
		" https://x": "", "https://x\n": "", "https://x y": "", "https://[::1": "", "mailto:x": "",
	} {
		parsed, err := ParseHost(host)
		if want == "" {
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: got %v, %v; want an error without the credentials", host, parsed, err)
			}
			continue
		}
		if err != nil || parsed.String() != want {
			t.Errorf("%q: got %v, %v; want %s", host, parsed, err, want)
		}
	}
}

func TestParseHost_saysWhatToWrite(t *testing.T) {
	for host, want := range map[string]string{
		"eu.posthog.com":              `has no scheme: begin it with https://: "https://eu.posthog.com"`,
		"eu.posthog.com:443/x":        `begin it with https://: "https://eu.posthog.com:443/x"`,
		"//eu.posthog.com":            `begin it with https://: "https://eu.posthog.com"`,
		"127.0.0.1:8051":              `has no scheme: begin it with http://: "http://127.0.0.1:8051"`,
		"localhost:8000":              `begin it with http://: "http://localhost:8000"`,
		"localhost":                   `begin it with http://: "http://localhost"`,
		"10.0.0.1:8000":               `begin it with https://: "https://10.0.0.1:8000"`,
		"me:secret@x":                 "must not carry a user name or password",
		"x?token=secret":              "must not carry a query",
		"us.i.posthog.com":            "only takes events",
		"":                            "must name a server",
		"https:eu.posthog.com":        "must be an absolute URL",
		"https:/eu.posthog.com":       "must name a server",
		"mailto:x":                    "must be an absolute URL",
		"https://eu.posthog.com/api":  `must not have the path /api: write "https://eu.posthog.com"`,
		"https://eu.posthog.com/api/": `write "https://eu.posthog.com"`,
		"eu.posthog.com/api":          `write "https://eu.posthog.com"`,
	} {
		if _, err := ParseHost(host); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %q", host, err, want)
		}
	}
}

func TestSendsKeyUnencrypted(t *testing.T) {
	for host, want := range map[string]bool{
		"https://eu.posthog.com": false, "http://eu.posthog.com": true, "http://localhost": false, "http://LOCALHOST": true, "http://localhost.:80": true,
		"http://127.0.0.1:8000": false, "http://127.8.8.8": false, "http://[::1]": false, "http://10.0.0.1": true, "http://posthog.localhost": true,
		"http://[::ffff:127.0.0.1]": false, "http://[::2]": true,
		"http://localhost.example.com": true, "http://127.0.0.1.example.com": true,
	} {
		parsed, err := ParseHost(host)
		if err != nil || SendsKeyUnencrypted(parsed) != want {
			t.Errorf("%s: %v, want %t", host, err, want)
		}
	}
}

func TestCheckAPIKey(t *testing.T) {
	for key, ok := range map[string]bool{
		"phx_abc": true, "pha_abc": true, "abc": true,
		"": false, "phc_abc": false, "phs_abc": false, `"phx_abc"`: false, "'phx_abc'": false, "“phx_abc”": false, "phx_abc`": false, "phx_a b": false, "phx_abc\n": false, "phx_abc\r": false, "\tphx_abc": false, "phx_äbc": false, "phx_a\x00": false,
	} {
		err := CheckAPIKey(key)
		if (err == nil) != ok || err != nil && strings.Contains(err.Error(), "abc") {
			t.Errorf("%q: %v, want an error (without the key): %t", key, err, !ok)
		}
		if _, err := New(Config{APIKey: key}); (err == nil) != ok {
			t.Errorf("%q: New says %v", key, err)
		}
	}
}

// Each kind of invalid key has its own message.
func TestCheckAPIKey_saysWhatItIs(t *testing.T) {
	for key, want := range map[string]string{
		"phc_abc": "project key", "phs_abc": "feature flags secure key", "“phx_abc”": "quotation marks", `"phc_abc"`: "quotation marks", "phx_abc\n": "line break at position 8",
		"Bearer phx_abc": "without Bearer", "bearer phx_abc": "without Bearer", "phx_…abc": "the character … (an ellipsis) at position 5", "phx_ä": "the character ä (U+00E4) at position 5",
		"abc def": "a space at position 4", " phx_abc": "a space at position 1", "phx_\t": "the character U+0009 at position 5", "äphx_\u200b": "ä (U+00E4) at position 1", "phx_\u200b": "the character U+200B at position 5",
	} {
		if err := CheckAPIKey(key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", key, err, want)
		}
	}
}

func TestLooksLikeAPIKey(t *testing.T) {
	for text, want := range map[string]bool{
		"phx_abc": true, "phc_abc": true, "phs_abc": true, "pha_abc": true, "\"phx_abc\"": true, "“pha_abc”": true,
		"": false, "hogflix": false, "phx": false, "x_phx_abc": false, CurrentOrganization: false, otherUUID: false,
	} {
		if LooksLikeAPIKey(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

func TestIsUUID(t *testing.T) {
	for text, want := range map[string]bool{
		"018f401e-9a6b-7a00-8b00-00000000aaaa": true, "018F401E-9a6b-7a00-8b00-00000000aaaa": false, "018f401e9a6b7a008b0000000000aaaa": false,
		"018f401e-9a6b-7a00-8b00-00000000aaa": false, "018f401e-9a6b-7a00-8b00-00000000aaag": false, "018f401e09a6b-7a00-8b00-00000000aaaa": false, "": false,
	} {
		if IsUUID(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

// Ten parallel calls use ten connections, and the next ten reuse them.
func TestClient_keepsItsConnections(t *testing.T) {
	hog := fakeposthog.New(fakeposthog.MembersEach(1))
	var opened atomic.Int32
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var inside sync.WaitGroup // Each round waits for all ten requests, so that they need ten connections.
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inside.Done()
			inside.Wait()
			hog.ServeHTTP(w, r)
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				opened.Add(1)
			}
		},
	}
	go server.Serve(listener) //nolint:errcheck // It ends when it is closed.
	defer server.Close()

	client, err := New(Config{Host: "http://" + listener.Addr().String(), APIKey: hog.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	for range 3 {
		inside.Add(maxParallel)
		var group sync.WaitGroup
		for range maxParallel {
			group.Go(func() {
				if _, _, err := client.RoleMemberships(t.Context(), RoleRef{hog.OrganizationID, hog.Role(0)}, 0, 0); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	if n := opened.Load(); n != maxParallel {
		t.Errorf("%d connections were opened, want %d", n, maxParallel)
	}
}
