package posthog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// journal is a Logger that records all messages.
type journal struct {
	mu        sync.Mutex
	debugging []string
	warnings  []string
}

func (j *journal) Debug(_ context.Context, message string, fields map[string]any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.debugging = append(j.debugging, fmt.Sprint(message, " ", fields))
}

func (j *journal) everything() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(append(j.debugging, j.warnings...), "\n")
}

func (j *journal) Warn(_ context.Context, message string, fields map[string]any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.warnings = append(j.warnings, fmt.Sprint(message, " ", fields))
}

// server is a RoundTripper. Tests in synctest's virtual time cannot use a real network.
type server func(*http.Request) (status int, retryAfter string)

func (s server) RoundTrip(request *http.Request) (*http.Response, error) {
	status, retryAfter := s(request)
	body := `{"count": 0, "next": null, "previous": null, "results": []}`
	if status >= 400 {
		body = `{"type": "throttled_error", "code": "throttled", "detail": "Request was throttled.", "attr": null}`
	}
	response := &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}
	if retryAfter != "" {
		response.Header.Set("Retry-After", retryAfter)
	}
	return response, nil
}

// throttled returns a client with s as its network, and its log.
func throttled(t *testing.T, retryTimeout time.Duration, s server) (*Client, *journal) {
	t.Helper()
	log := &journal{}
	client, err := New(Config{APIKey: "phx_test", RetryTimeout: retryTimeout, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	client.network = s
	return client, log
}

var someRole = RoleRef{"018f401e-9a6b-7a00-8b00-00000000aaaa", "018f401e-9a6b-7a00-8b00-00000000bbbb"}

// slidingWindow limits requests as PostHog does: at most n per span, without the rejected ones. Retry-After is in whole
// seconds, rounded up. Each request takes 50 ms.
type slidingWindow struct {
	n              int
	span           time.Duration
	mu             sync.Mutex
	accepted       []time.Time
	sent, rejected int
}

func (w *slidingWindow) answer(*http.Request) (int, string) {
	time.Sleep(50 * time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for len(w.accepted) > 0 && now.Sub(w.accepted[0]) >= w.span {
		w.accepted = w.accepted[1:]
	}
	w.sent++
	if len(w.accepted) >= w.n {
		w.rejected++
		wait := w.span - now.Sub(w.accepted[0])
		return http.StatusTooManyRequests, strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	}
	w.accepted = append(w.accepted, now)
	return http.StatusOK, ""
}

func TestRateLimiter_fewAreRejectedUnderPostHogsLimit(t *testing.T) {
	for _, callers := range []int{1, 10, 50} {
		// If the window was used up evenly, one wait makes room for a few requests only.
		for name, test := range map[string]struct{ used, percent int }{"fresh": {0, 5}, "used up evenly": {480, 10}} {
			t.Run(fmt.Sprint(callers, " callers, ", name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					window := &slidingWindow{n: 480, span: time.Minute}
					for i := range test.used {
						window.accepted = append(window.accepted, time.Now().Add(time.Duration(i-test.used)*window.span/time.Duration(window.n)))
					}
					client, _ := throttled(t, time.Hour, window.answer)
					inParallel(callers, 2000, func() {
						if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
							t.Error(err)
						}
					})
					t.Logf("%d of %d requests were rejected", window.rejected, window.sent)
					if window.rejected*100 >= test.percent*window.sent {
						t.Errorf("%d of %d requests were rejected, want less than %d%%", window.rejected, window.sent, test.percent)
					}
				})
			})
		}
	}
}

// inParallel calls work n times, in as many goroutines as callers.
func inParallel(callers, n int, work func()) {
	tasks := make(chan struct{}, n)
	for range n {
		tasks <- struct{}{}
	}
	close(tasks)
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for range tasks {
				work()
			}
		})
	}
	group.Wait()
}

