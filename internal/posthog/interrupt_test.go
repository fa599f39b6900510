package posthog

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// interruptAt calls work and cancels its context when the n-th request of a kind has arrived. Then it calls release,
// unless it is nil, so that the server responds. It returns the result of work.
func interruptAt(t *testing.T, hog *fakeposthog.Server, kind string, n int, release func(), work func(context.Context) error) error {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	done := make(chan error)
	go func() { done <- work(ctx) }()
	if err := hog.WaitForRequest(t.Context(), kind, n); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if release != nil {
		time.Sleep(50 * time.Millisecond) // Let the cancellation take effect.
		release()
	}
	return <-done
}

// writes are the two kinds of writes, for the server's first user.
var writes = map[string]func(ctx context.Context, hog *fakeposthog.Server, client *Client, role RoleRef) error{
	"POST role_memberships": func(ctx context.Context, hog *fakeposthog.Server, client *Client, role RoleRef) error {
		_, err := client.CreateRoleMembership(ctx, role, hog.User(0).UUID)
		return err
	},
	"DELETE role_membership": func(ctx context.Context, hog *fakeposthog.Server, client *Client, role RoleRef) error {
		return client.DeleteRoleMembership(ctx, role, hog.Join(role.ID, hog.User(0).UUID).ID)
	},
}

func TestInterrupt_stopsAReadAtOnce(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, nil)
	action, release := fakeposthog.Hold()
	defer release()
	hog.Inject(fakeposthog.Fault{Do: action})
	err := interruptAt(t, hog, "", 1, nil, func(ctx context.Context) error {
		_, err := client.Role(ctx, role)
		return err
	})
	interrupted, ok := errors.AsType[*InterruptedError](err)
	if !ok || interrupted.Err != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want an interruption before any failure", err)
	}
}

// A write that was sent before the interruption may finish, so that its outcome is known. It is not retried.
func TestInterrupt_letsAWriteEnd(t *testing.T) {
	for name, test := range map[string]struct {
		answer        func(status int, body []byte) (int, []byte)
		reason, inner Reason
		unclear       bool
	}{
		"done": {answer: func(status int, body []byte) (int, []byte) { return status, body }},
		"refused": {
			answer: func(int, []byte) (int, []byte) {
				return 403, []byte(`{"type":"authentication_error","code":"permission_denied","detail":"No.","attr":null}`)
			},
			reason: ReasonDenied,
		},
		"failed": {
			answer: func(int, []byte) (int, []byte) { return 502, []byte("<html>") },
			reason: ReasonInterrupted, inner: ReasonServerFailure, unclear: true,
		},
		"throttled": {
			answer: func(int, []byte) (int, []byte) { return 429, nil }, reason: ReasonInterrupted, inner: ReasonRateLimited,
		},
		"lost": {
			answer: func(int, []byte) (int, []byte) { panic(http.ErrAbortHandler) },
			reason: ReasonInterrupted, inner: ReasonNoAnswer, unclear: true,
		},
	} {
		for kind, write := range writes {
			t.Run(name+", "+kind, func(t *testing.T) {
				hog := fakeposthog.Start(t)
				client, role := connect(t, hog, nil)
				released := make(chan struct{})
				hog.Inject(fakeposthog.Fault{On: kind, Do: fakeposthog.Rewrite(func(status int, _ http.Header, body []byte) (int, []byte) {
					<-released
					return test.answer(status, body)
				})})
				err := interruptAt(t, hog, kind, 1, func() { close(released) }, func(ctx context.Context) error { return write(ctx, hog, client, role) })
				if (err == nil) != (test.reason == ReasonOther) || ReasonOf(err) != test.reason || MayHaveHappened(err) != test.unclear {
					t.Errorf("the error is %v, which may have happened: %t", err, MayHaveHappened(err))
				}
				if inner := ReasonOf(errors.Unwrap(err)); inner != test.inner {
					t.Errorf("the failure in %v has reason %d, want %d", err, inner, test.inner)
				}
				hog.ExpectRequests(t, "", 1)
			})
		}
	}
}

// A write may take the request timeout, also after an interruption and after the retry timeout.
func TestInterrupt_aWriteHasTheRequestTimeout(t *testing.T) {
	for name, operation := range map[string]time.Duration{"interrupted": time.Hour, "retry timeout": time.Second} {
		for method, write := range map[string]func(context.Context, *Client) error{
			"POST": func(ctx context.Context, client *Client) error {
				_, err := client.CreateRoleMembership(ctx, someRole, otherUUID)
				return err
			},
			"DELETE": func(ctx context.Context, client *Client) error {
				return client.DeleteRoleMembership(ctx, someRole, otherUUID)
			},
		} {
			for _, takes := range []time.Duration{DefaultRequestTimeout - time.Second, DefaultRequestTimeout + time.Second} {
				t.Run(name+" "+method+" "+takes.String(), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						client, _ := throttled(t, operation, nil)
						client.network = network(func(request *http.Request) (*http.Response, error) {
							connected(request)
							select {
							case <-time.After(takes):
								return respond(http.StatusForbidden, `{"type":"authentication_error","code":"permission_denied","detail":"No."}`), nil
							case <-request.Context().Done():
								return nil, request.Context().Err()
							}
						})
						ctx, interrupt := context.WithTimeoutCause(t.Context(), 2*time.Second, context.Canceled)
						defer interrupt()
						start := time.Now()
						err := write(ctx, client)
						answered := takes < DefaultRequestTimeout
						if answered && ReasonOf(err) != ReasonDenied || !answered && (!MayHaveHappened(err) || ReasonOf(errors.Unwrap(err)) != ReasonTimedOut) {
							t.Errorf("the error is %v", err)
						}
						if took, want := time.Since(start), min(takes, DefaultRequestTimeout); took != want {
							t.Errorf("it took %s, want %s", took, want)
						}
					})
				})
			}
		}
	}
}

