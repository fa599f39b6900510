package posthog

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// passing are transient errors that leave open whether a write happened.
var passing = map[string]fakeposthog.Action{
	"500":               fakeposthog.Error(500, "server_error", "error", "A server error occurred.", ""),
	"502 of a proxy":    fakeposthog.BadGateway(),
	"503":               fakeposthog.Unavailable(""),
	"504":               fakeposthog.Answer(504, "text/html", "<html></html>"),
	"408":               fakeposthog.Answer(408, "text/plain", ""),
	"connection closed": fakeposthog.CloseBefore(),
	"answer lost":       fakeposthog.CloseAfter(),
}

func TestRetry_readsAndDeletesAreTriedAgain(t *testing.T) {
	for name, action := range passing {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t, fakeposthog.MembersEach(1))
			client, role := connect(t, hog, nil)
			hog.Inject(fakeposthog.Fault{Do: action, Times: 3})
			members, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
			if err != nil || len(members) != 1 {
				t.Fatalf("got %d members, %v; want 1", len(members), err)
			}
			hog.Inject(fakeposthog.Fault{Do: action, Times: 3})
			// If the response to a delete was lost, the retry gets 404, which the caller must handle.
			if err := client.DeleteRoleMembership(t.Context(), role, members[0].ID); err != nil && ReasonOf(err) != ReasonNotFound {
				t.Error(err)
			}
			if hog.IsMember(role.ID, hog.User(0).UUID) {
				t.Error("the user is still in the role")
			}
		})
	}
}

func TestRetry_comesToAnEnd(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, nil)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.BadGateway(), Times: fakeposthog.Forever})
	if _, _, err := client.RoleMemberships(t.Context(), role, 0, 0); err == nil {
		t.Error("a server that always fails gave a list")
	}
	hog.ExpectRequests(t, "GET role_memberships", maxAttempts)
}

func TestRetry_endsWithTheRetryTimeout(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, func(config *Config) { config.Backoff, config.RetryTimeout = time.Second, 100*time.Millisecond })
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.BadGateway(), Times: fakeposthog.Forever})
	_, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
	gaveUp, ok := errors.AsType[*GaveUpError](err)
	if !ok || gaveUp.Err == nil {
		t.Errorf("the error is %v, want one that holds the last failure", err)
	}
	hog.ExpectRequests(t, "GET role_memberships", 1)
}

// A wait that would pass the retry timeout fails at once.
func TestRetry_givesUpBeforeAWaitThatIsTooLong(t *testing.T) {
	for name, test := range map[string]struct {
		retryTimeout time.Duration
		retryAfter   string
		asked        time.Duration
	}{
		"its own":   {100 * time.Millisecond, "", 0}, // the first wait is at least half a second
		"PostHog's": {15 * time.Minute, "3600", time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, _ := throttled(t, test.retryTimeout, func(*http.Request) (int, string) { return http.StatusBadGateway, test.retryAfter })
				start := time.Now()
				_, err := client.Role(t.Context(), someRole)
				gaveUp, ok := errors.AsType[*GaveUpError](err)
				if !ok || statusOf(gaveUp.Err) != http.StatusBadGateway || gaveUp.Asked != test.asked || gaveUp.Limit != test.retryTimeout {
					t.Errorf("the error is %#v", err)
				}
				ctx, cancel := client.WithRetryTimeout(t.Context())
				defer cancel()
				if err := client.Backoff(ctx, 0, gaveUp.Err); ReasonOf(err) != ReasonGaveUp {
					t.Errorf("the error is %v", err)
				}
				if waited := time.Since(start); waited > 0 {
					t.Errorf("it waited %s for nothing", waited)
				}
			})
		})
	}
}

func TestRetry_refusalsForGoodAreNot(t *testing.T) {
	for name, action := range map[string]fakeposthog.Action{
		"400":        fakeposthog.Error(400, "validation_error", "invalid_input", "No.", ""),
		"403":        fakeposthog.Error(403, "authentication_error", "permission_denied", "No.", ""),
		"405":        fakeposthog.Error(405, "invalid_request", "method_not_allowed", "No.", ""),
		"login page": fakeposthog.HTMLLogin(),
	} {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t)
			client, role := connect(t, hog, nil)
			hog.Inject(fakeposthog.Fault{Do: action, Times: fakeposthog.Forever})
			if _, _, err := client.RoleMemberships(t.Context(), role, 0, 0); err == nil {
				t.Error("no error")
			}
			hog.ExpectRequests(t, "", 1)
		})
	}
}