func TestRateLimiter_closesForAllRequests(t *testing.T) {
	for name, status := range map[string]int{"429": 429, "503": 503} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var early, sent int
				client, log := throttled(t, time.Hour, func(*http.Request) (int, string) {
					sent++
					if sent == 1 {
						return status, "8"
					}
					if time.Since(start) < 8*time.Second {
						early++
					}
					return http.StatusOK, ""
				})
				var group sync.WaitGroup
				group.Go(func() {
					if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // The first caller is waiting.
				for range 20 {
					group.Go(func() {
						if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
							t.Error(err)
						}
					})
				}
				group.Wait()
				if early > 0 || sent != 22 {
					t.Errorf("%d requests, %d of them while the limiter was closed; want 22 and none", sent, early)
				}
				if len(log.warnings) != 1 || !strings.Contains(log.warnings[0], "8s") {
					t.Errorf("the wait was logged as %q, want it once with its length", log.warnings)
				}
			})
		})
	}
}

func TestRateLimiter_waitsDoNotCountAsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		client, _ := throttled(t, time.Hour, func(*http.Request) (int, string) {
			switch sent++; {
			case sent <= 3*maxAttempts:
				return http.StatusTooManyRequests, "1"
			case sent < 4*maxAttempts:
				return http.StatusBadGateway, ""
			}
			return http.StatusOK, ""
		})
		if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestRateLimiter_withoutHeaderItWaitsLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		client, _ := throttled(t, time.Hour, func(*http.Request) (int, string) {
			if at = append(at, time.Now()); len(at) <= 10 {
				return http.StatusTooManyRequests, ""
			}
			return http.StatusOK, ""
		})
		if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
			t.Error(err)
		}
		for i := range len(at) - 1 {
			most := min(time.Second<<i, maxUnknownWait)
			if wait := at[i+1].Sub(at[i]); wait < most/2 || wait > most {
				t.Errorf("wait %d was %s, want between half of %s and all of it", i, wait, most)
			}
		}
	})
}

// An accepted request resets the wait.
func TestRateLimiter_withoutHeaderItStartsAgainAfterAnAcceptedRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		client, _ := throttled(t, time.Hour, func(*http.Request) (int, string) {
			if sent++; sent <= 5 || sent == 7 {
				return http.StatusTooManyRequests, ""
			}
			return http.StatusOK, ""
		})
		for range 2 {
			start := time.Now()
			if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); sent == 8 && took > time.Second {
				t.Errorf("it waited %s after the first refusal, want at most a second", took)
			}
		}
		if sent != 8 {
			t.Errorf("%d requests were sent, want 8", sent)
		}
	})
}

// A Retry-After of a day fails at once, regardless of the retry timeout. WaitForRateLimit fails, too.
func TestRateLimiter_aWaitOfADayIsAnError(t *testing.T) {
	for name, status := range map[string]int{"429": 429, "503": 503} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent, start := 0, time.Now()
				client, _ := throttled(t, 1000*time.Hour, func(*http.Request) (int, string) { sent++; return status, "86400" })
				for _, last := range []int{status, 0} { // the rejected request, and one that finds the limiter closed
					_, err := client.Role(t.Context(), someRole)
					long, ok := errors.AsType[*LongWaitError](err)
					if !ok || long.Asked != 24*time.Hour || statusOf(long.Err) != last || ReasonOf(err) != ReasonLongWait {
						t.Errorf("the error is %#v, want one that says how long PostHog asked for", err)
					}
				}
				if err := client.WaitForRateLimit(t.Context()); status == 429 && ReasonOf(err) != ReasonLongWait || status == 503 && err != nil {
					t.Errorf("WaitForRateLimit ends with %v", err)
				}
				if sent != 1 || time.Since(start) > 0 {
					t.Errorf("%d requests were sent, in %s", sent, time.Since(start))
				}
			})
		})
	}
}

// PostHog's own limit asks for up to an hour.
func TestRateLimiter_aWaitOfAnHourIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent, start := 0, time.Now()
		client, _ := throttled(t, 2*time.Hour, func(*http.Request) (int, string) {
			if sent++; sent == 1 {
				return http.StatusTooManyRequests, "3600"
			}
			return http.StatusOK, ""
		})
		if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil || time.Since(start) != time.Hour {
			t.Errorf("it ended after %s with %v", time.Since(start), err)
		}
	})
}