// network is a RoundTripper for tests that decide how each request ends.
type network func(*http.Request) (*http.Response, error)

func (n network) RoundTrip(request *http.Request) (*http.Response, error) { return n(request) }

// connected reports a connection to the trace of a request, as http.Transport does.
func connected(request *http.Request) {
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
}

func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// After an interruption nothing is sent, even if the network responds to a cancelled request.
func TestInterrupt_beginsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, work := range map[string]func(context.Context, *Client) error{
			"the next page": func(ctx context.Context, client *Client) error {
				_, err := client.Roles(ctx, otherUUID)
				return err
			},
			"the next attempt": func(ctx context.Context, client *Client) error {
				_, err := client.Role(ctx, someRole)
				return err
			},
			"a delete again": func(ctx context.Context, client *Client) error {
				return client.DeleteRoleMembership(ctx, someRole, otherUUID)
			},
		} {
			client, _ := throttled(t, time.Hour, nil)
			ctx, interrupt := context.WithCancel(t.Context())
			sent := 0
			client.network = network(func(request *http.Request) (*http.Response, error) {
				sent++
				interrupt()
				if strings.HasSuffix(request.URL.Path, "/roles/") {
					return respond(200, listOf(9, `"http://x/?offset=1"`, aRole, 1)), nil
				}
				return respond(502, "<html>"), nil
			})
			start := time.Now()
			if err := work(ctx, client); ReasonOf(err) != ReasonInterrupted || sent != 1 || time.Since(start) > 0 {
				t.Errorf("%s: %v after %d requests and %s", name, err, sent, time.Since(start))
			}
			if err := work(ctx, client); ReasonOf(err) != ReasonInterrupted || sent != 1 || errors.Unwrap(err) != nil {
				t.Errorf("%s: %v after %d requests", name, err, sent)
			}
		}
	})
}

// A wait between two attempts ends when its caller cancels. The error wraps the last failure.
func TestInterrupt_endsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := throttled(t, time.Hour, func(*http.Request) (int, string) { return http.StatusBadGateway, "" })
		ctx, interrupt := context.WithCancel(t.Context())
		start, done := time.Now(), make(chan error)
		go func() {
			_, err := client.Role(ctx, someRole)
			done <- err
		}()
		synctest.Wait()
		interrupt()
		if err := <-done; ReasonOf(err) != ReasonInterrupted || ReasonOf(errors.Unwrap(err)) != ReasonServerFailure || time.Since(start) > 0 {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

// A write without a connection was not sent, so that an interruption cancels it.
func TestInterrupt_stopsAWriteThatIsNotSent(t *testing.T) {
	hog := fakeposthog.Start(t)
	for kind, write := range writes {
		client, role := connect(t, hog, nil)
		ctx, interrupt := context.WithCancel(t.Context())
		client.network.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			interrupt()
			<-ctx.Done()
			return nil, ctx.Err()
		}
		if err := write(ctx, hog, client, role); ReasonOf(err) != ReasonInterrupted || errors.Unwrap(err) != nil {
			t.Errorf("%s: the error is %v", kind, err)
		}
	}
}

// If an attempt fails because of the interruption, the error wraps the failure of the attempt before.
func TestInterrupt_aReadTellsOfTheAttemptBefore(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, role := connect(t, hog, nil)
	hold, release := fakeposthog.Hold()
	defer release()
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.BadGateway()})
	hog.Inject(fakeposthog.Fault{Do: hold})
	err := interruptAt(t, hog, "", 2, nil, func(ctx context.Context) error {
		_, err := client.Role(ctx, role)
		return err
	})
	if !errors.Is(err, context.Canceled) || statusOf(err) != http.StatusBadGateway {
		t.Errorf("the error is %v", err)
	}
}

// If the first attempt of a delete may have happened, the error says so, even if later attempts were not sent.
func TestRetry_aDeleteThatMayHaveHappenedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, then := range map[string]func() (*http.Response, error){
			"no connection": func() (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
			},
			"throttled": func() (*http.Response, error) { return respond(429, ""), nil },
		} {
			client, _ := throttled(t, time.Minute, nil)
			sent := 0
			client.network = network(func(*http.Request) (*http.Response, error) {
				if sent++; sent == 1 {
					return respond(502, "<html>"), nil
				}
				return then()
			})
			if err := client.DeleteRoleMembership(t.Context(), someRole, otherUUID); err == nil || !MayHaveHappened(err) || sent < 2 {
				t.Errorf("%s: the error is %v after %d attempts, want one that says it may have happened", name, err, sent)
			}
		}
	})
}