func TestRetry_aCreateThatMayHaveHappenedIsNotSentAgain(t *testing.T) {
	actions := map[string]fakeposthog.Action{
		"login page": fakeposthog.HTMLLogin(), "truncated": fakeposthog.Truncate(20), "slow": fakeposthog.Drip(1, time.Second),
		"gzip that lies": fakeposthog.LyingGzip(),
		"another status": fakeposthog.Rewrite(func(_ int, _ http.Header, body []byte) (int, []byte) { return 200, body }),
	}
	maps.Copy(actions, passing)
	for name, action := range actions {
		t.Run(name, func(t *testing.T) {
			hog := fakeposthog.Start(t)
			client, role := connect(t, hog, func(config *Config) { config.RequestTimeout = 100 * time.Millisecond })
			hog.Inject(fakeposthog.Fault{Do: action})
			_, err := client.CreateRoleMembership(t.Context(), role, hog.User(0).UUID)
			if err == nil || !MayHaveHappened(err) {
				t.Errorf("the error is %v, want one that says it may have happened", err)
			}
			hog.ExpectRequests(t, "POST role_memberships", 1)
		})
	}
}

func TestRetry_aCreateThatSurelyDidNotHappenIs(t *testing.T) {
	t.Run("rate limit", func(t *testing.T) {
		hog := fakeposthog.Start(t)
		client, role := connect(t, hog, nil)
		hog.Inject(fakeposthog.Fault{Do: fakeposthog.Throttle(""), Times: 3})
		if _, err := client.CreateRoleMembership(t.Context(), role, hog.User(0).UUID); err != nil {
			t.Error(err)
		}
		hog.ExpectRequests(t, "POST role_memberships", 4)
	})
	t.Run("refused connection", func(t *testing.T) {
		hog := fakeposthog.Start(t)
		client, role := connect(t, hog, nil)
		dials := refuse(t, client, 2)
		if _, err := client.CreateRoleMembership(t.Context(), role, hog.User(0).UUID); err != nil {
			t.Error(err)
		}
		if *dials != 3 {
			t.Errorf("%d connections were tried, want 3", *dials)
		}
	})
	t.Run("refused for ever", func(t *testing.T) {
		hog := fakeposthog.Start(t)
		client, role := connect(t, hog, nil)
		dials := refuse(t, client, 1000)
		_, err := client.CreateRoleMembership(t.Context(), role, hog.User(0).UUID)
		if err == nil || MayHaveHappened(err) || *dials != maxDialAttempts {
			t.Errorf("the error is %v after %d connections; want one that is sure, after %d", err, *dials, maxDialAttempts)
		}
	})
}

// net/http replaces a connection that was closed before it sent a byte. If that fails, nothing was sent, so that a create is
// retried like one without a connection. The test simulates it, because real timing cannot force it.
func TestRetry_aConnectionThatCannotBeReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		client, _ := throttled(t, time.Hour, nil)
		client.network = network(func(request *http.Request) (*http.Response, error) {
			sent++
			connected(request)
			return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
		})
		_, err := client.CreateRoleMembership(t.Context(), someRole, otherUUID)
		if failed, ok := errors.AsType[*TransportError](err); !ok || failed.Sent || MayHaveHappened(err) || sent != maxDialAttempts {
			t.Errorf("the error is %v after %d attempts", err, sent)
		}
	})
}

// refuse makes the first n connections of a client fail like a closed port. It returns the number of connections.
func refuse(t *testing.T, client *Client, n int) *int {
	t.Helper()
	network, ok := client.network.(*http.Transport)
	if !ok {
		t.Fatal("the client has another network")
	}
	dials, dial := new(int), network.DialContext
	network.DialContext = func(ctx context.Context, kind, address string) (net.Conn, error) {
		if *dials++; *dials <= n {
			return nil, &net.OpError{Op: "dial", Net: kind, Err: errors.New("connection refused")}
		}
		return dial(ctx, kind, address)
	}
	return dials
}

func TestRetry_eachAttemptHasItsTimeout(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, func(config *Config) { config.RequestTimeout = 100 * time.Millisecond })
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Drip(1, time.Second), Times: 2})
	if _, _, err := client.RoleMemberships(t.Context(), role, 0, 0); err != nil {
		t.Error(err)
	}
	hog.ExpectRequests(t, "", 3)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Drip(1, time.Second), Times: fakeposthog.Forever})
	_, _, err := client.RoleMemberships(t.Context(), role, 0, 0)
	if failed, ok := errors.AsType[*TransportError](err); !ok || !failed.TimedOut {
		t.Errorf("the error is %v, want a timeout", err)
	}
}
