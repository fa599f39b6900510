package posthog

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// outages are the ways in which a server does not respond.
var outages = map[string]struct {
	answer func(*http.Request) (*http.Response, error)
	most   int // attempts of one operation
}{
	"502": {func(*http.Request) (*http.Response, error) { return respond(502, "<html>"), nil }, maxAttempts},
	"no connection": {func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}, maxDialAttempts},
	"hangs": {func(request *http.Request) (*http.Response, error) {
		connected(request)
		<-request.Context().Done()
		return nil, request.Context().Err()
	}, maxAttempts},
}

// When one operation has detected an outage, all other operations fail, also new ones while the circuit is open.
func TestCircuit_anOutageIsDetectedOnce(t *testing.T) {
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, _ := throttled(t, DefaultRetryTimeout, nil)
				var sent atomic.Int32
				client.network = network(func(request *http.Request) (*http.Response, error) {
					sent.Add(1)
					return outage.answer(request)
				})
				start := time.Now()
				var failed, skipped atomic.Int32
				inParallel(maxParallel, 120, func() {
					_, err := client.Role(t.Context(), someRole)
					if open, ok := errors.AsType[*OutageError](err); ok {
						skipped.Add(1)
						err = open.Cause
					}
					if reason := ReasonOf(err); reason != ReasonServerFailure && reason != ReasonNoAnswer && reason != ReasonTimedOut {
						t.Errorf("the error is %v", err)
					}
					failed.Add(1)
				})
				if sent.Load() > int32(outage.most*maxParallel) || failed.Load() != 120 || skipped.Load() < 110 {
					t.Errorf("%d requests were sent, %d operations failed and %d of them were skipped", sent.Load(), failed.Load(), skipped.Load())
				}
				if took := time.Since(start); took > DefaultRetryTimeout {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// openCircuit returns a client with an open circuit, the number of requests sent since, and a function that repairs the
// server.
func openCircuit(t *testing.T) (client *Client, sent *atomic.Int32, repair func()) {
	t.Helper()
	var answers atomic.Bool
	sent = new(atomic.Int32)
	client, _ = throttled(t, time.Hour, func(*http.Request) (int, string) {
		if sent.Add(1); answers.Load() {
			return http.StatusOK, ""
		}
		return http.StatusBadGateway, ""
	})
	if _, err := client.Role(t.Context(), someRole); ReasonOf(err) != ReasonServerFailure {
		t.Fatalf("the operation that finds the outage out ends with %v", err)
	}
	sent.Store(0)
	return client, sent, func() { answers.Store(true) }
}

func TestCircuit_isOpenForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, sent, repair := openCircuit(t)
		repair()
		time.Sleep(outageTime - time.Nanosecond)
		_, err := client.CreateRoleMembership(t.Context(), someRole, otherUUID)
		outage, ok := errors.AsType[*OutageError](err)
		if !ok || statusOf(outage.Cause) != http.StatusBadGateway || ReasonOf(err) != ReasonServerFailure || !strings.Contains(err.Error(), "502") {
			t.Errorf("the error is %v", err)
		}
		if MayHaveHappened(err) || sent.Load() != 0 {
			t.Errorf("a create that was not sent may have happened; %d requests were sent", sent.Load())
		}
		time.Sleep(time.Nanosecond)
		if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
			t.Errorf("after the circuit was open: %v", err)
		}
	})
}

// An operation does not wait for its next attempt while the circuit is open.
func TestCircuit_endsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, sent, _ := openCircuit(t)
		start, last := time.Now(), &TransportError{Sent: true, Err: errors.New("connection reset")}
		if err := client.Backoff(t.Context(), 20, last); !errors.Is(err, last) || ReasonOf(err) != ReasonServerFailure || !MayHaveHappened(err) {
			t.Errorf("the error is %v", err)
		}
		if time.Since(start) > 0 || sent.Load() != 0 {
			t.Errorf("it waited %s and sent %d requests", time.Since(start), sent.Load())
		}
	})
}

// An operation that is running when the circuit opens fails at once, with its own last failure.
func TestCircuit_endsRunningOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := throttled(t, time.Hour, func(*http.Request) (int, string) { return http.StatusBadGateway, "" })
		start, down, done := time.Now(), errors.New("down"), make(chan error)
		go func() { done <- client.DeleteRoleMembership(t.Context(), someRole, otherUUID) }()
		synctest.Wait() // The delete is waiting for its second attempt.
		client.circuit.open(0, down)
		err := <-done
		outage, ok := errors.AsType[*OutageError](err)
		if !ok || !errors.Is(outage.Cause, down) || statusOf(outage.Err) != http.StatusBadGateway || !MayHaveHappened(err) || time.Since(start) > 0 {
			t.Errorf("the error is %v after %s", err, time.Since(start))
		}
	})
}