func TestRateLimiter_failsAtOnceIfTheWaitIsTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		client, _ := throttled(t, 15*time.Minute, func(*http.Request) (int, string) { return http.StatusTooManyRequests, "3600" })
		for range 2 { // the rejected request, and one that finds the limiter closed
			_, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0)
			gaveUp, ok := errors.AsType[*GaveUpError](err)
			if !ok || gaveUp.Asked != time.Hour || gaveUp.Limit != 15*time.Minute {
				t.Errorf("the error is %v, want one that says how long PostHog asked for", err)
			}
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("it waited %s for nothing", waited)
		}
	})
}

func TestRateLimiter_waitEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := throttled(t, time.Hour, func(*http.Request) (int, string) { return http.StatusTooManyRequests, "60" })
		ctx, interrupt := context.WithCancel(t.Context())
		start, done := time.Now(), make(chan error)
		go func() {
			_, _, err := client.RoleMemberships(ctx, someRole, 0, 0)
			done <- err
		}()
		synctest.Wait()
		interrupt()
		err := <-done
		if _, ok := errors.AsType[*InterruptedError](err); !ok || ReasonOf(errors.Unwrap(err)) != ReasonRateLimited {
			t.Errorf("the error is %v, want an interruption that holds the refusal", err)
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("it waited %s after the interruption", waited)
		}
	})
}

func TestRateLimiter_limitsParallelRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		inside, most := 0, 0
		client, _ := throttled(t, time.Hour, func(*http.Request) (int, string) {
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			inside--
			mu.Unlock()
			return http.StatusOK, ""
		})
		inParallel(50, 100, func() {
			if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
				t.Error(err)
			}
		})
		if most != maxParallel {
			t.Errorf("%d requests were under way at once, want %d", most, maxParallel)
		}
	})
}

func TestRateLimiter_waitDoesNotCountTowardsTheRequestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		client, _ := throttled(t, time.Hour, func(*http.Request) (int, string) {
			if sent++; sent == 1 {
				return http.StatusTooManyRequests, "120" // longer than the request timeout of 30 s
			}
			return http.StatusOK, ""
		})
		if _, _, err := client.RoleMemberships(t.Context(), someRole, 0, 0); err != nil {
			t.Error(err)
		}
	})
}

// A request sent before the limiter closed may be rejected later. This does not shorten the wait and is not counted again.
func TestRateLimiter_rejectionsOfAnOlderRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &journal{}
		limiter := newRateLimiter(log, time.Second)
		var rounds []int
		for range 4 {
			round, err := limiter.acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			rounds = append(rounds, round)
		}
		start := time.Now()
		for i, asked := range []time.Duration{8 * time.Second, 2 * time.Second, 0, 20 * time.Second} {
			limiter.releaseRejected(t.Context(), rounds[i], asked, false)
			want := max(8*time.Second, asked)
			if closed := limiter.closedUntil.Sub(start); closed != want {
				t.Errorf("after %s was asked for, the limiter is closed for %s, want %s", asked, closed, want)
			}
		}
		if limiter.round != 1 || limiter.unknownWaits != 0 || len(log.warnings) != 1 {
			t.Errorf("the limiter is in round %d after %d unknown waits, and warned %q", limiter.round, limiter.unknownWaits, log.warnings)
		}
		if _, err := limiter.acquire(t.Context()); err != nil || time.Since(start) != 20*time.Second {
			t.Errorf("it opened after %s, %v", time.Since(start), err)
		}
	})
}

// WaitForRateLimit does not wait for a busy server, because a 503 may be permanent.
func TestWaitForRateLimit_doesNotWaitForABusyServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, log := throttled(t, time.Minute, func(*http.Request) (int, string) { return http.StatusServiceUnavailable, "3600" })
		for range 2 { // the first closes the limiter, the second finds it closed
			_, err := client.CreateRoleMembership(t.Context(), someRole, "018f401e-9a6b-7a00-8b00-00000000cccc")
			if gaveUp, ok := errors.AsType[*GaveUpError](err); ok && gaveUp.IsOnlyRateLimited() {
				t.Errorf("%v is taken for the rate limit", err)
			}
			start := time.Now()
			if err := client.WaitForRateLimit(t.Context()); err != nil || time.Since(start) > 0 {
				t.Errorf("it waited %s: %v", time.Since(start), err)
			}
		}
		if len(log.warnings) != 1 || strings.Contains(log.warnings[0], "rate limit") {
			t.Errorf("it warned %q", log.warnings)
		}
	})
}