// A write that was sent before the circuit opens may finish. Its response closes the circuit.
func TestCircuit_aResponseClosesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := throttled(t, time.Hour, nil)
		client.network = network(func(request *http.Request) (*http.Response, error) {
			connected(request)
			switch {
			case request.Method == http.MethodDelete:
				time.Sleep(DefaultRequestTimeout - time.Second)
				return respond(http.StatusNoContent, ""), nil
			case strings.HasSuffix(request.URL.Path, "/roles/"):
				return respond(200, listOf(0, "null", aRole)), nil
			}
			return respond(502, "<html>"), nil
		})
		done := make(chan error)
		go func() { done <- client.DeleteRoleMembership(t.Context(), someRole, otherUUID) }()
		synctest.Wait() // The delete was sent.
		client.circuit.open(0, errors.New("down"))
		if _, err := client.Roles(t.Context(), otherUUID); err == nil {
			t.Error("the circuit is not open")
		}
		if err := <-done; err != nil {
			t.Errorf("the delete ends with %v", err)
		}
		if _, err := client.Roles(t.Context(), otherUUID); err != nil {
			t.Errorf("the circuit is open after an answer: %v", err)
		}
	})
}

// The failures of one request do not open the circuit if other requests get a response, even an error.
func TestCircuit_staysClosedWhileTheServerResponds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := throttled(t, time.Hour, nil)
		client.network = network(func(request *http.Request) (*http.Response, error) {
			if strings.HasSuffix(request.URL.Path, "/roles/") {
				return respond(404, `{"type":"invalid_request","code":"not_found","detail":"Organization not found."}`), nil
			}
			return respond(502, "<html>"), nil
		})
		done := make(chan error)
		go func() {
			_, err := client.Role(t.Context(), someRole)
			done <- err
		}()
		synctest.Wait() // The first attempt has failed.
		if _, err := client.Roles(t.Context(), otherUUID); ReasonOf(err) != ReasonOrganizationNotFound {
			t.Errorf("the list ends with %v", err)
		}
		if err := <-done; ReasonOf(err) != ReasonServerFailure {
			t.Errorf("the role ends with %v", err)
		}
		if _, err := client.Roles(t.Context(), otherUUID); ReasonOf(err) != ReasonOrganizationNotFound {
			t.Errorf("the next list ends with %v", err)
		}
	})
}

// These failures are no outage: a write that may have happened, an interruption, an unknown host name.
func TestCircuit_opensOnlyAfterAllRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, failure := range map[string]error{
			"unknown name": &net.DNSError{IsNotFound: true}, "connection reset": errors.New("connection reset"),
		} {
			client, _ := throttled(t, time.Hour, nil)
			ctx, interrupt := context.WithCancel(t.Context())
			client.network = network(func(request *http.Request) (*http.Response, error) {
				connected(request)
				if request.Method == http.MethodGet && name != "unknown name" {
					interrupt()
				}
				return nil, failure
			})
			if _, err := client.CreateRoleMembership(ctx, someRole, otherUUID); err == nil {
				t.Errorf("%s: the create succeeded", name)
			}
			if err := client.DeleteRoleMembership(ctx, someRole, otherUUID); err == nil {
				t.Errorf("%s: the delete succeeded", name)
			}
			if _, err := client.Role(ctx, someRole); err == nil {
				t.Errorf("%s: the role was read", name)
			}
			interrupt()
			client.network = server(func(*http.Request) (int, string) { return http.StatusOK, "" })
			if _, err := client.Roles(t.Context(), otherUUID); err != nil {
				t.Errorf("%s: the circuit is open: %v", name, err)
			}
		}
	})
}

// An operation that reaches the retry timeout opens the circuit, too.
func TestCircuit_opensWithTheRetryTimeout(t *testing.T) {
	for name, outage := range outages {
		synctest.Test(t, func(t *testing.T) {
			client, _ := throttled(t, 3*time.Second, nil)
			client.network = network(outage.answer)
			if _, err := client.Role(t.Context(), someRole); ReasonOf(err) != ReasonGaveUp {
				t.Errorf("%s: the error is %v", name, err)
			}
			start := time.Now()
			_, err := client.Role(t.Context(), someRole)
			if outage, ok := errors.AsType[*OutageError](err); !ok || ReasonOf(outage.Cause) != ReasonGaveUp || time.Since(start) > 0 {
				t.Errorf("%s: the error is %v", name, err)
			}
		})
	}
}
